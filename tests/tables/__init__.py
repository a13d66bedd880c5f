"""Folders of tables: read, closed, converted, and refused, as a workbook is."""
