"""State that earlier runs left: active settlements, adjustments, estimates and legs, by movement number.

In      a book with its history (the result tables of earlier runs).
Out     LedgerState: columns in canonical order (closing, then issue and receipt in row order), so that a user may sort
        the sheets; and the transactions they name that are no longer there: none once closing.earlier.corrections
        took back what was posted for them.
Units   as in ``domain.movements``.
Source  RULES R1 (open quantity, cost, row order), R7.1, R10.3.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.closing.state.as_seen import drop_taken_back
from invclose_xl.closing.state.estimate_kinds import is_physical
from invclose_xl.closing.state.order_of_matching import sort_for_matching
from invclose_xl.closing.state.price_differences import IS_EXPENSED, Expensed, read_expensed
from invclose_xl.domain.book import NO_DATE, Book, Bool, Int32, Int64, Transactions
from invclose_xl.domain.id_keys import make_id_keys as keys_of_texts
from invclose_xl.domain.id_keys import make_key_column
from invclose_xl.domain.words import ClosingType, EstimateCause, Kind, Status

ACTIVE = pl.col("status") == Status.ACTIVE
TAKES_BACK = ~pl.col("cause").is_in([EstimateCause.NEW.value, EstimateCause.SHARE.value])
"""rows of estimates that undo an earlier one"""


def list_active_closings(lock: pl.DataFrame, kind: ClosingType = ClosingType.CLOSING) -> pl.Series:
    """Return the names of the active closings of one type, oldest first."""
    return lock.filter((pl.col("type") == kind) & (pl.col("status") == Status.ACTIVE))["closing"]


@dataclass(frozen=True, slots=True)
class Legs:
    """Legs of closing transfers of active closings; they are movements after the transactions."""

    id: pl.Series
    group: Int32
    date: Int32
    quantity: Int64
    """signed: the issue leg is negative"""
    amount: Int64
    partner: Int64
    """movement number of the other leg"""

    def __len__(self) -> int:
        """Number of legs."""
        return len(self.quantity)

    def find_charged(self, transactions: Transactions) -> tuple[Int64, Int64]:
        """Return the rows that stand for legs of active closings (domain.leg_rows), and the movements these are."""
        row = np.flatnonzero(transactions.stands_for_leg)
        at = {key: len(transactions) + k for k, key in enumerate(keys_of_texts(self.id).to_list())} if len(row) else {}
        found = [at.get(key, -1) for key in keys_of_texts(transactions.id.gather(row)).to_list()]
        leg = np.array(found, dtype=np.int64)
        return row[leg >= 0], leg[leg >= 0]


@dataclass(frozen=True, slots=True)
class Settled:
    """Active settlements: movement numbers, quantity, amount, number of the closing."""

    issue: Int64
    receipt: Int64
    quantity: Int64
    amount: Int64
    closing: Int64
    principle: pl.Series
    """text"""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Active adjustments."""

    row: Int64
    is_physical: Bool
    amount: Int64
    rounding_difference: Int64
    cause: pl.Series
    closing: Int64


@dataclass(frozen=True, slots=True)
class Estimated:
    """Estimates that count, one element per transaction."""

    row: Int64
    amount: Int64
    is_physical: Bool
    """estimated while the transaction was physical-only"""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The state between two runs."""

    closed_up_to: int
    """last active Closing's date, NO_DATE where none"""
    last_closing: int
    """number of the last active Closing, 0 where none"""
    last_number: int
    """highest closing number ever given"""
    legs: Legs
    settled: Settled
    adjusted: Adjusted
    estimated: Estimated
    expensed: Expensed
    missing: tuple[str, ...]
    """transactions that the rows name and that are no longer in the sheet"""


def parse_closing_number(name: str) -> int:
    """``IC-000003`` is 3; 0 for what no run ever wrote, which is refused later (closing.lock.verify_results)."""
    digits = name.rsplit("-", 1)[-1]
    return int(digits) if digits.isdecimal() else 0


def format_closing_number(number: int) -> str:
    """Return ``IC-000003`` for 3."""
    return f"IC-{number:06d}"


def read_state(book: Book) -> LedgerState:
    """Turn the active rows of the history into columns of movement numbers; and name what is no longer in the sheet."""
    book = replace(book, history=drop_taken_back(book.history))
    lock = book.history["lock"]
    closings = lock.filter(ACTIVE & (pl.col("type") == ClosingType.CLOSING))
    legs = _read_legs(book)
    nothing_written = all(book.history[name].is_empty() for name in ("settlements", "adjustments", "estimated_costs"))
    rows = _index_ids(book.transactions, legs.id, nothing_written)
    missing: list[tuple[str, str]] = []
    settlements = book.history["settlements"].filter(ACTIVE)
    settled = _read_settled(settlements, rows, missing, book.parameters.lifo_issue_order == "Oldest first")
    adjusted = _read_adjusted(_select_rows_present(book, "adjustments", rows, missing), rows, missing)
    estimated = _read_estimated(book, rows, missing)
    last_day = closings["up_to"].cast(pl.Int32).max()
    return LedgerState(
        closed_up_to=int(last_day) if isinstance(last_day, int) else NO_DATE,
        last_closing=max((parse_closing_number(c) for c in closings["closing"]), default=0),
        last_number=max((parse_closing_number(c) for c in lock["closing"]), default=0),
        legs=legs,
        settled=settled,
        adjusted=adjusted,
        estimated=estimated,
        expensed=_read_expensed(book, rows, missing),
        missing=tuple(sorted({name for _, name in missing})),
    )


def _read_legs(book: Book) -> Legs:
    """Read the legs back; issue and receipt leg of one transfer follow each other."""
    frame = book.history["closing_transactions"].filter(ACTIVE)
    if not len(frame):
        none = np.zeros(0, dtype=np.int64)
        return Legs(frame["transaction"], none.astype(np.int32), none.astype(np.int32), none, none, none)
    group = pl.DataFrame(
        {
            "item": book.items.number.gather(book.groups.item),
            "group": book.groups.label,
            "code": np.arange(len(book.groups), dtype=np.int32),
        },
        schema_overrides={"item": pl.String, "group": pl.String},
    )
    key = [make_key_column("item"), make_key_column("group").fill_null("")]
    frame = (
        frame.with_columns(key)
        .join(group.with_columns(key), on=["item", "group"], how="left")
        .with_columns(
            number=pl.col("transaction").str.extract(r"/W(\d+)/").cast(pl.Int64),
            of_closing=pl.col("transaction").str.extract(r"(\d+)/W").cast(pl.Int64),
            is_receipt=pl.col("transaction").str.ends_with("/R"),
        )
        .sort("of_closing", "number", "is_receipt")
    )
    first = len(book.transactions)
    position = np.arange(len(frame), dtype=np.int64)
    sign = np.where(frame["is_receipt"].to_numpy(), 1, -1)
    return Legs(
        id=frame["transaction"],
        group=frame["code"].fill_null(-1).to_numpy().astype(np.int32),
        date=frame["date"].cast(pl.Int32).to_numpy(),
        quantity=frame["quantity"].to_numpy() * sign,
        amount=frame["amount"].to_numpy(),
        partner=first + (position ^ 1),
    )


def _index_ids(transactions: Transactions, legs: pl.Series, nothing_written: bool) -> pl.DataFrame:
    """Movement number of every ID; that of a leg is the leg, not the row that stands for it (domain.leg_rows)."""
    if nothing_written:
        return pl.DataFrame(schema={"key": pl.String, "row": pl.Int64})
    name = pl.concat([transactions.id, legs])
    rows = pl.DataFrame({"key": name, "row": np.arange(len(name), dtype=np.int64)})
    rows = rows.filter(pl.Series(np.concatenate([~transactions.stands_for_leg, np.ones(len(legs), dtype=np.bool_)])))
    # A leg that is there twice is found by closing.lock.verify; until then its first row counts.
    return rows.with_columns(make_key_column("key")).unique("key", keep="first", maintain_order=True)


def _select_rows_present(book: Book, name: str, rows: pl.DataFrame, missing: list[tuple[str, str]]) -> pl.DataFrame:
    """Active rows of a table whose transactions are there; others are noted where something is left of them.

    What stood for a row that was split under new IDs went to its parts, and sums up to nothing (RULES R8.6).
    """
    frame = book.history[name].filter(ACTIVE)
    if not len(frame):
        return frame
    keyed = frame.with_columns(key=make_key_column("transaction"))
    gone = keyed.join(rows, on="key", how="anti")
    if not len(gone):
        return frame
    amount, by = ("adjustment", ["key", "kind"]) if name == "adjustments" else ("amount", ["key"])
    left = gone.group_by(by).agg(pl.col("transaction").first(), left=pl.col(amount).sum()).filter(pl.col("left") != 0)
    missing += [(name, transaction) for transaction in left["transaction"].to_list()]
    return keyed.join(rows, on="key", how="semi", maintain_order="left").drop("key")


def _look_up_rows(
    frame: pl.DataFrame, column: str, rows: pl.DataFrame, sheet: str, missing: list[tuple[str, str]]
) -> Int64:
    """Movement numbers of a text column; unknown names are noted and stand for movement 0."""
    if not len(frame):
        return np.zeros(0, dtype=np.int64)
    key = frame.select(key=make_key_column(column))
    found = key.join(rows, on="key", how="left", maintain_order="left")["row"]
    missing += [(sheet, name) for name in frame[column].filter(found.is_null()).unique().to_list()]
    return found.fill_null(0).to_numpy().astype(np.int64)


def _to_numbers(closing: pl.Series) -> Int64:
    return closing.str.extract(r"(\d+)$").cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64)


def _read_settled(
    frame: pl.DataFrame, rows: pl.DataFrame, missing: list[tuple[str, str]], lifo_oldest_first: bool
) -> Settled:
    issue = _look_up_rows(frame, "issue", rows, "Settlements", missing)
    receipt = _look_up_rows(frame, "receipt", rows, "Settlements", missing)
    closing = _to_numbers(frame["closing"])
    order = sort_for_matching(frame, issue, closing, lifo_oldest_first)
    return Settled(
        issue[order],
        receipt[order],
        frame["quantity"].to_numpy()[order],
        frame["amount"].to_numpy()[order],
        closing[order],
        frame["principle"].gather(order),
    )


def _read_adjusted(frame: pl.DataFrame, rows: pl.DataFrame, missing: list[tuple[str, str]]) -> Adjusted:
    row = _look_up_rows(frame, "transaction", rows, "Adjustments", missing)
    physical: npt.NDArray[np.bool_] = (frame["kind"] == Kind.PHYSICAL).to_numpy()
    return Adjusted(
        row,
        physical,
        frame["adjustment"].to_numpy(),
        frame["rounding_difference"].fill_null(0).to_numpy(),
        frame["cause"],
        _to_numbers(frame["closing"]),
    )


def _read_estimated(book: Book, rows: pl.DataFrame, missing: list[tuple[str, str]]) -> Estimated:
    """Find the last estimate of each transaction that was not taken back (RULES R8.5)."""
    frame = _select_rows_present(book, "estimated_costs", rows, missing).filter(~IS_EXPENSED)
    if not len(frame):
        none = np.zeros(0, dtype=np.int64)
        return Estimated(none, none, none > 0)
    row = _look_up_rows(frame, "transaction", rows, "Estimated costs", missing)
    days = book.history["lock"].select("closing", "up_to")
    back = pl.col("back")
    counted = (
        frame.with_columns(row=pl.Series(row), number=pl.Series(_to_numbers(frame["closing"])))
        .join(days, on="closing", how="left", maintain_order="left")
        .with_columns(back=TAKES_BACK)
        .sort("row", "number", "back", descending=[False, False, True])
        .group_by("row", maintain_order=True)
        .agg(
            left=(~back).sum().cast(pl.Int64) - back.sum().cast(pl.Int64),
            amount=pl.col("amount").filter(~back).last(),
            day=pl.col("up_to").filter(~back).last().cast(pl.Int32).fill_null(NO_DATE),
            kind=pl.col("kind").filter(~back).last().fill_null(""),
        )
        .filter(pl.col("left") > 0)
    )
    of = counted["row"].to_numpy()
    physical = is_physical(counted["kind"], book.transactions.financial_date[of], counted["day"].to_numpy())
    return Estimated(of, counted["amount"].to_numpy(), physical)


def _read_expensed(book: Book, rows: pl.DataFrame, missing: list[tuple[str, str]]) -> Expensed:
    """Find the differences of moving average items that were expensed (RULES R8.4)."""
    frame = _select_rows_present(book, "estimated_costs", rows, missing).filter(IS_EXPENSED)
    if not len(frame):
        none = np.zeros(0, dtype=np.int64)
        return Expensed(none, none, none, none > 0, none)
    row = _look_up_rows(frame, "transaction", rows, "Estimated costs", missing)
    days = book.history["lock"].select("closing", pl.col("up_to").cast(pl.Int32))
    up_to = frame.select("closing").join(days, on="closing", how="left", maintain_order="left")["up_to"]
    up_to = up_to.fill_null(NO_DATE)
    return read_expensed(
        frame, row, _to_numbers(frame["closing"]), up_to.to_numpy(), book.transactions.financial_date[row]
    )
