"""Sealing a run: new rows behind the old ones, and every Status as the lock's rows say.

In      the result tables before, and the rows of one more run.
Out     the result tables after it, sealed with the run's witnesses and its Digest.
Source  RULES R10.2, R10.3; WORKBOOK "Written".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from invclose_xl.closing.adjustments.names import fill_charge_names
from invclose_xl.closing.state.inventory_change import fill_inventory_changes
from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.closing.state.locked_rows import compute_digest, make_checksum_rows, make_table_checksums
from invclose_xl.closing.stock.stock_value import compute_stock_value
from invclose_xl.domain.book import Book, Scales
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.tables import FORMAT, RESULTS, SHEETS, Tables, cast_to_schema
from invclose_xl.domain.views.account_names import name_accounts
from invclose_xl.domain.words import ClosingType, Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command: ``tables`` is what the workbook is to hold."""

    tables: Tables
    new: tuple[Tables, ...]
    """rows that each run of the command added, oldest first; the run asked for is at ``main``"""
    main: int
    problems: tuple[Problem, ...]
    rows: Mapping[str, int] | None = None
    """how many rows the run asked for added to each table, where they are not in memory"""
    issues: pl.Series | None = None
    """IDs of the issues among its estimated costs, where the transactions are not in memory"""
    said: Mapping[tuple[Severity, str], int] | None = None
    """how many problems there are of each severity and code, where some are not in memory"""
    estimated: Iterable[pl.DataFrame] | None = None
    """rows of *Estimated costs* of the run asked for, piece by piece, where they are not in memory"""

    @property
    def closing(self) -> str:
        """Number of the first run of this command: the one that the kept copy of the book is named after."""
        return str(self.new[0]["lock"]["closing"][0])

    @property
    def closed_up_to(self) -> date | None:
        """The closed date after the command."""
        return read_closed_date(self.tables)


def read_closed_date(tables: Tables) -> date | None:
    """Return the date of the last active Closing."""
    lock = tables["lock"]
    last = lock.filter(pl.col("closing").is_in(list_active_closings(lock).implode()))["up_to"].max()
    return last if isinstance(last, date) else None


def cast_run_tables(new: Tables, scales: Scales) -> Tables:
    """Return the rows of a run with the columns and types of their tables."""
    new = {name: cast_to_schema(new[name], SHEETS[name]) for name in RESULTS}
    return {**new, "adjustments": fill_charge_names(new["adjustments"], new["locked_rows"], scales.currency_decimals)}


def seal(new: Tables, book: Book) -> Tables:
    """Draw up the stock value after a run, and seal it."""
    new = cast_run_tables(new, book.scales)
    return seal_rows(new, compute_stock_value(book, append_run(book, new)), book.history["lock"], book.scales)


def seal_rows(new: Tables, value: pl.DataFrame, lock: pl.DataFrame, scales: Scales) -> Tables:
    """Keep the checksums of all that a run wrote, its stock value included, and give its row of the lock a Digest.

    ``lock`` holds the rows of the runs before.
    """
    closing = str(new["lock"]["closing"][0])
    of_value = make_table_checksums("stock_value", value, closing, scales, FORMAT)
    kept = [make_checksum_rows(new, closing, scales), of_value]
    new = {**new, "locked_rows": pl.concat([new["locked_rows"], *kept])}
    previous = lock["digest"].to_list()
    stamp = compute_digest(new, previous[-1] if previous else "", scales)
    return {**new, "lock": new["lock"].with_columns(digest=pl.lit(stamp)), "stock_value": value}


def append_run(book: Book, new: Tables) -> Tables:
    """Return the tables with the new rows, and the Status of every row that the lock's rows now ask for.

    The stock value of a run takes the place of the one before.
    """
    history = book.history
    tables = fill_added_columns(book, {name: pl.concat([history[name], new[name]]) for name in RESULTS})
    tables["stock_value"] = new.get("stock_value", history["stock_value"])
    lock = tables["lock"]
    states = read_closing_states(lock)
    return {
        name: frame.with_columns(status=compute_status(frame, name, lock, states))
        if "status" in frame.columns
        else frame
        for name, frame in tables.items()
    }


def fill_added_columns(book: Book, tables: Tables) -> Tables:
    """Return the tables with the columns that follow from others, which earlier versions left out."""
    changed = fill_inventory_changes(book, tables["adjustments"])
    named = fill_charge_names(changed, tables["locked_rows"], book.scales.currency_decimals)
    return {**tables, "adjustments": named, "vouchers": name_accounts(tables["vouchers"], book.posting)}


def read_closing_states(lock: pl.DataFrame) -> dict[str, Status]:
    """Return the Status of every closing: Reversed where a Reversal names it."""
    undone = set(lock.filter(pl.col("type") == ClosingType.REVERSAL)["reverses"])
    return {c: Status.REVERSED if c in undone else Status.ACTIVE for c in lock["closing"].to_list()}


def compute_status(frame: pl.DataFrame, name: str, lock: pl.DataFrame, states: dict[str, Status]) -> pl.Series:
    """Return the Status each row must have; value links are Replaced once a later active close linked afresh."""
    if not len(frame):
        return pl.Series("status", [], dtype=pl.String)
    kinds = dict(lock.select("closing", "type").rows())
    last = max((c for c, s in states.items() if kinds[c] == ClosingType.CLOSING and s is Status.ACTIVE), default="")
    words = {
        c: Status.REPLACED.value if name == "value_links" and s is Status.ACTIVE and c < last else s.value
        for c, s in states.items()
    }
    return frame["closing"].replace_strict(words, default=Status.ACTIVE.value, return_dtype=pl.String).alias("status")
