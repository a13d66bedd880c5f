"""An explanation as text, plain data and a workbook."""
