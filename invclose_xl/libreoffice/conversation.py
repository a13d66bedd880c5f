"""A workbook that is open in LibreOffice, seen from the Python that does a button's work: every call is a line.

In      the pipes to ``in_office.buttons``, which answers inside LibreOffice.
Out     the Document of ``engine``.
Errors  OfficeRefused with what LibreOffice said; OfficeGone where nobody answers any more.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.workbook.package.cell_reference import Range


class OfficeRefused(Exception):
    """LibreOffice could not do what it was asked."""


class OfficeGone(InvCloseError):
    """Nobody answers."""


class OpenInOffice:
    """The open workbook: each method of ``engine.Document`` is asked for by its name."""

    def __init__(self, answers: IO[bytes], asked: IO[bytes]) -> None:
        self._answers, self._asked = answers, asked
        self.path = Path(self._call("path"))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the call of that name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments, **named: self._call(name, *arguments, *([named] if named else []))

    def used(self, sheet: str) -> Range:
        """Return the used part of a sheet."""
        return Range(*self._call("used", sheet))

    def tables(self, sheet: str) -> dict[str, Range]:
        """Return the tables of a sheet and where they lie."""
        return {name: Range(*area) for name, area in self._call("tables", sheet).items()}

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            self._asked.write(json.dumps([name, [_as_json(one) for one in arguments]]).encode("utf-8") + b"\n")
            self._asked.flush()
            line = self._answers.readline()
        except OSError as fault:
            raise OfficeGone(f"LibreOffice does not answer any more ({fault.strerror}).") from fault
        if not line:
            raise OfficeGone("LibreOffice does not answer any more.")
        said = json.loads(line)
        if "fault" in said:
            raise OfficeRefused(said["fault"])
        return said["value"]


def _as_json(value: Any) -> Any:
    if isinstance(value, Range):
        return {"area": [value.left, value.top, value.right, value.bottom]}
    return {"path": str(value)} if isinstance(value, Path) else value
