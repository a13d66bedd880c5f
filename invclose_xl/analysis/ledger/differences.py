"""All differences between inventory value and general ledger at a date; together they are the whole difference.

In      a book with its sheet *Ledger*, the entries of the stock ledger, a date D.
Out     Differences: one row each, the state of every ledger line, and balances by inventory account.
Source  WORKBOOK "Optional sheets" (Ledger); RULES R9.1, R9.3, R9.4.
"""

from dataclasses import dataclass

import polars as pl

from invclose_xl.analysis.ledger.by_voucher import LedgerMatch
from invclose_xl.analysis.ledger.kinds import NAMES
from invclose_xl.analysis.ledger.kinds import DifferenceKind as Kind
from invclose_xl.analysis.ledger.taken_back import list_taken_back, select_not_taken_back
from invclose_xl.domain.book import Book, Ledger
from invclose_xl.domain.id_keys import make_id_keys

COLUMNS: dict[str, pl.DataType] = {
    "kind": pl.Int64(), "account": pl.String(), "voucher": pl.String(), "day": pl.Int64(), "transactions": pl.String(),
    "item": pl.String(), "stock": pl.Int64(), "ledger": pl.Int64(), "effect": pl.Int64(), "row": pl.Int64(),
    "line": pl.Int64(),
}  # fmt: skip
SHOWN_IDS = 3


@dataclass(frozen=True, slots=True)
class LedgerDifferences:
    """All differences, and every ledger line that was compared."""

    rows: pl.DataFrame
    """name, cause, fix, account, voucher, date, transactions, item, stock, ledger, effect, cell, ledger_cell"""
    lines: pl.DataFrame
    """every line of the ledger: account, date, voucher, amount, is_inventory, state, cell"""


def find_differences(book: Book, entries: pl.DataFrame, ledger: Ledger, day: int) -> LedgerDifferences:
    """Compare stock and ledger at D; effects = ledger balance of the inventory accounts - inventory value."""
    taken_back = list_taken_back(book, day)
    match = LedgerMatch(book, pl.concat([entries, taken_back]), ledger, day)
    compared = match.compare()
    until = entries.filter(pl.col("date").cast(pl.Int32) <= day)
    beside = [
        *_list_beside(until.filter(~pl.col("posts")), Kind.GROUP_DOES_NOT_POST, ["account", "item_group"]),
        *_list_beside(
            until.filter(pl.col("posts") & (pl.col("account") == "")), Kind.NO_ACCOUNT, ["item_group", "reference"]
        ),
        *_list_beside(_select_later(until, day), Kind.CLOSING_LATER, ["account", "voucher"]),
        *_list_in_ledger_alone(
            _list_beside(select_not_taken_back(taken_back), Kind.TAKEN_BACK_LATER, ["account", "voucher"])
        ),
    ]
    frame = pl.DataFrame([*compared.found, *beside], schema=COLUMNS)
    return LedgerDifferences(
        _write_words(book, ledger, frame), _select_lines(ledger, match.inventory, compared.line_kind)
    )


def _select_later(until: pl.DataFrame, day: int) -> pl.DataFrame:
    later = pl.col("ledger_date").cast(pl.Int32) > day
    return until.filter(pl.col("posts") & (pl.col("account") != "") & later)


def _list_beside(entries: pl.DataFrame, kind: Kind, keys: list[str]) -> list[dict[str, object]]:
    """Entries that are in the inventory value and are not expected in the ledger at D, grouped."""
    found = []
    for group in entries.partition_by(keys, maintain_order=True):
        stock = int(group["amount"].sum())
        if not stock:
            continue
        ids = group["transaction"].unique(maintain_order=True)
        more = f" and {len(ids) - SHOWN_IDS} more" if len(ids) > SHOWN_IDS else ""
        found.append(
            {
                "kind": int(kind), "account": group["account"][0],
                "voucher": group["voucher"][0] if group["voucher"].n_unique() == 1 else "",
                "day": int(group["date"].cast(pl.Int32)[0]), "transactions": ", ".join(ids.head(SHOWN_IDS)) + more,
                "item": group["item"][0] if group["item"].n_unique() == 1 else "", "stock": stock, "ledger": 0,
                "effect": -stock, "row": int(group["row"][0]), "line": -1,
            }
        )  # fmt: skip
    return found


def _list_in_ledger_alone(differences: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return what was compared with the ledger although it is not in the inventory value."""
    return [{**d, "stock": 0, "ledger": d["stock"], "effect": d["stock"]} for d in differences]


def _write_words(book: Book, ledger: Ledger, frame: pl.DataFrame) -> pl.DataFrame:
    """Put names, causes, fixes and cells to the differences; the largest first."""
    frame = frame.sort(pl.col("effect").abs(), descending=True, maintain_order=True)
    kinds = [Kind(k) for k in frame["kind"].to_list()]
    cells = book.transactions.cells
    words = {
        "name": [NAMES[k][0] for k in kinds],
        "cause": [NAMES[k][1] for k in kinds],
        "fix": [NAMES[k][2] for k in kinds],
        "cell": [str(cells.cell(r, "id")) if r >= 0 else "" for r in frame["row"].to_list()],
        "ledger_cell": [str(ledger.cells.cell(r, "amount")) if r >= 0 else "" for r in frame["line"].to_list()],
    }
    worded = frame.with_columns(
        *(pl.Series(name, texts, dtype=pl.String) for name, texts in words.items()),
        date=pl.col("day").cast(pl.Int32).cast(pl.Date),
    )
    order = ["name", "account", "voucher", "date", "transactions", "item", "stock", "ledger", "effect", "cause", "fix"]
    return worded.select(*order, "cell", "ledger_cell")


def _select_lines(ledger: Ledger, inventory: set[str], kinds: list[Kind | None]) -> pl.DataFrame:
    is_inventory = make_id_keys(ledger.account).is_in(list(inventory))
    state = [NAMES[k][0] if k is not None else "Agrees" for k in kinds]
    day = pl.Series(ledger.day, dtype=pl.Int32)
    return pl.DataFrame(
        {
            "account": ledger.account,
            "date": pl.select(pl.when(day > -100_000).then(day).otherwise(None)).to_series().cast(pl.Date),
            "voucher": ledger.voucher,
            "amount": ledger.amount,
            "is_inventory": is_inventory,
            "state": pl.Series(state, dtype=pl.String).zip_with(
                is_inventory, pl.repeat("Not an inventory account", len(ledger), dtype=pl.String, eager=True)
            ),
            "cell": pl.Series([str(ledger.cells.cell(r, "amount")) for r in range(len(ledger))], dtype=pl.String),
        }
    )
