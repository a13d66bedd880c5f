"""The examples that a mapping carries: its own rows in, the rows of a book out.

In      a Mapping.
Out     nothing where they hold.
Errors  IC418 names each example that does not, with what came out.
Source  WORKBOOK "Command line" (import --map).
"""

from collections.abc import Mapping as Map
from collections.abc import Sequence

import polars as pl

from invclose_xl.domain.problems.problem import CellRef, InputFault
from invclose_xl.importing.faults import Faults
from invclose_xl.importing.mapping.model import Mapping, Test
from invclose_xl.importing.mapping.sheets import column_of, sheet_of
from invclose_xl.importing.sources.table import ExportTable
from invclose_xl.importing.transform.run import Imported, import_tables
from invclose_xl.importing.transform.typed import plain


def hold_examples(mapping: Mapping, name: str) -> None:
    """Raise InputFault for every example that does not hold."""
    faults = Faults()
    for test in mapping.tests:
        try:
            found = import_tables(mapping, [_table(n, rows) for n, rows in test.given.items()], model="FIFO")
        except InputFault as reason:
            said = reason.problems[0].line()
            faults.add("IC418", CellRef(name), test.name, f"The example cannot be imported: {said}.",
                       "Correct the mapping, or the example.")  # fmt: skip
            continue
        for wrong in _differences(test, found):
            faults.add("IC418", CellRef(name), test.name, f"The example gives {wrong}.",
                       "Correct the mapping, or the example.")  # fmt: skip
    faults.stop_if_any()


def _table(name: str, rows: Sequence[Map[str, str]]) -> ExportTable:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    frame = pl.DataFrame({c: [row.get(c) for row in rows] for c in columns}, schema=dict.fromkeys(columns, pl.String))
    return ExportTable((name,), name, "example", columns, lambda wanted: frame.select(wanted))


def _differences(test: Test, found: Imported) -> list[str]:
    wrong = []
    for sheet, expected in test.expect.items():
        rows = _rows(sheet, found)
        if len(rows) != len(expected):
            wrong.append(f"{len(rows)} rows on {sheet}, not {len(expected)}")
            continue
        for number, (row, wanted) in enumerate(zip(rows, expected, strict=True), 1):
            for heading, value in wanted.items():
                if row.get(heading, "") != value:
                    wrong.append(f"{row.get(heading, '')!r}, not {value!r}, as {heading} in row {number} of {sheet}")
    counts: dict[str, int] = {}
    for read in found.reads.values():
        for share in read.shares:
            counts[share.reason] = counts.get(share.reason, 0) + (share.rows or 0)
    for reason, count in test.passed_over.items():
        if counts.get(reason, 0) != count:
            wrong.append(f"{counts.get(reason, 0)} rows passed over as {reason!r}, not {count}")
    return wrong


def _rows(sheet: str, found: Imported) -> list[dict[str, str]]:
    spec, frame = sheet_of(sheet), found.sheets.get(sheet)
    if spec is None or frame is None:
        return []
    headings = {c.field: c.heading for c in spec.columns if column_of(spec, c.heading)}
    return [
        {headings[f]: plain(v) if hasattr(v, "as_tuple") else "" if v is None else str(v) for f, v in row.items()}
        for row in frame.to_dicts()
    ]
