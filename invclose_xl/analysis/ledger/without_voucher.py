"""Ledger and stock compared without vouchers: by account, amount and day.

In      LedgerComparison, entries and ledger lines that no voucher joins.
Out     differences, added to the comparison.
Cost    O(n log n) in entries and lines.
Source  WORKBOOK "Optional sheets" (Ledger).
"""

from collections import defaultdict
from collections.abc import Callable

import polars as pl

from invclose_xl.analysis.ledger.by_line import Clues, LedgerRow, compare_rows, count_unlike_halves
from invclose_xl.analysis.ledger.kinds import DifferenceKind as Kind
from invclose_xl.analysis.ledger.sides import LedgerComparison
from invclose_xl.domain.id_keys import make_id_key

KeyOf = Callable[[int], object]
"""row -> what two rows must share to belong together"""


class UnvoucheredMatch:
    """Entries that have no voucher, or one that the other side does not know."""

    def __init__(self, sides: LedgerComparison) -> None:
        self.sides = sides
        self.looks: set[object] = set()

    def compare(self, stock: list[int], lines: list[int]) -> None:
        """Pair what has no voucher in stock: same account, amount and day; then sums of a day; then any day."""
        accounts, days = self.sides.accounts, self.sides.days
        line_account, line_day, amount = (
            self.sides.line_accounts,
            self.sides.ledger.day.tolist(),
            self.sides.ledger.amount.tolist(),
        )
        by_row = (
            (lambda row: (accounts[row], self.sides.amounts[row], days[row])),
            (lambda row: (line_account[row], amount[row], line_day[row])),
        )
        self.looks = {by_row[0](row) for row in stock}
        halves: dict[int, list[LedgerRow]] = defaultdict(list)
        for row in stock:
            halves[days[row]].append(LedgerRow(row, accounts[row], self.sides.amounts[row], days[row]))
        stock, lines = _pair_rows(stock, lines, *by_row)
        stock, lines = self._pair_sums(stock, lines, accounts, days, line_account, line_day)
        any_day = (lambda row: (accounts[row], self.sides.amounts[row])), (lambda row: (line_account[row], amount[row]))
        pairs = _find_partners(stock, lines, *any_day)
        for ours, theirs in pairs:
            self.sides.add_rows(Kind.OTHER_PERIOD, accounts[ours], [ours], [theirs])
        paired_stock, paired_lines = {p[0] for p in pairs}, {p[1] for p in pairs}
        by_day: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for row in stock:
            if row not in paired_stock:
                by_day[days[row]][0].append(row)
        for row in lines:
            if row not in paired_lines:
                by_day[line_day[row]][1].append(row)
        silent, elsewhere = self._find_silent_vouchers(), self._sum_elsewhere_by_day()
        for day, (ours_left, theirs_left) in sorted(by_day.items()):
            other = count_unlike_halves(elsewhere.get(day, []), halves.get(day, []))
            self._compare_rest_of_day(
                ours_left,
                theirs_left,
                silent,
                Clues(self.sides.day, self.sides.recognise_missing, self.sides.sum_at_slip, other),
            )

    def _sum_elsewhere_by_day(self) -> dict[int, list[int]]:
        """Amounts on accounts that are not inventory, of vouchers that stock does not know."""
        known = {v for _, v in self.sides.stock if v}
        found: dict[int, list[int]] = defaultdict(list)
        for (account, voucher), side in self.sides.lines.items():
            if account not in self.sides.inventory and voucher not in known:
                for row in side.rows:
                    found[int(self.sides.ledger.day[row])].append(int(self.sides.ledger.amount[row]))
        return found

    def _compare_rest_of_day(self, stock: list[int], lines: list[int], silent: set[str], signs: Clues) -> None:
        """Compare what is left on one day, on all inventory accounts together."""
        accounts, line_accounts = self.sides.accounts, self.sides.line_accounts
        ours = [LedgerRow(r, accounts[r], self.sides.amounts[r], self.sides.days[r]) for r in stock]
        ledger = self.sides.ledger
        theirs = [
            LedgerRow(r, line_accounts[r], int(ledger.amount[r]), int(ledger.day[r]), make_id_key(ledger.voucher[r]))
            for r in lines
        ]
        for piece in compare_rows(ours, theirs, signs):
            kind = piece.kind
            if kind is Kind.MANUAL:
                kind = self._recognise_manual(piece.lines[0], silent)
            self.sides.add_rows(kind, piece.account, list(piece.stock), list(piece.lines))

    def _recognise_manual(self, line: int, silent: set[str]) -> Kind:
        voucher = make_id_key(self.sides.ledger.voucher[line])
        if voucher:
            same = self.sides.lines[self.sides.line_accounts[line], voucher].rows
            again = sum(self.sides.ledger.amount[r] == self.sides.ledger.amount[line] for r in same) > 1
            return Kind.GROUP_POSTED if voucher in silent else Kind.TWICE if again else Kind.MANUAL
        key = (self.sides.line_accounts[line], int(self.sides.ledger.amount[line]), int(self.sides.ledger.day[line]))
        return Kind.TWICE if key in self.looks else Kind.MANUAL

    def _find_silent_vouchers(self) -> set[str]:
        transactions, item = self.sides.book.transactions, self.sides.book.transactions.item
        silent = ~self.sides.book.get_item_flags("post_financial_inventory")[item]
        texts = [s.filter(pl.Series(silent)) for s in (transactions.voucher, transactions.physical_voucher) if len(s)]
        return {make_id_key(v) for s in texts for v in s.drop_nulls()}

    def _pair_sums(
        self, stock: list[int], lines: list[int], accounts: list[str], days: list[int], line_account: list[str],
        line_day: list[int],
    ) -> tuple[list[int], list[int]]:  # fmt: skip
        """Drop days of an account on which both sides come to the same sum."""
        ours: dict[tuple[str, int], int] = defaultdict(int)
        theirs: dict[tuple[str, int], int] = defaultdict(int)
        for row in stock:
            ours[accounts[row], days[row]] += self.sides.amounts[row]
        for row in lines:
            theirs[line_account[row], line_day[row]] += int(self.sides.ledger.amount[row])
        same = {key for key in ours if key in theirs and ours[key] == theirs[key]}
        return (
            [row for row in stock if (accounts[row], days[row]) not in same],
            [row for row in lines if (line_account[row], line_day[row]) not in same],
        )


def _pair_rows(stock: list[int], lines: list[int], of_stock: KeyOf, of_line: KeyOf) -> tuple[list[int], list[int]]:
    """Return what is left once every row has been paired with one of the same key."""
    pairs = _find_partners(stock, lines, of_stock, of_line)
    ours, theirs = {p[0] for p in pairs}, {p[1] for p in pairs}
    return [r for r in stock if r not in ours], [r for r in lines if r not in theirs]


def _find_partners(stock: list[int], lines: list[int], of_stock: KeyOf, of_line: KeyOf) -> list[tuple[int, int]]:
    waiting: dict[object, list[int]] = defaultdict(list)
    for row in reversed(lines):
        waiting[of_line(row)].append(row)
    pairs = []
    for row in stock:
        same = waiting.get(of_stock(row))
        if same:
            pairs.append((row, same.pop()))
    return pairs
