"""Stock and general ledger side by side: what each has under an account and a voucher, and the differences found.

In      the entries of the stock ledger (value_entries), the ledger's lines, a date D.
Out     LedgerComparison, with which ``by_voucher`` and ``without_voucher`` compare.
Units   minor units, debit +.
Source  WORKBOOK "Optional sheets" (Ledger); RULES R9.3, R9.4.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from invclose_xl.analysis.ledger.kinds import DifferenceKind as Kind
from invclose_xl.closing.stock.stock_ledger import ISSUE, RECEIPT
from invclose_xl.domain.book import NO_DATE, Book, Ledger
from invclose_xl.domain.id_keys import make_id_key, make_id_keys, make_key_column
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.words import Kind as Update

SHOWN_IDS = 3


@dataclass(slots=True)
class Side:
    """Entries of one side under one key: amounts up to D and after it, the rows, the first date."""

    until: int = 0
    after: int = 0
    rows: list[int] = field(default_factory=list)
    day: int = NO_DATE

    @property
    def total(self) -> int:
        """Amount of all dates."""
        return self.until + self.after

    def add(self, row: int, amount: int, day: int, limit: int) -> None:
        """Count one row."""
        self.rows.append(row)
        if self.day == NO_DATE or (day != NO_DATE and day < self.day):
            self.day = day
        if day <= limit:
            self.until += amount
        else:
            self.after += amount


VoucherKey = tuple[str, str]
"""account, voucher; both in lower case"""


@dataclass(slots=True)
class FoundDifferences:
    """Differences as they are found, and the state of every ledger line."""

    found: list[dict[str, object]]
    line_kind: list[Kind | None]
    """kind of difference that a ledger line belongs to; None where it agrees"""
    entries: list[list[int]]
    """per difference, the entries of the stock ledger that it is about"""


class LedgerComparison:
    """One comparison at one date."""

    def __init__(self, book: Book, entries: pl.DataFrame, ledger: Ledger, day: int) -> None:
        self.book, self.ledger, self.day = book, ledger, day
        self.entries = entries.filter(pl.col("posts") & (pl.col("account") != ""))
        self.inventory = {make_id_key(str(a)) for a in self.entries["account"].unique()} | {
            make_id_key(rule.inventory_account)
            for rule in book.posting
            if rule.inventory_account and rule.reference != "Rounding"
        }
        self.spelling = {
            make_id_key(str(a)): str(a) for a in [*ledger.account.unique(), *self.entries["account"].unique()]
        }
        self.ids = self.entries["transaction"].to_list()
        self.kinds = self.entries["kind"].to_list()
        self.types = self.entries["type"].to_list()
        self.amounts = self.entries["amount"].to_list()
        self.days = self.entries["ledger_date"].cast(pl.Int32).to_list()
        self.closings = self.entries["closing"].to_list()
        self.accounts = make_id_keys(self.entries["account"]).to_list()
        self.line_accounts = make_id_keys(ledger.account).to_list()
        self.stock = self._index_stock()
        self.lines = self._index_lines()
        self.elsewhere: dict[str, list[int]] = defaultdict(list)
        self.elsewhere_rows: dict[str, list[int]] = defaultdict(list)
        for (account, voucher), side in self.lines.items():
            if account not in self.inventory:
                self.elsewhere[voucher].append(side.total)
                self.elsewhere_rows[voucher] += [int(ledger.amount[r]) for r in side.rows]
        self.result = FoundDifferences([], [None] * len(ledger), [])
        self.taken_back = self._find_taken_back()

    def _index_stock(self) -> dict[VoucherKey, Side]:
        sides: dict[VoucherKey, Side] = defaultdict(Side)
        columns = self.entries.select(
            make_key_column("account"), make_key_column("voucher"), "amount",
            pl.col("ledger_date").cast(pl.Int32),
        )  # fmt: skip
        for row, (account, voucher, amount, day) in enumerate(columns.iter_rows()):
            sides[account, voucher].add(row, amount, day, self.day)
        return sides

    def _index_lines(self) -> dict[VoucherKey, Side]:
        sides: dict[VoucherKey, Side] = defaultdict(Side)
        accounts, vouchers = make_id_keys(self.ledger.account), make_id_keys(self.ledger.voucher)
        for row, (account, voucher, amount, day) in enumerate(
            zip(accounts, vouchers, self.ledger.amount.tolist(), self.ledger.day.tolist(), strict=True)
        ):
            sides[account, voucher].add(row, amount, day, self.day)
        return sides

    def recognise_missing(self, rows: list[int]) -> Kind:
        """Say what kind it is when no line stands for these entries."""
        if rows and all(self.closings[r] for r in rows):
            return Kind.CLOSING_NOT_POSTED
        slips = bool(rows) and all(self.kinds[r] == Update.PHYSICAL and not self.taken_back[r] for r in rows)
        return Kind.SLIP_NOT_POSTED if slips else Kind.MISSING

    def _find_taken_back(self) -> list[bool]:
        """Per entry, whether it is an invoice that takes its packing slip back: a receipt that goes out, and so on."""
        physical = pl.col("kind") == Update.PHYSICAL
        against = ((pl.col("type") == RECEIPT) & (pl.col("quantity") < 0)) | (
            (pl.col("type") == ISSUE) & (pl.col("quantity") > 0)
        )
        return self.entries.select(physical & against).to_series().to_list()

    def is_slip(self, row: int) -> bool:
        """Return whether an entry is a packing slip, of a transaction that may be invoiced since."""
        kind = self.kinds[row] == Update.PHYSICAL and self.types[row] in (RECEIPT, ISSUE)
        return bool(kind and not self.taken_back[row])

    def sum_at_slip(self, rows: list[int], ours: int) -> int | None:
        """Return what a voucher comes to if its invoices are taken at the amounts of their packing slips."""
        invoices = [r for r in rows if self.kinds[r] == Update.FINANCIAL and self.types[r] in (RECEIPT, ISSUE)]
        at = self.entries["row"].gather(invoices).to_numpy()
        slips = self.book.transactions.physical_amount[at]
        if not invoices or bool((slips == NO_AMOUNT).any()):
            return None
        signs = np.sign(self.book.transactions.quantity[at])
        return int(ours - sum(self.amounts[r] for r in invoices) + (slips * signs).sum())

    def add_up(self, stock: list[int], lines: list[int]) -> Side:
        """Add up rows of both sides."""
        side = Side()
        for row in stock:
            side.add(row, self.amounts[row], self.days[row], self.day)
        for row in lines:
            side.add(row, int(self.ledger.amount[row]), int(self.ledger.day[row]), self.day)
        return side

    def add_rows(self, kind: Kind, account: str, stock: list[int], lines: list[int]) -> None:
        """Record a difference between rows of both sides."""
        stock_side, ledger_side = self.add_up(stock, []), self.add_up([], lines)
        if kind is Kind.OTHER_PERIOD and stock_side.until == ledger_side.until:
            return
        self.add(kind, account, stock_side, ledger_side)

    def add(self, kind: Kind, account: str, stock: Side, lines: Side) -> None:
        """Record a difference; one whose rows are all dated after D is none yet."""
        for row in lines.rows:
            self.result.line_kind[row] = kind
        nothing = not stock.until and not lines.until
        if nothing and not any(self.taken_back[row] and self.days[row] <= self.day for row in stock.rows):
            return
        self.result.found.append(self.describe(kind, account, stock, lines))
        self.result.entries.append(list(stock.rows))

    def describe(self, kind: Kind, account: str, stock: Side, lines: Side) -> dict[str, object]:
        """Return a difference in the columns of the report."""
        names = list(dict.fromkeys(self.ids[r] for r in stock.rows))
        shown = ", ".join(names[:SHOWN_IDS]) + (f" and {len(names) - SHOWN_IDS} more" if len(names) > SHOWN_IDS else "")
        day = stock.day if stock.rows else lines.day
        return {
            "kind": int(kind), "account": self.spelling.get(account, account),
            "voucher": self._spell(stock, lines),
            "day": None if day == NO_DATE else day, "transactions": shown,
            "item": self.entries["item"][stock.rows[0]] if stock.rows else "",
            "stock": stock.until, "ledger": lines.until, "effect": lines.until - stock.until,
            "row": int(self.entries["row"][stock.rows[0]]) if stock.rows else -1,
            "line": lines.rows[0] if lines.rows else -1,
        }  # fmt: skip

    def _spell(self, stock: Side, lines: Side) -> str:
        if lines.rows:
            return str(self.ledger.voucher[lines.rows[0]])
        return str(self.entries["voucher"][stock.rows[0]]) if stock.rows else ""
