"""The reconciliation with the ledger as text, plain data and a workbook."""
