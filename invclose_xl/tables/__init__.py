"""Tables instead of sheets: a folder of Parquet or CSV files is read, closed and written as a workbook is."""
