"""The rows of an import into a workbook: a new one, or one that is there."""
