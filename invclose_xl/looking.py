"""The Python API of what people look at: explanations, checks and reconciliations, as text, plain data and DataFrames.

In      the path of a workbook.
Out     Explained; nothing is written unless a file is named.
Errors  InputFault (3), Refused (4), BookUnusable (5), UnknownSubject (2): the numbers are the exit codes.
Source  WORKBOOK "Command line".
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from invclose_xl.api import usable
from invclose_xl.closing.trace import trace_costs
from invclose_xl.domain.trace import Trace
from invclose_xl.reports.explain import Explanation
from invclose_xl.reports.explain import explain as explain_trace
from invclose_xl.reports.explain_json import explain_json, explain_rows
from invclose_xl.reports.explain_text import explain_text
from invclose_xl.workbook.read import read_book


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation and the way of the costs it was drawn from."""

    explanation: Explanation
    trace: Trace

    def text(self) -> str:
        """Return the page that the command prints."""
        return explain_text(self.trace, self.explanation)

    def json(self) -> dict[str, object]:
        """Return plain data; amounts are decimal text."""
        return explain_json(self.trace, self.explanation)

    def frame(self) -> pl.DataFrame:
        """Return the parts of the cost, down to where they come from and went, one row each."""
        return pl.DataFrame(explain_rows(self.trace, self.explanation), infer_schema_length=None)


def explain(book: str | Path, name: str) -> Explained:
    """Explain a transaction, an item, a closing's voucher (``IC-000001``) or one of its lines (``IC-000001/3``)."""
    trace = trace_costs(usable(read_book(Path(book))))
    return Explained(explain_trace(trace, name), trace)
