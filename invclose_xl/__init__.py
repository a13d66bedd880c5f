"""The inventory close of an ERP in an Excel workbook: settlements, adjustments, vouchers and a locked period."""

__version__ = "0.1.0"
