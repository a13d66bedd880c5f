"""Memory of large sheets: back to the system when reading is done, and kept for reuse by a program that ends soon.

The threads that read a sheet keep what they freed for themselves: a full sheet left 450 MB behind that nothing else
used. A column of a full sheet is so large that the C library asks the system for each anew, cleared page by page, and
gives it back at once: of a close that took a seventh of the CPU time.

In, out  nothing.
Errors   none: where the C library does not offer it, nothing is done.
Cost     giving back: a twentieth of a second per gigabyte.
Source   malloc_trim(3) and mallopt(3) of the GNU C library.
"""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
"""of mallopt"""
_NEVER = 2**31 - 1
_AT_ONCE = 16 << 20


@cache
def _function(name: str, *types: type) -> "ctypes._NamedFuncPointer | None":
    if not sys.platform.startswith("linux"):
        return None
    try:
        function: ctypes._NamedFuncPointer = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):  # another C library
        return None
    function.argtypes, function.restype = list(types), ctypes.c_int
    return function


def give_back_memory() -> None:
    """Give memory that is free back to the system."""
    if trim := _function("malloc_trim", ctypes.c_size_t):
        trim(0)


def keep_memory() -> None:
    """Keep memory that is freed for what comes next; for a process of our own, which ends when its work is done."""
    if option := _function("mallopt", ctypes.c_int, ctypes.c_int):
        option(_MMAP_MAX, 0)
        option(_TRIM_THRESHOLD, _NEVER)
        option(_TOP_PAD, _AT_ONCE)
