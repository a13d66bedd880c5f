"""Kinds of files: one clear sentence for everything that is no Open XML workbook.

In      a path.
Out     nothing; the file is a zip archive.
Errors  BookUnusable: not there, not readable, empty, encrypted, .xls, .ods, XML spreadsheet, text.
Cost    reads a few kilobytes.
Source  MS-CFB, MS-OFFCRYPTO; OpenDocument 1.3 part 2 (mimetype member).
"""

from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.regular import open_regular

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "open it in Excel and save it as .xlsx or .xlsm."


def refuse_other_formats(path: Path) -> None:
    """Raise BookUnusable unless the file begins, or could begin, like a package."""
    try:
        with open_regular(path) as file:
            head = file.read(512)
            if head[:8] == _COMPOUND_FILE:
                _refuse_compound_file(path, head + file.read(1 << 20))
    except FileNotFoundError:
        raise BookUnusable(f"There is no file {path}: check the name and the folder.") from None
    except IsADirectoryError:
        raise BookUnusable(f"{path} is a folder, not a workbook.") from None
    except PermissionError:
        raise BookUnusable(f"{path} may not be read: ask its owner for permission, or close it elsewhere.") from None
    except OSError as fault:
        raise BookUnusable(f"{path} cannot be read ({fault.strerror or fault}).") from None
    if not head:
        raise BookUnusable(f"{path.name} is empty: go back to an earlier copy.")
    if b"mimetypeapplication/vnd.oasis.opendocument" in head[:120]:
        raise BookUnusable(f"{path.name} is an OpenDocument file (.ods): save it from LibreOffice as .xlsx.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"<?xml", b"<html", b"<!DOCTYPE", b"<Workbook")):
        raise BookUnusable(f"{path.name} is an XML or HTML file that only looks like a workbook: {_SAVE_AS}")
    if head[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00"):
        raise BookUnusable(f"{path.name} is a workbook of a very old Excel (.xls): {_SAVE_AS}")
    if b"PK\3\4" not in head and b"PK\5\6" not in head and not _has_zip_directory(path):
        raise BookUnusable(
            f"{path.name} is not an Excel workbook (perhaps a text file with another ending): {_SAVE_AS}"
        )


def _refuse_compound_file(path: Path, content: bytes) -> None:
    names = {name: name.encode("utf-16-le") for name in ("EncryptedPackage", "Workbook", "Book")}
    if names["EncryptedPackage"] in content or "EncryptionInfo".encode("utf-16-le") in content:
        raise BookUnusable(
            f"{path.name} is protected with a password for opening: remove it in Excel (File, Info, Protect Workbook, "
            "Encrypt with Password) and run again."
        )
    if names["Workbook"] in content or names["Book"] in content:
        raise BookUnusable(f"{path.name} is a workbook of Excel 97-2003 (.xls): {_SAVE_AS}")
    raise BookUnusable(f"{path.name} is an Office file of the old kind, or a damaged one: {_SAVE_AS}")


def _has_zip_directory(path: Path) -> bool:
    """Other data may be before an archive; then only the end of the file tells."""
    with open_regular(path) as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        return b"PK\5\6" in file.read()
