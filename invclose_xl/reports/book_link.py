"""A link from a report to a cell of the book that it is about.

In      the way from report to book (``sheets.way_to``), a cell as ``Transactions!A363``.
Out     an address that Excel on Windows and on a Mac, LibreOffice and every reader of URIs take for the same file: with
        forward slashes, and only those characters as %XX that Excel itself writes so. XlsxWriter would write
        backslashes, and would take a # in a file's name for the place inside it.
"""

from xlsxwriter.url import Url

WRITTEN_AS_HEX = '%"<>[]^`{} #'
NETWORK = "file:///\\\\"


class BookLink(Url):  # type: ignore[misc]
    """A link to a cell of the book."""

    def __init__(self, way: str, cell: str) -> None:
        address = "".join(f"%{ord(c):02x}" if c in WRITTEN_AS_HEX else c for c in way)
        super().__init__(f"external:{address}#{cell}")
        self.text = cell

    def _target(self) -> str:
        target = str(super()._target())
        return target if target.startswith(NETWORK) else target.replace("\\", "/")
