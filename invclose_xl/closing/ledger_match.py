"""Stock against general ledger: which of the entries stand there, and what each difference looks like.

In      the entries of the stock ledger (value_entries), the ledger's lines, a date D.
Out     differences: account, voucher, both amounts, the effect on the balance at D, the kind; and which ledger lines
        agree. The effects add up to ledger balance - inventory value at D, to the last cent: nothing is left over.
Units   minor units, debit +.
Cost    O(n log n) in entries and lines.
Source  WORKBOOK "Optional sheets" (Ledger); RULES R9.3, R9.4.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from invclose_xl.closing.ledger_kinds import DifferenceKind as Kind
from invclose_xl.closing.value_entries import ISSUE, RECEIPT
from invclose_xl.domain.book import NO_DATE, Book, Ledger
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.words import Kind as Update

FEW_UNITS = 5
MOST_BALANCES = 3
"""so many lines per account, without vouchers, are taken for balances"""
SHOWN_IDS = 3
KeyOf = Callable[[int], object]
"""row -> what two rows must share to belong together"""


@dataclass(slots=True)
class Side:
    """What one side has under one key: amounts up to D and after it, the rows, the first date."""

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


Key = tuple[str, str]
"""account, voucher; both in lower case"""


@dataclass(slots=True)
class Comparison:
    """Differences as they are found, and the state of every ledger line."""

    found: list[dict[str, object]]
    line_kind: list[Kind | None]
    """kind of difference that a ledger line belongs to; None where it agrees"""


class LedgerMatch:
    """One comparison at one date."""

    def __init__(self, book: Book, entries: pl.DataFrame, ledger: Ledger, day: int) -> None:
        self.book, self.ledger, self.day = book, ledger, day
        self.entries = entries.filter(pl.col("posts") & (pl.col("account") != ""))
        self.inventory = {str(a).lower() for a in self.entries["account"].unique()} | {
            rule.inventory_account.lower()
            for rule in book.posting
            if rule.inventory_account and rule.reference != "Rounding"
        }
        self.spelling = {str(a).lower(): str(a) for a in [*ledger.account.unique(), *self.entries["account"].unique()]}
        self.ids = self.entries["transaction"].to_list()
        self.kinds = self.entries["kind"].to_list()
        self.types = self.entries["type"].to_list()
        self.amounts = self.entries["amount"].to_list()
        self.days = self.entries["ledger_date"].cast(pl.Int32).to_list()
        self.closings = self.entries["closing"].to_list()
        self.stock = self._stock()
        self.lines = self._lines()
        self.elsewhere: dict[str, list[int]] = defaultdict(list)
        for (account, voucher), side in self.lines.items():
            if account not in self.inventory:
                self.elsewhere[voucher].append(side.total)
        self.result = Comparison([], [None] * len(ledger))

    # ---- the two sides

    def _stock(self) -> dict[Key, Side]:
        sides: dict[Key, Side] = defaultdict(Side)
        columns = self.entries.select(
            pl.col("account").str.to_lowercase(), pl.col("voucher").str.to_lowercase(), "amount",
            pl.col("ledger_date").cast(pl.Int32),
        )  # fmt: skip
        for row, (account, voucher, amount, day) in enumerate(columns.iter_rows()):
            sides[account, voucher].add(row, amount, day, self.day)
        return sides

    def _lines(self) -> dict[Key, Side]:
        sides: dict[Key, Side] = defaultdict(Side)
        accounts, vouchers = self.ledger.account.str.to_lowercase(), self.ledger.voucher.str.to_lowercase()
        for row, (account, voucher, amount, day) in enumerate(
            zip(accounts, vouchers, self.ledger.amount.tolist(), self.ledger.day.tolist(), strict=True)
        ):
            sides[account, voucher].add(row, amount, day, self.day)
        return sides

    # ---- comparing

    def compare(self) -> Comparison:
        """Compare voucher by voucher; then what has no voucher, by date and amount; balances by account."""
        in_ledger = {v for a, v in self.lines if v and a in self.inventory}
        in_stock = {v for _, v in self.stock if v}
        if self._gives_balances(in_ledger):
            self._balances()
            return self.result
        named = in_stock if in_ledger else set()
        for voucher in sorted(named):
            self._voucher(voucher)
        stock = [r for a, v in sorted(self.stock) if v not in named for r in self.stock[a, v].rows]
        own = [key for key in sorted(self.lines) if key[1] not in named and key[0] in self.inventory]
        lines = [r for key in own for r in self.lines[key].rows]
        self._loose(stock, lines)
        return self.result

    def _gives_balances(self, in_ledger: set[str]) -> bool:
        """Whether the ledger has so few lines without voucher that they must be balances."""
        lines = [len(side.rows) for (a, _), side in self.lines.items() if a in self.inventory]
        return not in_ledger and bool(lines) and max(lines) <= MOST_BALANCES and sum(lines) < len(self.entries) / 2

    def _balances(self) -> None:
        """Compare accounts as wholes."""
        for account in sorted(self.inventory):
            stock, lines = Side(), self.lines.get((account, ""), Side())
            for (own, _), side in self.stock.items():
                if own == account:
                    stock.rows += side.rows
                    stock.until += side.until
                    stock.after += side.after
                    stock.day = lines.day
            if stock.until != lines.until:
                self._add(Kind.BALANCE, account, stock, lines)

    def _voucher(self, voucher: str) -> None:
        """Compare one voucher that stock knows, on all inventory accounts."""
        none = Side()
        pairs = {a: (self.stock.get((a, voucher), none), self.lines.get((a, voucher), none)) for a in self.inventory}
        pairs = {a: (s, x) for a, (s, x) in pairs.items() if s.rows or x.rows}
        wrong = {a: x.total - s.total for a, (s, x) in pairs.items() if x.total != s.total}
        moved = len(wrong) > 1 and sum(wrong.values()) == 0
        for account in sorted(pairs):
            stock, lines = pairs[account]
            if stock.total == lines.total:
                if stock.until != lines.until or _month(stock.day) != _month(lines.day):
                    self._add(Kind.OTHER_PERIOD, account, stock, lines)
                continue
            kind = Kind.OTHER_ACCOUNT if moved else self._kind(account, voucher, stock, lines)
            self._add(kind, account, stock, lines)

    def _kind(self, account: str, voucher: str, stock: Side, lines: Side) -> Kind:
        """Say what the two amounts of one voucher and account look like."""
        ours, theirs = stock.total, lines.total
        if not lines.rows:
            elsewhere = self.elsewhere.get(voucher, [])
            return Kind.NOT_AN_INVENTORY_ACCOUNT if ours and ours in elsewhere else self._missing(stock.rows)
        if ours and theirs == 2 * ours:
            return Kind.TWICE
        if theirs == -ours:
            return Kind.WRONG_SIGN
        if abs(theirs - ours) <= FEW_UNITS:
            return Kind.ROUNDING
        if ours and any(theirs == ours * k or theirs * k == ours for k in (10, 100, 1000)):
            return Kind.DECIMAL_POINT
        if theirs == self._at_slip(stock.rows, ours):
            return Kind.SLIP_AMOUNT
        if (theirs - ours) % 9 == 0 and sorted(str(abs(theirs))) == sorted(str(abs(ours))):
            return Kind.DIGITS
        part = self._missing_part(stock.rows, theirs - ours)
        return Kind.AMOUNT if part is None else part

    def _missing(self, rows: list[int]) -> Kind:
        if rows and all(self.kinds[r] == Update.PHYSICAL for r in rows):
            return Kind.SLIP_NOT_POSTED
        return Kind.CLOSING_NOT_POSTED if rows and all(self.closings[r] for r in rows) else Kind.MISSING

    def _missing_part(self, rows: list[int], difference: int) -> Kind | None:
        """A single transaction of the voucher that explains the difference was not posted."""
        for r in rows:
            if self.amounts[r] == -difference:
                return self._missing([r])
        return None

    def _at_slip(self, rows: list[int], ours: int) -> int | None:
        """What a voucher comes to if its invoices are taken at the amounts of their packing slips."""
        invoices = [r for r in rows if self.kinds[r] == Update.FINANCIAL and self.types[r] in (RECEIPT, ISSUE)]
        at = self.entries["row"].gather(invoices).to_numpy()
        slips = self.book.transactions.physical_amount[at]
        if not invoices or bool((slips == NO_AMOUNT).any()):
            return None
        signs = np.sign(self.book.transactions.quantity[at])
        return int(ours - sum(self.amounts[r] for r in invoices) + (slips * signs).sum())

    def _loose(self, stock: list[int], lines: list[int]) -> None:
        """Pair what has no voucher in stock: same account, amount and day; then sums of a day; then any day."""
        accounts = self.entries["account"].str.to_lowercase().to_list()
        days = self.days
        line_account, line_day = self.ledger.account.str.to_lowercase().to_list(), self.ledger.day.tolist()
        amount = self.ledger.amount.tolist()
        by_row = (
            (lambda r: (accounts[r], self.amounts[r], days[r])),
            (lambda r: (line_account[r], amount[r], line_day[r])),
        )
        stock, lines = _paired(stock, lines, *by_row)
        stock, lines = self._paired_sums(stock, lines, accounts, days, line_account, line_day)
        any_day = (lambda r: (accounts[r], self.amounts[r])), (lambda r: (line_account[r], amount[r]))
        pairs = _partners(stock, lines, *any_day)
        for ours, theirs in pairs:
            self._add_rows(Kind.OTHER_PERIOD, accounts[ours], [ours], [theirs])
        paired_stock, paired_lines = {p[0] for p in pairs}, {p[1] for p in pairs}
        by_day: dict[tuple[str, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for r in stock:
            if r not in paired_stock:
                by_day[accounts[r], days[r]][0].append(r)
        for r in lines:
            if r not in paired_lines:
                by_day[line_account[r], line_day[r]][1].append(r)
        silent = self._silent_vouchers()
        for (account, _), (ours_left, theirs_left) in sorted(by_day.items()):
            self._left_of_a_day(account, ours_left, theirs_left, silent)

    def _left_of_a_day(self, account: str, stock: list[int], lines: list[int], silent: set[str]) -> None:
        """What is left on one day of an account: one difference where both sides have something, else row by row."""
        if stock and lines:
            self._add_rows(Kind.AMOUNT, account, stock, lines)
            return
        for r in stock:
            self._add_rows(self._missing([r]), account, [r], [])
        for r in lines:
            voucher = self.ledger.voucher[r].lower()
            kind = Kind.GROUP_POSTED if voucher and voucher in silent else Kind.MANUAL
            self._add_rows(kind, account, [], [r])

    def _silent_vouchers(self) -> set[str]:
        t, item = self.book.transactions, self.book.transactions.item
        silent = ~self.book.flag_of_item("post_financial_inventory")[item]
        texts = [s.filter(pl.Series(silent)) for s in (t.voucher, t.physical_voucher) if len(s)]
        return {v.lower() for s in texts for v in s.drop_nulls()}

    def _paired_sums(
        self, stock: list[int], lines: list[int], accounts: list[str], days: list[int], line_account: list[str],
        line_day: list[int],
    ) -> tuple[list[int], list[int]]:  # fmt: skip
        """Drop days of an account on which both sides come to the same sum."""
        ours: dict[tuple[str, int], int] = defaultdict(int)
        theirs: dict[tuple[str, int], int] = defaultdict(int)
        for r in stock:
            ours[accounts[r], days[r]] += self.amounts[r]
        for r in lines:
            theirs[line_account[r], line_day[r]] += int(self.ledger.amount[r])
        same = {key for key in ours if key in theirs and ours[key] == theirs[key]}
        return (
            [r for r in stock if (accounts[r], days[r]) not in same],
            [r for r in lines if (line_account[r], line_day[r]) not in same],
        )

    def _side(self, stock: list[int], lines: list[int]) -> Side:
        side = Side()
        for r in stock:
            side.add(r, self.amounts[r], self.days[r], self.day)
        for r in lines:
            side.add(r, int(self.ledger.amount[r]), int(self.ledger.day[r]), self.day)
        return side

    def _add_rows(self, kind: Kind, account: str, stock: list[int], lines: list[int]) -> None:
        s, x = self._side(stock, []), self._side([], lines)
        if kind is Kind.OTHER_PERIOD and s.until == x.until:
            return
        self._add(kind, account, s, x)

    def _add(self, kind: Kind, account: str, stock: Side, lines: Side) -> None:
        for r in lines.rows:
            self.result.line_kind[r] = kind
        if not stock.until and not lines.until:
            return
        names = list(dict.fromkeys(self.ids[r] for r in stock.rows))
        shown = ", ".join(names[:SHOWN_IDS]) + (f" and {len(names) - SHOWN_IDS} more" if len(names) > SHOWN_IDS else "")
        day = stock.day if stock.rows else lines.day
        self.result.found.append(
            {
                "kind": int(kind), "account": self.spelling.get(account, account),
                "voucher": self._spelled(stock, lines),
                "day": None if day == NO_DATE else day, "transactions": shown,
                "item": self.entries["item"][stock.rows[0]] if stock.rows else "",
                "stock": stock.until, "ledger": lines.until, "effect": lines.until - stock.until,
                "row": int(self.entries["row"][stock.rows[0]]) if stock.rows else -1,
                "line": lines.rows[0] if lines.rows else -1,
            }
        )  # fmt: skip

    def _spelled(self, stock: Side, lines: Side) -> str:
        if lines.rows:
            return str(self.ledger.voucher[lines.rows[0]])
        return str(self.entries["voucher"][stock.rows[0]]) if stock.rows else ""


def _month(day: int) -> int:
    """Number of the month of a day; days without a date agree with every month of their own."""
    return int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64)) if day != NO_DATE else NO_DATE


def _paired(stock: list[int], lines: list[int], of_stock: KeyOf, of_line: KeyOf) -> tuple[list[int], list[int]]:
    """Return what is left once every row has been paired with one of the same key."""
    pairs = _partners(stock, lines, of_stock, of_line)
    ours, theirs = {p[0] for p in pairs}, {p[1] for p in pairs}
    return [r for r in stock if r not in ours], [r for r in lines if r not in theirs]


def _partners(stock: list[int], lines: list[int], of_stock: KeyOf, of_line: KeyOf) -> list[tuple[int, int]]:
    waiting: dict[object, list[int]] = defaultdict(list)
    for r in reversed(lines):
        waiting[of_line(r)].append(r)
    pairs = []
    for r in stock:
        same = waiting.get(of_stock(r))
        if same:
            pairs.append((r, same.pop()))
    return pairs
