"""A book that is open in Excel or LibreOffice, read and written through the application."""
