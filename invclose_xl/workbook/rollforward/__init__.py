"""Next year's book as a workbook: the user's sheets, without the rows that stay behind."""
