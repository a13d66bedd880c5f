"""Are the result sheets what the closings wrote? Digest by Digest, then row by row where one does not hold.

In      a book with its history.
Out     Problems with severity Refused that name sheet and cell.
Cost    one SHA-256 over the rows of every closing; single rows are looked at only where it does not hold.
Source  RULES R10.2, R10.3.
"""

from collections import Counter

import polars as pl

from invclose_xl.closing.adjustments.names import fill_charge_names
from invclose_xl.closing.lock.sealing import compute_status, read_closing_states
from invclose_xl.closing.state.ledger_state import format_closing_number, parse_closing_number
from invclose_xl.closing.state.locked_rows import (
    LINE_END,
    WITNESSED,
    compute_digest,
    compute_digest_of_tables,
    fingerprint_rows,
    get_format,
    list_checked_fields,
    write_row_texts,
)
from invclose_xl.domain.book import Book
from invclose_xl.domain.formats.upgrade import read_basis
from invclose_xl.domain.money import UNIT_COST_DECIMALS, format_amount, format_quantity
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.tables import FORMAT, QUANTITIES, RESULTS, Tables, select_locked_rows
from invclose_xl.domain.views.old_book import find_rolled_forward
from invclose_xl.domain.words import RESTORE, LockedKind

WAY_OUT = f"{RESTORE} To correct a cost, enter a cost adjustment."
COUNTS = frozenset(("line", "items", "transactions", "settlements", "warnings", "sequence", "format"))
"""fields of whole numbers that are neither amounts nor quantities"""


def verify_results(book: Book) -> list[Problem]:
    """Return what is wrong with the result sheets."""
    if other := verify_decimals(book):
        return other
    lock = book.history["lock"]
    names = lock["closing"].to_list()
    problems = _verify_numbering(book, names)
    lines = {name: _join_lines_by_closing(book, name) for name in RESULTS}
    previous = ""
    for position, closing in enumerate(names):
        kept = str(lock["digest"][position])
        written = {name: lines[name].get(closing, "").encode() for name in RESULTS}
        if compute_digest_of_tables(lambda name, written=written: [written[name]], previous) != kept:  # type: ignore[misc]
            problems += _verify_closing(book, closing, position, previous)
        previous = kept
    if names:
        problems += _verify_stock_value(book, names[-1])
    problems += _verify_inventory_changes(book) + _verify_charge_names(book) + _verify_kinds(book)
    return problems + _find_unknown_closings(book, set(names)) + _find_wrong_status(book)


def _verify_closing(book: Book, closing: str, position: int, previous: str) -> list[Problem]:
    """Name what was edited of a closing whose Digest does not hold."""
    rows: Tables = {name: f.filter(pl.col("closing") == closing) for name, f in book.history.items()}
    number, kept = get_format(rows), rows["lock"]["digest"][0]
    for other in range(1, FORMAT + 1):
        as_other = {**rows, "lock": rows["lock"].with_columns(format=pl.lit(other, dtype=pl.Int64))}
        if other != number and compute_digest(as_other, previous, book.scales) == kept:
            cell = book.get_result_cell("lock", position, "format")
            return [_describe_edit("IC215", cell, str(number), f"This is not what {closing} wrote here.")]
    found = [p for name in WITNESSED for p in _verify_rows(book, name, closing, rows)]
    return found or [_describe_unlocated(book, closing, position)]


def verify_decimals(book: Book) -> list[Problem]:
    """The currency keeps its decimals: with others no amount of the result sheets would be what was written."""
    rows = select_locked_rows(book.history, LockedKind.DECIMALS)
    kept = rows.sort("closing")["fingerprint"].to_list()
    decimals = str(book.scales.currency_decimals)
    if not kept or kept[-1] == decimals:
        return []
    return [
        Problem(
            "IC209", Severity.REFUSED, CellRef("Parameters"), decimals,
            f"The currency had {kept[-1]} decimals at the last closing.", f"Set Currency decimals back to {kept[-1]}.",
            "R10.2",
        )
    ]  # fmt: skip


def _join_lines_by_closing(book: Book, name: str) -> dict[str, str]:
    """Return the sorted lines of a table that each closing wrote, put together; all closings in one pass."""
    formats = book.history["lock"].select("closing", "format")
    found: dict[str, str] = {}
    for number in formats["format"].unique().to_list():
        frame = book.history[name].join(formats.filter(pl.col("format") == number), on="closing", how="semi")
        lines = pl.DataFrame({"closing": frame["closing"], "line": write_row_texts(frame, name, book.scales, number)})
        found |= dict(lines.group_by("closing").agg(pl.col("line").sort().str.join(LINE_END)).rows())
    return found


def _describe_edit(code: str, where: CellRef, found: str, problem: str) -> Problem:
    return Problem(code, Severity.REFUSED, where, found, problem, WAY_OUT, "R10.2")


def _verify_numbering(book: Book, names: list[str]) -> list[Problem]:
    """Closings are numbered without gaps; a deleted row of the lock leaves one. A rolled-forward book begins later."""
    begins = find_rolled_forward(book.history["lock"])
    carried = [name for name in names if name <= begins]
    first = parse_closing_number(begins) + 1
    wanted = carried + [format_closing_number(number) for number in range(first, first + len(names) - len(carried))]
    return [
        _describe_edit("IC217", book.get_result_cell("lock", position, "closing"), name,
                 f"Closings are numbered without gaps; {expected} is expected here.")
        for position, (name, expected) in enumerate(zip(names, wanted, strict=True))
        if name != expected
    ][:1]  # fmt: skip


def _verify_stock_value(book: Book, last: str) -> list[Problem]:
    """Compare *Stock value* with the prints that the last run kept of it; runs of version 0.1.0 wrote none."""
    kept = book.history["locked_rows"].filter(pl.col("closing") == last)
    rows: Tables = {"stock_value": book.history["stock_value"], "locked_rows": kept}
    is_kept = bool((select_locked_rows(rows, LockedKind.RESULT_ROWS)["transaction"] == "stock_value").any())
    if is_kept and book.history_cells and not book.get_result_sheet("stock_value"):
        return [describe_missing_sheet("Stock value")]
    lock = book.history["lock"].filter(pl.col("closing") == last)
    return _verify_rows(book, "stock_value", last, {**rows, "lock": lock})


def _verify_inventory_changes(book: Book) -> list[Problem]:
    """The change of inventory value is the adjustment or its opposite, and its sum is on the lock."""
    rows = book.history["adjustments"].with_row_index("position")
    change, adjustment = pl.col("inventory_change"), pl.col("adjustment")
    edited = rows.filter(change.is_not_null() & (change.abs() != adjustment.abs()))
    sums = rows.group_by("closing").agg(
        pl.col("position").first(), change.sum(), adjustment.sum(), whole=change.is_not_null().all()
    )
    other = sums.join(book.history["lock"].select("closing", "adjustment_amount"), on="closing").filter(
        pl.col("whole")
        & (pl.col("adjustment_amount") != change)
        & (pl.col("adjustment_amount") != adjustment)  # version 0.1.0 added issues and receipts up alike
        & ~pl.col("closing").is_in(edited["closing"].implode())
        & (pl.col("closing") > find_rolled_forward(book.history["lock"]))  # of those before only a part was carried
    )
    problems = [
        _describe_edit("IC215", book.get_result_cell("adjustments", at, "inventory_change"), "",
                 f"{closing} wrote something else here.")
        for at, closing in edited.select("position", "closing").iter_rows()
    ]  # fmt: skip
    return problems + [
        _describe_edit("IC215", book.get_result_cell("adjustments", at, "inventory_change"), "",
                 f"The changes of inventory value of {closing} do not add up to what its row of the Lock says.")
        for at, closing in other.sort("closing").select("position", "closing").iter_rows()
    ]  # fmt: skip


def _verify_charge_names(book: Book) -> list[Problem]:
    """The names of charges follow from what the runs kept of their postings; sheets of earlier versions have none."""
    rows = book.history["adjustments"]
    cells = book.history_cells.get("adjustments")
    if cells is not None and not any("charge" in part.columns for part in cells.parts):
        return []
    wanted = fill_charge_names(rows, book.history["locked_rows"], book.scales.currency_decimals)["charge"]
    return [
        _describe_edit("IC215", book.get_result_cell("adjustments", at, "charge"), rows["charge"][at] or "",
                 f"{rows['closing'][at]} wrote something else here.")
        for at in (rows["charge"].fill_null("") != wanted).arg_true().to_list()
    ]  # fmt: skip


def _verify_kinds(book: Book) -> list[Problem]:
    """Kind, Type and Cause of estimates that a run of format 1 wrote follow from what their Basis says."""
    before = book.history["lock"].filter(pl.col("format") == 1)["closing"].implode()
    rows = book.history["estimated_costs"].with_row_index("at").filter(pl.col("closing").is_in(before))
    wanted = rows.with_columns(**read_basis())
    return [
        _describe_edit("IC215", book.get_result_cell("estimated_costs", rows["at"][row], field), rows[field][row],
                 f"{rows['closing'][row]} wrote something else here.")
        for field in read_basis() for row in (rows[field] != wanted[field]).arg_true().to_list()
    ]  # fmt: skip


def describe_missing_sheet(name: str) -> Problem:
    """A result sheet that earlier runs wrote is gone."""
    return Problem(
        "IC161", Severity.REFUSED, CellRef(name), "",
        f"The sheet Lock names earlier closings, but their sheet {name} is not in the workbook.",
        RESTORE, CODES["IC161"].rule,
    )  # fmt: skip


def _verify_rows(book: Book, name: str, closing: str, rows: Tables) -> list[Problem]:
    """Compare the rows of one closing, or all of *Stock value*, with the prints that the run kept of them."""
    fields = list_checked_fields(name, get_format(rows))
    width = 2 * len(fields)
    of_table = select_locked_rows(rows, LockedKind.RESULT_ROWS).filter(pl.col("transaction") == name)
    kept_cells = of_table["fingerprint"].to_list()
    kept = Counter(cell[at : at + width] for cell in kept_cells for at in range(0, len(cell), width))
    hashes = fingerprint_rows(rows[name], name, book.scales, get_format(rows))
    now = [hashes[at : at + width] for at in range(0, len(hashes), width)]
    lost = kept - Counter(now)
    unknown = Counter(now) - kept
    snapshot = name not in RESULTS
    of_closing = list(range(len(now))) if snapshot else (book.history[name]["closing"] == closing).arg_true().to_list()
    problems = []
    for position, print_ in zip(of_closing, now, strict=True):
        if unknown[print_] <= 0:
            continue
        unknown[print_] -= 1
        best = max(lost.elements(), key=lambda old: _count_alike(old, print_), default="")
        if not best or _count_alike(best, print_) < len(fields) // 2:
            cell = book.get_result_cell(name, position, "closing")
            problems.append(_describe_edit("IC216", cell, "", f"{closing} did not write this row."))
            continue
        lost[best] -= 1
        for field_number, field in enumerate(fields):
            if best[2 * field_number : 2 * field_number + 2] != print_[2 * field_number : 2 * field_number + 2]:
                found = _show_value(book, field, book.history[name][field][position])
                problems.append(
                    _describe_edit("IC215", book.get_result_cell(name, position, field), found,
                             f"This is not what {closing} wrote here.")
                )  # fmt: skip
    missing = sum(lost.values())
    if missing > 0:
        where = CellRef(book.get_result_sheet(name))
        what = "1 row" if missing == 1 else f"{missing} rows"
        gone = "is missing" if missing == 1 else "are missing"
        problems.append(_describe_edit("IC216", where, "", f"{what} that {closing} wrote {gone}."))
    return problems


def _show_value(book: Book, field: str, value: object) -> str:
    """Write a value as its cell shows it."""
    if not isinstance(value, int) or field in COUNTS:
        return "" if value is None else str(value)
    if field == "unit_cost":
        return format_amount(value, UNIT_COST_DECIMALS)
    if field in QUANTITIES:
        return format_quantity(value, book.scales.quantity_scale)
    return format_amount(value, book.scales.currency_decimals)


def _count_alike(one: str, other: str) -> int:
    return sum(one[at : at + 2] == other[at : at + 2] for at in range(0, len(other), 2))


def _describe_unlocated(book: Book, closing: str, position: int) -> Problem:
    where = book.get_result_cell("lock", position, "digest")
    return _describe_edit(
        "IC217", where, "", f"The Digest of {closing} does not match what the sheets Lock and Locked rows hold."
    )


def _find_unknown_closings(book: Book, names: set[str]) -> list[Problem]:
    """Rows of a closing that the lock does not have."""
    problems = []
    for name, frame in book.history.items():
        if name == "lock":
            continue
        strange = (~frame["closing"].is_in(list(names))).arg_true().to_list()
        problems += [
            _describe_edit("IC216", book.get_result_cell(name, position, "closing"), str(frame["closing"][position]),
                     "The sheet Lock has no such closing.")
            for position in strange
        ]  # fmt: skip
    return problems


def _find_wrong_status(book: Book) -> list[Problem]:
    """Status follows from the lock: Reversed where a Reversal says so, Replaced where a later close linked afresh."""
    lock = book.history["lock"]
    states = read_closing_states(lock)
    problems = []
    for name, schema in RESULTS.items():
        if "status" not in schema:
            continue
        found, wanted = book.history[name]["status"], compute_status(book.history[name], name, lock, states)
        for position in (found != wanted).arg_true().to_list():
            cell = book.get_result_cell(name, position, "status")
            problems.append(
                _describe_edit("IC218", cell, found[position], f"The Status of this row is {wanted[position]}.")
            )
    return problems
