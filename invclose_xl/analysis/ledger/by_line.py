"""One voucher, or one day without vouchers, compared line by line: several mistakes in it are told apart.

In      rows of stock and of the ledger on inventory accounts; the amounts on all other accounts; a date D.
Out     pieces: kind, account, rows of both sides. Rows that agree, and lines that
        cancel each other, are in none; together the pieces are the difference.
Units   minor units, debit +.
Source  WORKBOOK "Optional sheets" (Ledger).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from invclose_xl.analysis.ledger.kinds import DifferenceKind as Kind
from invclose_xl.domain.book import NO_DATE

FEW_UNITS = 5
POWERS_OF_TEN = (10, 100, 1000)
MOST_PAIRS = 2_500
MOST_SUMMED = 12


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An entry of the stock ledger, or a line of the general ledger."""

    at: int
    account: str
    amount: int
    day: int
    voucher: str = ""
    """of a line, where lines of several vouchers are compared"""


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A difference: what it looks like, and the rows it is made of."""

    kind: Kind
    account: str
    stock: tuple[int, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clues:
    """Signs that tell kinds apart beyond the amounts."""

    limit: int
    """D"""
    missing: Callable[[list[int]], Kind]
    """kind of entries that no line stands for"""
    at_slip: Callable[[list[int], int], int | None]
    """what entries come to at the amounts of their packing slips"""
    elsewhere: Counter[int]
    """amounts on accounts that are not inventory, without the other halves of the entries"""


def get_month(day: int) -> int:
    """Number of the month of a day; days without a date have one of their own."""
    return int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64)) if day != NO_DATE else NO_DATE


def recognise_pattern(ours: int, theirs: int, at_slip: int | None) -> Kind | None:
    """Say what two different amounts look like; None where no pattern tells."""
    if ours and theirs == 2 * ours:
        return Kind.TWICE
    if ours and theirs == -ours:
        return Kind.WRONG_SIGN
    if ours and abs(theirs - ours) <= FEW_UNITS:
        return Kind.ROUNDING
    if ours and any(theirs == ours * k or theirs * k == ours for k in POWERS_OF_TEN):
        return Kind.DECIMAL_POINT
    if theirs == at_slip:
        return Kind.SLIP_AMOUNT
    return Kind.DIGITS if _is_transposed(str(ours), str(theirs)) else None


def _is_transposed(one: str, other: str) -> bool:
    """Return whether two digits changed places and all others stayed."""
    moved = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return len(one) == len(other) and len(moved) == 2 and moved[0] == moved[1][::-1]


def count_unlike_halves(elsewhere: Iterable[int], stock: Iterable[LedgerRow]) -> Counter[int]:
    """Count the amounts on other accounts that are not the other half of an entry."""
    return Counter(elsewhere) - Counter(-row.amount for row in stock)


def compare_rows(stock: list[LedgerRow], lines: list[LedgerRow], signs: Clues) -> list[RowDifference]:
    """Pair what is equal, then what looks alike; say of the rest what it is."""
    pieces: list[RowDifference] = []
    agreed: set[tuple[str, int]] = set()
    for same in (lambda r: (r.account, r.amount, r.day), lambda r: (r.account, r.amount)):
        pairs, stock, lines = _pair_by_key(stock, lines, same)
        agreed |= {(entry.account, entry.amount) for entry, _ in pairs}
        pieces += [
            RowDifference(Kind.OTHER_PERIOD, entry.account, (entry.at,), (line.at,))
            for entry, line in pairs
            if get_month(entry.day) != get_month(line.day) or (entry.day <= signs.limit) != (line.day <= signs.limit)
        ]
    pairs, stock, lines = _pair_by_key(stock, lines, lambda r: r.amount)
    for entry, line in pairs:
        pieces.append(RowDifference(Kind.OTHER_ACCOUNT, entry.account, (entry.at,), ()))
        pieces.append(RowDifference(Kind.OTHER_ACCOUNT, line.account, (), (line.at,)))
    stock, lines = _take_sums(stock, lines)
    lines = _drop_cancelling(lines)
    stock, lines = _pair_alike(stock, lines, signs, pieces)
    stock = _find_not_inventory(stock, signs, pieces)
    pieces += [
        RowDifference(Kind.TWICE, line.account, (), (line.at,))
        for line in lines
        if (line.account, line.amount) in agreed
    ]
    lines = [line for line in lines if (line.account, line.amount) not in agreed]
    return [*pieces, *_describe_rest(stock, lines, signs)]


def _pair_by_key(
    stock: list[LedgerRow], lines: list[LedgerRow], same: Callable[[LedgerRow], object]
) -> tuple[list[tuple[LedgerRow, LedgerRow]], list[LedgerRow], list[LedgerRow]]:
    """Pair rows that share a key; return the pairs and what is left of both sides."""
    waiting: dict[object, list[LedgerRow]] = defaultdict(list)
    for line in reversed(lines):
        waiting[same(line)].append(line)
    pairs, left = [], []
    for entry in stock:
        found = waiting.get(same(entry))
        if found:
            pairs.append((entry, found.pop()))
        else:
            left.append(entry)
    used = {line.at for _, line in pairs}
    return pairs, left, [line for line in lines if line.at not in used]


def _drop_cancelling(lines: list[LedgerRow]) -> list[LedgerRow]:
    """Leave out lines of one voucher, account and day that add up to zero: a posting and what took it back."""
    together: dict[tuple[str, str, int], list[LedgerRow]] = defaultdict(list)
    for line in lines:
        together[line.voucher, line.account, line.day].append(line)
    gone: set[int] = set()
    for rows in together.values():
        if sum(line.amount for line in rows) == 0:
            gone |= {line.at for line in rows}
            continue
        waiting: dict[int, list[int]] = defaultdict(list)
        for line in rows:
            if waiting[-line.amount]:
                gone |= {line.at, waiting[-line.amount].pop()}
            else:
                waiting[line.amount].append(line.at)
    return [line for line in lines if line.at not in gone]


def _find_not_inventory(stock: list[LedgerRow], signs: Clues, pieces: list[RowDifference]) -> list[LedgerRow]:
    spare, left = signs.elsewhere.copy(), []
    for entry in stock:
        if entry.amount and spare[entry.amount] > 0:
            spare[entry.amount] -= 1
            pieces.append(RowDifference(Kind.NOT_AN_INVENTORY_ACCOUNT, entry.account, (entry.at,), ()))
        else:
            left.append(entry)
    return left


def _pair_alike(
    stock: list[LedgerRow], lines: list[LedgerRow], signs: Clues, pieces: list[RowDifference]
) -> tuple[list[LedgerRow], list[LedgerRow]]:
    """Pair rows of one account whose amounts show a pattern; among very many anything looks like anything."""
    if len(stock) * len(lines) > MOST_PAIRS:
        return stock, lines
    left = []
    for entry in stock:
        slip = signs.at_slip([entry.at], entry.amount)
        kinds = (
            (line, recognise_pattern(entry.amount, line.amount, slip))
            for line in lines
            if line.account == entry.account
        )
        match = next(((line, kind) for line, kind in kinds if kind is not None), None)
        if match is None:
            left.append(entry)
            continue
        line, kind = match
        pieces.append(RowDifference(kind, entry.account, (entry.at,), (line.at,)))
        lines = [other for other in lines if other is not line]
    return left, lines


def _describe_rest(stock: list[LedgerRow], lines: list[LedgerRow], signs: Clues) -> list[RowDifference]:
    """Describe what is like no kind: amounts that differ, entries or lines without a partner."""
    pieces = []
    for account in sorted({r.account for r in (*stock, *lines)}):
        ours, theirs = (
            [entry for entry in stock if entry.account == account],
            [x for x in lines if x.account == account],
        )
        if ours and theirs:
            pairs, ours, theirs = _pair_nearest(ours, theirs)
            pieces += [RowDifference(Kind.AMOUNT, account, (entry.at,), (x.at,)) for entry, x in pairs]
        by_kind: dict[Kind, list[int]] = defaultdict(list)
        for entry in ours:
            by_kind[signs.missing([entry.at])].append(entry.at)
        pieces += [RowDifference(kind, account, tuple(rows), ()) for kind, rows in by_kind.items()]
        pieces += [RowDifference(Kind.MANUAL, account, (), (x.at,)) for x in theirs]
    return pieces


def _take_sums(stock: list[LedgerRow], lines: list[LedgerRow]) -> tuple[list[LedgerRow], list[LedgerRow]]:
    """Take out a line that is the sum of some entries of its account, or an entry that is the sum of some lines."""
    agreed: list[LedgerRow] = []
    for account in {row.account for row in stock}:
        ours, theirs = [s for s in stock if s.account == account], [x for x in lines if x.account == account]
        if len(theirs) == 1 < len(ours) <= MOST_SUMMED:
            found = _find_sum(ours, theirs[0].amount)
            agreed += [*found, *theirs] if found else []
        elif len(ours) == 1 < len(theirs) <= MOST_SUMMED:
            found = _find_sum(theirs, ours[0].amount)
            agreed += [*found, *ours] if found else []
    same = {id(row) for row in agreed}
    return [s for s in stock if id(s) not in same], [x for x in lines if id(x) not in same]


def _find_sum(rows: list[LedgerRow], amount: int) -> tuple[LedgerRow, ...]:
    """Return the most rows that come to an amount, at least two."""
    for size in range(len(rows), 1, -1):
        for chosen in combinations(rows, size):
            if sum(row.amount for row in chosen) == amount:
                return chosen
    return ()


def _pair_nearest(
    stock: list[LedgerRow], lines: list[LedgerRow]
) -> tuple[list[tuple[LedgerRow, LedgerRow]], list[LedgerRow], list[LedgerRow]]:
    """Pair what differs least; where several are left, only what differs by less than half."""
    alone = len(stock) == len(lines) == 1
    pairs: list[tuple[LedgerRow, LedgerRow]] = []
    while stock and lines and len(stock) * len(lines) <= MOST_PAIRS:
        entry, line = min(
            ((entry, line) for entry in stock for line in lines), key=lambda pair: abs(pair[0].amount - pair[1].amount)
        )
        if not alone and 2 * abs(entry.amount - line.amount) >= abs(entry.amount):
            break
        pairs.append((entry, line))
        stock, lines = [o for o in stock if o is not entry], [o for o in lines if o is not line]
    return pairs, stock, lines
