"""Our sheet Start, its buttons and macros for a workbook that somebody has already; and out again."""
