"""Rows of a book that an export no longer stands for: what the system took back, and rows that have other IDs there.

In      the transactions on the sheets of a book, what an import made of an export, the lock.
Out     a warning for each row that the system took back (IC440), or a refusal where it is behind the lock.
Errors  IC441 where rows of the book would come in once more under other IDs; IC442 where IDs lost zeros in front.
Source  WORKBOOK "Command line" (import --into); RULES R0 (IDs), R10.2.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Refused, Severity
from invclose_xl.importing.book.behind_the_lock import LockedBook
from invclose_xl.importing.book.examples import Standing
from invclose_xl.importing.book.fill import SheetRows
from invclose_xl.importing.faults import MOST_NAMED, and_more
from invclose_xl.importing.transform.run import Imported
from invclose_xl.workbook.package.cell_reference import column_letters

CONTENT = ("item", "lot", "physical_date", "financial_date", "quantity", "physical_amount", "financial_amount")
"""what one row has on both sides, whatever its ID"""


def name_taken_back(
    imported: Imported, there: Sequence[tuple[SheetRows, pl.DataFrame]], locked: Callable[[], LockedBook]
) -> tuple[Problem, ...]:
    """Name the rows of a book that the export passes over; raise Refused where the lock holds one of them."""
    reasons: dict[str, str] = {}
    for read in imported.reads.values():
        for reason, ids in read.passed_ids:
            reasons |= dict.fromkeys(make_id_keys(ids.drop_nulls()).to_list(), reason)
    for key in make_id_keys(imported.sheets["Transactions"].get_column("id").drop_nulls()).to_list():
        reasons.pop(key, None)
    passed = list(reasons)
    found = []
    for place, texts in there:
        keys = make_id_keys(texts.get_column("id"))
        rows = keys.is_in(passed).fill_null(value=False).arg_true().to_list()
        found += [(place, place.headings.row + 1 + row, texts["id"][row], keys[row]) for row in rows]
    if not found:
        return ()
    lock = locked()
    said = [_taken_back(place, row, name, reasons[key], key in lock.transactions, lock.closing)
            for place, row, name, key in found]  # fmt: skip
    refused = [p for p in said if p.severity is Severity.REFUSED]
    if refused:
        raise Refused(refused)
    return tuple(said)


def _taken_back(place: SheetRows, row: int, name: str, reason: str, is_locked: bool, closing: str) -> Problem:
    text = f'The book has this transaction, but the export passes it over: "{reason}".'
    if is_locked:
        severity = Severity.REFUSED
        text += " Inventory is closed with it."
        fix = (
            "Enter the opposite transaction with a later date in the system and leave this row out of the export, or"
            f" reverse {closing} first, delete the row from the sheet, and import again."
        )
    else:
        severity = Severity.WARNING
        fix = "Delete the row from the sheet, or correct the system and import again: until then a close counts it."
    return Problem("IC440", severity, _cell(place, row), name, text, fix, CODES["IC440"].rule)


def _cell(place: SheetRows, row: int, field: str = "id") -> CellRef:
    at = place.headings.columns[field]
    return CellRef(place.sheet.name, row, column_letters(at), place.headings.texts[at].strip())


def refuse_lost_zeros(sheets: Mapping[str, pl.DataFrame], standing: Standing) -> None:
    """Refuse IDs that the book has with zeros in front, which the export lacks, or the reverse: one would be two."""
    problems: list[Problem] = []
    for sheet, field in (("Transactions", "id"), ("Items", "number")):
        if field not in sheets.get(sheet, pl.DataFrame()).columns:
            continue
        new = _by_number(make_id_keys(sheets[sheet].get_column(field)), "#new").drop_nulls()
        for place, texts in standing[sheet]:
            keys = make_id_keys(texts.get_column(field))
            rows = _by_number(keys, "#key").with_row_index("#row").join(new, on="#number", maintain_order="left")
            rows = rows.filter(
                ~pl.col("#key").is_in(new["#new"].implode()) & ~pl.col("#new").is_in(keys.drop_nulls().implode())
            ).unique("#row", maintain_order=True)
            for row in rows.head(MOST_NAMED).iter_rows(named=True):
                problems.append(Problem(
                    "IC442", Severity.ERROR, _cell(place, place.headings.row + 1 + row["#row"], field),
                    texts[field][row["#row"]],
                    f"The export has {row['#new']}: zeros in front were lost on the way, so it would be another one."
                    f"{and_more(rows.height)}",
                    "Export the table again, and do not open it in Excel, or read the column there as text; if both"
                    " are there, put both in the export.", CODES["IC442"].rule,
                ))  # fmt: skip
    if problems:
        raise InputFault(problems)


def _by_number(keys: pl.Series, name: str) -> pl.DataFrame:
    """Return IDs of digits alone with what they are without zeros in front; others are null there."""
    number = keys.str.extract(r"^0*(\d+)$", 1)
    return pl.DataFrame([keys.alias(name), number.alias("#number")])


def refuse_other_ids(imported: Imported, there: Sequence[tuple[SheetRows, pl.DataFrame]], rows: pl.DataFrame) -> None:
    """Refuse an export whose rows are in the book with IDs of another making: each of them would count twice.

    ``there`` are texts, numbers as plain ones; ``rows`` those of the import in the same form. One of the two IDs was
    made of what the row says, or one is a number and the other none: two rows with IDs of one making are two, whatever
    they say.
    """
    content = [c for c in CONTENT if c in rows.columns]
    new = _with_keys(rows, content).with_columns(rows.get_column("id").alias("#id"))
    known = [
        _with_keys(texts, content).with_columns(
            pl.lit(sheet).alias("#sheet"), pl.int_range(pl.len()).alias("#row"), texts.get_column("id").alias("#name")
        )
        for sheet, (_, texts) in enumerate(there)
    ]
    if not known:
        return
    book = pl.concat(known)
    other = book.filter(pl.col("#key").is_not_null()).join(new, on="#key", how="anti", maintain_order="left")
    new = new.join(book, on="#key", how="anti", maintain_order="left").unique(content, keep="first")
    twice = other.join(
        new.drop("#key"), on=content, how="inner", nulls_equal=True, maintain_order="left"
    )  # fmt: skip
    if not imported.made_ids:
        is_other = pl.col("#key").str.contains(r"^\d+$") != pl.col("#id").str.contains(r"^\d+$")
        twice = twice.filter(is_other | _is_made("lot") if "lot" in content else is_other)
    if not twice.height:
        return
    problems: list[Problem] = []
    for row in twice.head(MOST_NAMED).iter_rows(named=True):
        place = there[row["#sheet"]][0]
        problems.append(Problem(
            "IC441", Severity.ERROR, _cell(place, place.headings.row + 1 + row["#row"]), row["#name"],
            f"The export has the same row with the ID {row['#id']}, by which it would be added once more."
            f"{and_more(twice.height)}",
            "Export the table with the same IDs as before (in Dynamics the column RecId), or make a new book of this"
            " export with --output.",
            CODES["IC441"].rule,
        ))  # fmt: skip
    raise InputFault(problems)


def _with_keys(texts: pl.DataFrame, content: Sequence[str]) -> pl.DataFrame:
    """Return what rows say, as it is compared, with the key of their ID."""
    said = [make_id_keys(texts.get_column(c)).alias(c) for c in content]
    return pl.DataFrame([*said, make_id_keys(texts.get_column("id")).alias("#key")])


def _is_made(lot: str) -> pl.Expr:
    """Return whether an ID is the lot of its row and a number."""
    rest = pl.col("#key").str.strip_prefix(pl.col(lot) + "-")
    return (rest.str.contains(r"^\d+$") & (pl.col("#key") != rest)).fill_null(value=False)
