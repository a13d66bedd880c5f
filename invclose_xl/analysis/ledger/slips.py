"""Packing slips that their invoices have taken back: where the ledger has neither, the two are no difference.

In      LedgerComparison with the differences found.
Out     the same differences without such pairs; what is left of a difference is the invoice that is missing.
Source  WORKBOOK "Optional sheets" (Ledger).
"""

from invclose_xl.analysis.ledger.kinds import DifferenceKind as Kind
from invclose_xl.analysis.ledger.sides import LedgerComparison, Side


def leave_out_slips_taken_back(sides: LedgerComparison) -> None:
    """Drop the slip and its taking back where both are missing at D, and what then comes to nothing."""
    result = sides.result
    alone = [k for k, found in enumerate(result.found) if found["line"] == -1]
    slips: dict[object, int] = {}
    backs: dict[object, int] = {}
    transaction = sides.entries["row"].to_list()
    for k in alone:
        for r in result.entries[k]:
            if sides.days[r] <= sides.day:
                key = (transaction[r], sides.accounts[r], abs(sides.amounts[r]))
                if sides.taken_back[r]:
                    backs[key] = r
                elif sides.is_slip(r):
                    slips[key] = r
    dropped = {r for key in slips.keys() & backs.keys() for r in (slips[key], backs[key])}
    kept, entries = [], []
    for k, found in enumerate(result.found):
        left = [r for r in result.entries[k] if r not in dropped]
        if len(left) < len(result.entries[k]):
            account = sides.accounts[result.entries[k][0]]
            found = sides.describe(_recognise_kind(sides, found, left), account, sides.add_up(left, []), Side())
        if found["line"] != -1 or found["effect"]:
            kept.append(found)
            entries.append(left)
    result.found, result.entries = kept, entries


def _recognise_kind(sides: LedgerComparison, found: dict[str, object], left: list[int]) -> Kind:
    """What is left without the slips may be another kind; where a ledger account is known to be wrong, it stays."""
    kind = Kind(int(str(found["kind"])))
    return sides.recognise_missing(left) if kind in (Kind.MISSING, Kind.SLIP_NOT_POSTED) else kind
