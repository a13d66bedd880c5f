"""What Python code and the command line call: one module per command, and the ways of files and clocks that they share.

The names for use are those of ``invclose_xl`` itself: ``invclose_xl.close``, ``invclose_xl.check``, …
"""
