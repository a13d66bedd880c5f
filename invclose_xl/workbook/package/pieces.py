"""A part of a package, piece by piece, in one encoding.

In      a package and the name of a part in any encoding that XML allows.
Out     its bytes as UTF-8, without a byte order mark.
Errors  BadXml where the encoding is unknown or broken.
Source  ECMA-376 part 2; XML 1.0, appendix F.
"""

from collections.abc import Iterable, Iterator

from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.xml import decode, encoding_of


def in_utf8(package: Package, part: str) -> Iterator[bytes]:
    """Yield a part piece by piece as UTF-8 without byte order mark; one in another encoding in one piece."""
    chunks = package.chunks(part)
    first = next(chunks, b"")
    if encoding_of(first)[1] in ("utf-8", "utf-8-sig"):
        return _without_mark(first, chunks)
    return iter([decode(package.part(part))[0]])


def _without_mark(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first.removeprefix(b"\xef\xbb\xbf")
    yield from rest
