"""The package of a workbook: its archive, parts, relationships and styles, kept byte for byte."""
