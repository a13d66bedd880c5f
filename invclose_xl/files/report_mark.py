"""Whose report is this? A mark inside every report says which book it was made from, so that none is taken for another.

In      where the book lies as seen from the report; a file.
Out     the mark's text, and whether a file carries it unchanged since we wrote it.
Cost    reads a few kilobytes.
Source  WORKBOOK "Command line" (--output); ISO/IEC 29500-2, core properties.
"""

import html
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

AUTHOR = "invclose-xl"
LARGEST_PROPERTIES = 64 << 10
HEAD = 8 << 10
CORE = "docProps/core.xml"


def mark_of(way: str, kind: str) -> str:
    """Return the mark of a report of a kind (``Check``); ``way`` leads from the report's folder to the book."""
    return f"{kind} made by {AUTHOR} from {way.encode('ascii', 'backslashreplace').decode()}"


def carries(report: Path, mark: str) -> bool:
    """Say whether a file is a report of ours with this mark. A report that was saved by somebody else is theirs."""
    try:
        with open(report, "rb") as file:
            head = file.read(HEAD)
        if head[:4] == b"PK\3\4":
            return _workbook_carries(report, mark)
        return any(written.encode() in head for written in (mark, escape(mark), html.escape(mark)))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
        return False


def _workbook_carries(report: Path, mark: str) -> bool:
    with zipfile.ZipFile(report) as package:
        names = package.namelist()
        if CORE not in names or package.getinfo(CORE).file_size > LARGEST_PROPERTIES:
            return False
        core = package.read(CORE).decode("utf-8", "replace")
    times = re.findall(r"<dcterms:(?:created|modified)[^>]*>([^<]*)<", core)
    saved_by_us = f"<cp:lastModifiedBy>{AUTHOR}</cp:lastModifiedBy>" in core and len(set(times)) == 1
    return saved_by_us and f"<dc:description>{escape(mark)}</dc:description>" in core
