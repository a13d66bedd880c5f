"""How changes that may be taken back were posted: taking them back posts them as they were, not as today's rules would.

In      what a run posts, with its accounts; or the rows of *Locked rows* that active runs kept of theirs.
Out     rows of *Locked rows*, each with a transaction and a ``Posted``; what stands of it, account by account.
Units   minor units, positive: the cost rose.
Source  RULES R7.2 ("posted as they were"), R8.5 ("takes the posted estimate back"), R8.6 ("exactly as it was posted"),
        R7.4, R9.1.
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from invclose_xl.closing.state.as_seen import read_notes
from invclose_xl.domain.book import Book
from invclose_xl.domain.id_keys import make_id_key
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import LockedKind

ESTIMATE, PHYSICAL, BY_HAND = "Estimate", "Physical", "Manual adjustment"
FINANCIAL = "Financial"
"""what a recalculation adjusted of an invoiced transaction"""
EXPENSED, EXPENSED_INVOICE = "Expensed", "Expensed, late invoice"
SETTLED_BEFORE = "Settled before"
"""kinds of changes that a later run may take back"""


class Accounts(NamedTuple):
    """Where a change was posted; no accounts where it was kept out of the ledger."""

    posts: bool
    inventory: str
    offset: str
    rounding: str
    ledger_dimension: str

    def text(self) -> str:
        """Write it as text."""
        return json.dumps(list(self), ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def read(text: str) -> "Accounts":
        """Read it back."""
        return Accounts(*json.loads(text))


NOT_POSTED = Accounts(False, "", "", "", "")
POSTS = "[true"
"""how the text of accounts begins that were posted to"""


@dataclass(frozen=True, slots=True)
class Posted:
    """A change as it was posted."""

    kind: str
    is_physical: bool
    amount: int
    rounding_difference: int
    accounts: Accounts
    charge: str = ""
    """of a manual adjustment: the row of the sheet as it was (closing.earlier.charges); '' where nobody noted it"""

    def text(self) -> str:
        """Write it for a cell of *Locked rows*."""
        facts = [self.kind, self.is_physical, self.amount, self.rounding_difference, *self.accounts]
        return json.dumps([*facts, *([self.charge] if self.charge else [])], ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def read(text: str) -> "Posted":
        """Read it back; the Digest has proved that nobody changed it."""
        kind, is_physical, amount, rounding, *accounts = json.loads(text)
        return Posted(kind, is_physical, amount, rounding, Accounts(*accounts[:5]), *accounts[5:])


PostedByAccount = dict[tuple[str, str, bool], dict[Accounts, tuple[int, int]]]
"""transaction in lower case, kind, is_physical -> accounts -> amount and rounding difference that stand"""


def read_active_manual_postings(book: Book, closed: str) -> PostedByAccount:
    """Return what active runs posted and no run took back; manual adjustments one by one (closing.earlier.charges).

    Shares that a former system settled count only of runs after ``closed``, the last active closing.
    """
    found: PostedByAccount = {}
    for closing, name, text in read_notes(book.history, LockedKind.POSTING).rows():
        posted = Posted.read(text)
        if posted.kind in (BY_HAND, FINANCIAL) or (posted.kind == SETTLED_BEFORE and closing <= closed):
            continue
        key = (name, posted.kind, posted.is_physical)
        of = found.setdefault(key, {})
        amount, rounding = of.get(posted.accounts, (0, 0))
        of[posted.accounts] = (amount + posted.amount, rounding + posted.rounding_difference)
    return found


def read_postings(book: Book, closing: str) -> dict[tuple[str, str, bool], list[Posted]]:
    """Return what one run kept: transaction in lower case, kind, is_physical -> its postings."""
    found: dict[tuple[str, str, bool], list[Posted]] = {}
    for name, text in (
        select_locked_rows(book.history, LockedKind.POSTING)
        .filter(pl.col("closing") == closing)
        .select("transaction", "fingerprint")
        .rows()
    ):
        posted = Posted.read(text)
        key = (make_id_key(name), posted.kind, posted.is_physical)
        found.setdefault(key, []).append(posted)
    return found
