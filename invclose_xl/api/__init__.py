"""The functions that Python and the command line call: one module per command, and what files and clocks they share.

The names for use are those of ``invclose_xl`` itself: ``invclose_xl.close``, ``invclose_xl.check``, …
"""
