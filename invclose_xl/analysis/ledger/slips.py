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
    alone = [alone_key for alone_key, found in enumerate(result.found) if found["line"] == -1]
    slips: dict[object, int] = {}
    backs: dict[object, int] = {}
    transaction = sides.entries["row"].to_list()
    for alone_key in alone:
        for entry in result.entries[alone_key]:
            if sides.days[entry] <= sides.day:
                key = (transaction[entry], sides.accounts[entry], abs(sides.amounts[entry]))
                if sides.taken_back[entry]:
                    backs[key] = entry
                elif sides.is_slip(entry):
                    slips[key] = entry
    dropped = {entry for key in slips.keys() & backs.keys() for entry in (slips[key], backs[key])}
    kept, entries = [], []
    for alone_key, found in enumerate(result.found):
        left = [entry for entry in result.entries[alone_key] if entry not in dropped]
        if len(left) < len(result.entries[alone_key]):
            account = sides.accounts[result.entries[alone_key][0]]
            found = sides.describe(_recognise_kind(sides, found, left), account, sides.add_up(left, []), Side())
        if found["line"] != -1 or found["effect"]:
            kept.append(found)
            entries.append(left)
    result.found, result.entries = kept, entries


def _recognise_kind(sides: LedgerComparison, found: dict[str, object], left: list[int]) -> Kind:
    """Name what is left without the slips: perhaps another kind; a ledger account known to be wrong stays."""
    kind = Kind(int(str(found["kind"])))
    return sides.recognise_missing(left) if kind in (Kind.MISSING, Kind.SLIP_NOT_POSTED) else kind
