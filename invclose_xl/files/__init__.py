"""The file system edge: which file a path is, whether it may be read or written, and replacing it whole or not at all.

Source  WORKBOOK "Written", "Command line" (--output).
"""
