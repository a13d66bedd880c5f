"""Stock against general ledger: which of the entries are there, and what each difference looks like.

In      the entries of the stock ledger (value_entries), the ledger's lines, a date D.
Out     differences: account, voucher, both amounts, the effect on the balance at D, the kind; and which ledger lines
        agree. The effects add up to ledger balance - inventory value at D, to the last cent: nothing is left over.
Units   minor units, debit +.
Cost    O(n log n) in entries and lines.
Source  WORKBOOK "Optional sheets" (Ledger); RULES R9.3, R9.4.
"""

from collections import defaultdict

import polars as pl

from invclose_xl.analysis.ledger.by_line import (
    Clues,
    LedgerRow,
    compare_rows,
    count_unlike_halves,
    get_month,
    recognise_pattern,
)
from invclose_xl.analysis.ledger.kinds import DifferenceKind as Kind
from invclose_xl.analysis.ledger.sides import FoundDifferences, LedgerComparison, Side, VoucherKey
from invclose_xl.analysis.ledger.slips import leave_out_slips_taken_back
from invclose_xl.analysis.ledger.without_voucher import UnvoucheredMatch
from invclose_xl.domain.book import Book, Ledger

MOST_BALANCES = 3
"""so many lines per account, without vouchers, are taken for balances"""


class LedgerMatch(LedgerComparison):
    """Vouchers against vouchers; what is left is compared without them, balances as wholes."""

    def __init__(self, book: Book, entries: pl.DataFrame, ledger: Ledger, day: int) -> None:
        super().__init__(book, entries, ledger, day)
        self.taken: set[VoucherKey] = set()
        """account and voucher of ledger lines that stand for a voucher with another number"""

    def compare(self) -> FoundDifferences:
        """Compare voucher by voucher; then what has no voucher, by date and amount; balances by account."""
        in_ledger = {v for a, v in self.lines if v and a in self.inventory}
        in_stock = {v for _, v in self.stock if v}
        if self._gives_balances(in_ledger):
            self._compare_balances()
            return self.result
        named = in_stock if in_ledger else set()
        renamed = self._find_other_numbers(named)
        for voucher in sorted(named - renamed):
            self._compare_voucher(voucher)
        stock = [r for a, v in sorted(self.stock) if v not in named for r in self.stock[a, v].rows]
        own = [key for key in sorted(self.lines) if key[1] not in named and key[0] in self.inventory]
        own = [key for key in own if key not in self.taken]
        lines = [r for key in own for r in self.lines[key].rows]
        UnvoucheredMatch(self).compare(stock, lines)
        leave_out_slips_taken_back(self)
        return self.result

    def _find_other_numbers(self, named: set[str]) -> set[str]:
        """Find vouchers that the ledger has under another number: same accounts, amounts and days."""
        in_ledger = {v for _, v in self.lines}
        by_look: dict[object, list[str]] = defaultdict(list)
        for voucher in sorted(v for v in in_ledger if v not in named):
            keys = [(a, voucher) for a in sorted(self.inventory) if (a, voucher) in self.lines]
            if keys and (voucher or len(keys) == 1):
                by_look[tuple((k[0], self.lines[k].total, self.lines[k].day) for k in keys)].append(voucher)
        found = set()
        accounts: dict[str, list[str]] = defaultdict(list)
        for account, voucher in sorted(self.stock):
            accounts[voucher].append(account)
        for voucher in sorted(named - in_ledger):
            own = {a: self.stock[a, voucher] for a in accounts[voucher]}
            look = tuple((a, side.total, side.day) for a, side in own.items())
            if not by_look.get(look):
                continue
            other = by_look[look].pop(0)
            found.add(voucher)
            for account, side in own.items():
                self.taken.add((account, other))
                self.add(Kind.OTHER_NUMBER, account, side, self.lines[account, other])
        return found

    def _gives_balances(self, in_ledger: set[str]) -> bool:
        """Return whether the ledger has so few lines without voucher that they must be balances."""
        lines = [len(side.rows) for (a, _), side in self.lines.items() if a in self.inventory]
        return not in_ledger and bool(lines) and max(lines) <= MOST_BALANCES and sum(lines) < len(self.entries) / 2

    def _compare_balances(self) -> None:
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
                self.add(Kind.BALANCE, account, stock, lines)

    def _compare_voucher(self, voucher: str) -> None:
        """Compare one voucher that stock knows, on all inventory accounts."""
        none = Side()
        pairs = {a: (self.stock.get((a, voucher), none), self.lines.get((a, voucher), none)) for a in self.inventory}
        pairs = {a: (s, x) for a, (s, x) in sorted(pairs.items()) if s.rows or x.rows}
        wrong = {a: x.total - s.total for a, (s, x) in pairs.items() if x.total != s.total}
        moved = len(wrong) > 1 and sum(wrong.values()) == 0 and all(len(s.rows) < 2 for s, _ in pairs.values())
        unlike = []
        for account, (stock, lines) in pairs.items():
            if stock.total == lines.total:
                if lines.rows:
                    self._compare_dates(account, voucher, stock, lines)
                else:
                    self.add(Kind.MISSING, account, stock, lines)
                continue
            kind = Kind.OTHER_ACCOUNT if moved else self._recognise_kind(account, voucher, stock, lines)
            if kind is None:
                unlike.append(account)
            else:
                self.add(kind, account, stock, lines)
        if unlike:
            self._compare_by_lines(voucher, unlike)

    def _compare_dates(self, account: str, voucher: str, stock: Side, lines: Side) -> None:
        """A voucher whose amounts agree: the dates may not."""
        if stock.until == lines.until and get_month(stock.day) == get_month(lines.day):
            return
        pieces = compare_rows(*self._select_rows(voucher, [account]), self._collect_clues(voucher))
        if any(piece.kind is not Kind.OTHER_PERIOD for piece in pieces):
            self.add(Kind.OTHER_PERIOD, account, stock, lines)
            return
        for piece in pieces:
            self.add_rows(piece.kind, account, list(piece.stock), list(piece.lines))

    def _recognise_kind(self, account: str, voucher: str, stock: Side, lines: Side) -> Kind | None:
        """Say what the two amounts of one voucher and account look like as wholes; None: look at the lines."""
        ours, theirs = stock.total, lines.total
        if not stock.rows:
            return None
        if not lines.rows:
            elsewhere = self.elsewhere.get(voucher, [])
            return Kind.NOT_AN_INVENTORY_ACCOUNT if ours and ours in elsewhere else None
        return recognise_pattern(ours, theirs, self.sum_at_slip(stock.rows, ours))

    def _compare_by_lines(self, voucher: str, accounts: list[str]) -> None:
        """Compare a voucher line by line on the accounts where its sums say nothing."""
        for piece in compare_rows(*self._select_rows(voucher, accounts), self._collect_clues(voucher)):
            self.add_rows(piece.kind, piece.account, list(piece.stock), list(piece.lines))

    def _select_rows(self, voucher: str, accounts: list[str]) -> tuple[list[LedgerRow], list[LedgerRow]]:
        none = Side()
        stock = [
            LedgerRow(r, a, self.amounts[r], self.days[r])
            for a in accounts
            for r in self.stock.get((a, voucher), none).rows
        ]
        lines = [
            LedgerRow(r, a, int(self.ledger.amount[r]), int(self.ledger.day[r]))
            for a in accounts
            for r in self.lines.get((a, voucher), none).rows
        ]
        return stock, lines

    def _collect_clues(self, voucher: str) -> Clues:
        stock, _ = self._select_rows(voucher, sorted(self.inventory))
        other = count_unlike_halves(self.elsewhere_rows.get(voucher, []), stock)
        return Clues(self.day, self.recognise_missing, self.sum_at_slip, other)
