"""The workbook to start from: its builder, and its VBA modules as text."""
