"""Inflate and deflate: with isal, which is three times as fast, or with Python's own zlib where it is not installed.

Source  RFC 1951.
"""

import zlib
from types import ModuleType
from typing import Any

Engine = ModuleType | Any

try:
    from isal import igzip_lib, isal_zlib
except ImportError:
    engine: Engine = zlib
    FAULTS: tuple[type[Exception], ...] = (zlib.error,)
else:
    engine = isal_zlib
    FAULTS = (igzip_lib.IsalError, zlib.error)  # type: ignore[assignment] # its stub is wrong


def checksum(data: bytes, before: int = 0) -> int:
    """Return the CRC-32 of data behind what has a checksum already."""
    return int(engine.crc32(data, before))


def inflater() -> Any:
    """Return what unpacks a raw deflate stream piece by piece."""
    return engine.decompressobj(-15)


def deflater(level: int) -> Any:
    """Return what packs a raw deflate stream piece by piece."""
    return engine.compressobj(level, engine.DEFLATED, -15)
