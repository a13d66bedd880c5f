"""The zip container of a workbook: members as they lie in the file, and a new file made of old bytes and new parts.

In      a seekable file holding a zip archive: also with data before it, zip64, data descriptors, backslashes.
Out     members by name; inflated content in chunks; a new archive in which an unchanged member keeps its
        original compressed bytes. Entries of ours carry a fixed time, so equal input gives equal bytes.
Errors  BookUnusable for an archive that is damaged, encrypted or inflates beyond reason (LIMITS below).
Cost    opening reads the directory only; copying costs as much as copying bytes.
Source  PKWARE APPNOTE 6.3.
"""

import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.regular import open_regular
from invclose_xl.workbook.package.deflate import FAULTS, checksum, deflater, inflater

CHUNK = 1 << 20
PACKED_CHUNK = 1 << 17
"""Packed bytes that the inflater gets at once: what it leaves of them is copied for every chunk that it returns."""
LARGEST_PACKAGE = 8 << 30
"""Inflated bytes of all parts together; Excel itself cannot hold a workbook of that size."""
LOOKS_HARMFUL = (
    "files that are made to do harm look like that, so it was not opened. If you trust it, open it in Excel, save it"
    " and run again."
)
SUSPICIOUS_SIZE = 64 << 20
SUSPICIOUS_RATIO = 400
"""A part beyond both is a zip bomb: a real sheet of a million equal rows shrinks to a hundredth."""
MOST_MEMBERS = 60_000

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")
_END64 = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR64 = struct.Struct("<4sLQL")
_MAX32 = 0xFFFFFFFF
_MAX16 = 0xFFFF
_DATA_DESCRIPTOR = 0x0008
_ENCRYPTED = 0x0001
_UTF8_NAME = 0x0800
_ZIP64_EXTRA = 0x0001
_EPOCH_DATE = (1 << 5) | 1
"""1980-01-01, the zip format's first day, for every member of ours."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the archive."""

    name: str
    info: zipfile.ZipInfo

    @property
    def size(self) -> int:
        """Inflated bytes."""
        return self.info.file_size


class Archive:
    """A zip file opened for reading; close it, or use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = open_regular(path)
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, struct.error) as fault:
            self._file.close()
            raise BookUnusable(damaged(path, str(fault))) from fault
        self.members = tuple(Member(info.filename, info) for info in self._zip.infolist())
        self.comment = self._zip.comment
        try:
            self._check_limits()
        except BookUnusable:
            self.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._zip.close()
        self._file.close()

    def _check_limits(self) -> None:
        whole = sum(member.size for member in self.members)
        if len(self.members) > MOST_MEMBERS or whole > LARGEST_PACKAGE:
            raise BookUnusable(
                f"{self.path.name} would unpack to more than a workbook can hold: go back to an earlier copy."
            )
        self._refuse_overlaps()
        for member in self.members:
            if member.info.flag_bits & _ENCRYPTED:
                raise BookUnusable(f"{self.path.name} is an encrypted zip archive: save it from Excel as .xlsx first.")
            packed = max(member.info.compress_size, 1)
            self._refuse_bomb(f"holds a part ({member.name}) that unpacks", member.size, packed)
        self._refuse_bomb("would unpack", whole, self._file.seek(0, 2))

    def _refuse_bomb(self, what: str, size: int, packed: int) -> None:
        if size > SUSPICIOUS_SIZE and size > SUSPICIOUS_RATIO * packed:
            raise BookUnusable(f"{self.path.name} {what} to {size >> 20} MB from {packed >> 10} KB: {LOOKS_HARMFUL}")

    def _refuse_overlaps(self) -> None:
        """Raise BookUnusable where two members share bytes: what is packed once would be unpacked many times."""
        end, before = -1, ""
        for info in sorted((member.info for member in self.members), key=lambda info: info.header_offset):
            if info.header_offset < end:
                raise BookUnusable(
                    f"{self.path.name} packs {before} and {info.filename} into the same bytes: {LOOKS_HARMFUL}"
                )
            end, before = info.header_offset + _LOCAL.size + info.compress_size, info.filename

    def raw_position(self, member: Member) -> int:
        """Return where the member's stored bytes begin in the file."""
        if member.info.header_offset < 0:  # what is missing in the file shifts all that the directory says
            raise BookUnusable(damaged(self.path, f"{member.name} is not where the directory says"))
        self._file.seek(member.info.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
            raise BookUnusable(damaged(self.path, f"{member.name} is not where the directory says"))
        fields = _LOCAL.unpack(header)
        return int(member.info.header_offset + _LOCAL.size + fields[9] + fields[10])

    def raw_chunks(self, member: Member, size: int = CHUNK) -> Iterator[bytes]:
        """Yield the stored (still compressed) bytes of a member."""
        position = self.raw_position(member)
        left = member.info.compress_size
        while left:
            self._file.seek(position)
            chunk = self._file.read(min(size, left))
            if not chunk:
                raise BookUnusable(damaged(self.path, f"{member.name} ends too early"))
            position += len(chunk)
            left -= len(chunk)
            yield chunk

    def chunks(self, member: Member) -> Iterator[bytes]:
        """Yield the inflated content of a member, checked against its size and checksum."""
        crc = 0
        size = 0
        for chunk in self._inflated(member):
            size += len(chunk)
            if size > member.size:
                raise BookUnusable(damaged(self.path, f"{member.name} is larger than it says"))
            crc = checksum(chunk, crc)
            yield chunk
        if size != member.size or crc != member.info.CRC:
            raise BookUnusable(damaged(self.path, f"{member.name} does not match its checksum"))

    def _inflated(self, member: Member) -> Iterator[bytes]:
        if member.info.compress_type == zipfile.ZIP_STORED:
            yield from self.raw_chunks(member)
            return
        if member.info.compress_type != zipfile.ZIP_DEFLATED:
            raise BookUnusable(
                f"{self.path.name} is packed with a compression that Excel does not use ({member.name}): "
                "save it from Excel as .xlsx first."
            )
        stream = inflater()
        try:
            for chunk in self.raw_chunks(member, PACKED_CHUNK):
                pending = chunk
                while pending and not stream.eof:
                    yield stream.decompress(pending, CHUNK)
                    pending = stream.unconsumed_tail
            tail = stream.flush()
        except FAULTS as fault:
            raise BookUnusable(damaged(self.path, f"{member.name}: {fault}")) from fault
        if tail:
            yield tail

    def read(self, member: Member) -> bytes:
        """Return the inflated content of a member."""
        return b"".join(self.chunks(member))


class ArchiveWriter:
    """Writes a zip archive into an empty, seekable file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._directory: list[bytes] = []

    def copy(self, archive: Archive, member: Member) -> None:
        """Take over a member of another archive with its compressed bytes, time and attributes."""
        info = member.info
        flags = info.flag_bits & ~_DATA_DESCRIPTOR
        stamp = _dos_time(info.date_time)
        offset = self._file.tell()
        name = info.orig_filename.encode("utf-8" if flags & _UTF8_NAME else "cp437")
        entry = _Entry(name, flags, info.compress_type, stamp, info.CRC, info.compress_size, info.file_size, offset,
                       info.create_version | info.create_system << 8, info.internal_attr, info.external_attr,
                       info.comment)  # fmt: skip
        self._file.write(entry.local())
        for chunk in archive.raw_chunks(member):
            self._file.write(chunk)
        self._directory.append(entry.central())

    def add(self, name: str, content: Iterable[bytes], level: int = 1) -> None:
        """Deflate a new member from chunks, without holding it in memory."""
        flags = 0 if name.isascii() else _UTF8_NAME
        self._add(name.encode(), flags, content, level)

    def replace(self, member: Member, content: Iterable[bytes], level: int = 1) -> None:
        """Deflate new content under the very name of an old member."""
        flags = member.info.flag_bits & _UTF8_NAME
        self._add(member.info.orig_filename.encode("utf-8" if flags else "cp437"), flags, content, level)

    def _add(self, encoded: bytes, flags: int, content: Iterable[bytes], level: int) -> None:
        offset = self._file.tell()
        stamp = (0, _EPOCH_DATE)
        self._file.write(_Entry(encoded, flags, zipfile.ZIP_DEFLATED, stamp, 0, 0, 0, offset).local())
        stream = deflater(level)
        crc = size = packed = 0
        for chunk in content:
            crc = checksum(chunk, crc)
            size += len(chunk)
            packed += self._file.write(stream.compress(chunk))
        packed += self._file.write(stream.flush())
        if size > _MAX32:
            raise BookUnusable(f"The sheet in {encoded.decode()} would be larger than a workbook can hold.")
        entry = _Entry(encoded, flags, zipfile.ZIP_DEFLATED, stamp, crc, packed, size, offset)
        end = self._file.tell()
        self._file.seek(offset)
        self._file.write(entry.local())
        self._file.seek(end)
        self._directory.append(entry.central())

    def finish(self, comment: bytes = b"") -> None:
        """Write the directory; nothing can be added afterwards."""
        start = self._file.tell()
        for entry in self._directory:
            self._file.write(entry)
        end = self._file.tell()
        count, size = len(self._directory), end - start
        if count > _MAX16 or start > _MAX32 or size > _MAX32:
            self._file.write(_END64.pack(b"PK\6\6", _END64.size - 12, 45, 45, 0, 0, count, count, size, start))
            self._file.write(_LOCATOR64.pack(b"PK\6\7", 0, end, 1))
        self._file.write(
            _END.pack(b"PK\5\6", 0, 0, min(count, _MAX16), min(count, _MAX16), min(size, _MAX32), min(start, _MAX32),
                      len(comment))
        )  # fmt: skip
        self._file.write(comment)


@dataclass(frozen=True, slots=True)
class _Entry:
    """The local header and the directory entry of one member."""

    name: bytes
    flags: int
    method: int
    stamp: tuple[int, int]
    crc: int
    packed: int
    size: int
    offset: int
    made_by: int = 20
    internal: int = 0
    external: int = 0
    comment: bytes = b""

    def local(self) -> bytes:
        large = self.packed > _MAX32 or self.size > _MAX32
        extra = struct.pack("<HHQQ", _ZIP64_EXTRA, 16, self.size, self.packed) if large else b""
        head = _LOCAL.pack(
            b"PK\3\4", 45 if large else 20, self.flags, self.method, *self.stamp, self.crc,
            _MAX32 if large else self.packed, _MAX32 if large else self.size, len(self.name), len(extra),
        )  # fmt: skip
        return head + self.name + extra

    def central(self) -> bytes:
        large = [n for n in (self.size, self.packed, self.offset) if n > _MAX32]
        extra = struct.pack(f"<HH{len(large)}Q", _ZIP64_EXTRA, 8 * len(large), *large) if large else b""
        head = _CENTRAL.pack(
            b"PK\1\2", self.made_by, 45 if large else 20, self.flags, self.method, *self.stamp, self.crc,
            min(self.packed, _MAX32), min(self.size, _MAX32), len(self.name), len(extra), len(self.comment), 0,
            self.internal, self.external, min(self.offset, _MAX32),
        )  # fmt: skip
        return head + self.name + extra + self.comment


def _dos_time(moment: tuple[int, int, int, int, int, int]) -> tuple[int, int]:
    year, month, day, hour, minute, second = moment
    return hour << 11 | minute << 5 | second // 2, max(year - 1980, 0) << 9 | month << 5 | day


def damaged(path: Path, detail: str) -> str:
    """Word the refusal of a package that is not whole."""
    return (
        f"{path.name} is damaged: open it in Excel, let Excel repair it and save it, or go back to an earlier copy"
        f" (for support: {detail})."
    )
