"""The buttons in LibreOffice: its open workbook as xlwings sees one, and the extension that brings the macros there."""
