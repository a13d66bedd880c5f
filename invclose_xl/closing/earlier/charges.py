"""Manual adjustments that recalculations posted, charge by charge, beside the sheet *Cost adjustments* as it is now.

Nothing locks the rows of the sheet until a close, so they may be corrected, moved or removed; what was posted for a
row that is another one now is taken back exactly as it was posted.

In      the sheet, and what recalculations since the last Closing kept of their postings.
Out     which rows of the sheet are posted already, and which postings no row stands for any more.
Units   minor units, positive: the cost rises.
Source  RULES R7.4, R8.6.
"""

import json
from dataclasses import dataclass

from invclose_xl.closing.state.as_seen import find_last_active_closing, get_transaction_key, read_notes
from invclose_xl.closing.state.earlier_postings import BY_HAND, Accounts, Posted
from invclose_xl.domain.book import NO_CODE, Book, CostAdjustments
from invclose_xl.domain.words import LockedKind


@dataclass(frozen=True, slots=True)
class Charge:
    """A manual adjustment as a recalculation posted it."""

    amount: int
    accounts: Accounts
    facts: str
    """'' where an older version did not note them"""

    def is_row(self, sheet: CostAdjustments, entry: int) -> bool:
        """Return whether a row of the sheet is the one that was posted."""
        if int(sheet.amount[entry]) != self.amount:
            return False
        if self.facts:
            return self.facts == describe_posting_facts(sheet, entry)
        named = sheet.offset_account[entry] or ""
        return (
            not named
            or not self.accounts.posts
            or get_transaction_key(named) == get_transaction_key(self.accounts.offset)
        )


def describe_posting_facts(sheet: CostAdjustments, entry: int) -> str:
    """Return what of a row decides how it is posted, besides its amount: offset account, on hand or not, its charge."""
    facts = [get_transaction_key(sheet.offset_account[entry] or ""), bool(sheet.on_hand[entry])]
    if sheet.charge_of(entry) != NO_CODE:
        facts.append(sheet.text[entry])
    return json.dumps(facts, ensure_ascii=False)


def read_posted_charges(book: Book) -> dict[int, list[Charge]]:
    """Return the charges that recalculations since the last Closing posted and that stand, by row of Transactions."""
    last = find_last_active_closing(book.history)
    found: dict[str, list[Charge]] = {}
    for closing, key, text in read_notes(book.history, LockedKind.POSTING).sort("closing", maintain_order=True).rows():
        if closing <= last:
            continue
        posted = Posted.read(text)
        if posted.kind != BY_HAND:
            continue
        charges = found.setdefault(key, [])
        opposite = Charge(-posted.amount, posted.accounts, posted.charge)
        if opposite in charges:
            charges.remove(opposite)
        elif not posted.charge and posted.accounts in {c.accounts for c in charges}:
            _net_charges(charges, posted)
        else:
            charges.append(Charge(posted.amount, posted.accounts, posted.charge))
    if not any(found.values()):
        return {}
    rows = {get_transaction_key(name): row for row, name in enumerate(book.transactions.id.to_list())}
    return {rows[key]: charges for key, charges in found.items() if charges and key in rows}


def _net_charges(charges: list[Charge], posted: Posted) -> None:
    """Older versions took all charges of a transaction back in one sum per account."""
    same = [c for c in charges if c.accounts == posted.accounts and not c.facts]
    if same and sum(c.amount for c in same) == -posted.amount:
        for charge in same:
            charges.remove(charge)
    else:
        charges.append(Charge(posted.amount, posted.accounts, posted.charge))


def compare_charges(
    sheet: CostAdjustments | None, rows: list[int], posted: dict[int, list[Charge]]
) -> tuple[list[int], list[tuple[int, Charge]]]:
    """Return the rows of the sheet that are not posted yet, and what stands for a row that is another one now."""
    left = {transaction: list(charges) for transaction, charges in posted.items()}
    new = []
    for entry in rows:
        assert sheet is not None
        charges = left.get(int(sheet.transaction[entry]), [])
        known = next((c for c in charges if c.is_row(sheet, entry)), None)
        if known is None:
            new.append(entry)
        else:
            charges.remove(known)
    return new, [(transaction, charge) for transaction in sorted(left) for charge in left[transaction]]
