"""Marking: pairs that the user chose settle first, whatever the model.

In      marks resolved to rows, what is available, what could become available later, what earlier closings settled
        between the two sides of each mark.
Out     pairs in row order of the rows that carry the marks; quantities held for partners that are not yet eligible
        (they stay open and take and give nothing else in this run); quantities the partner no longer has.
Errors  none: faulty marks are found when they are resolved (``domain.links.marks``).
Cost    O(marks).
Source  RULES R5.1; Dynamics AX 2012, "View the inventory close log" (a marked receipt that is not yet financial).
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.links.marks import UNLIMITED, Marks
from invclose_xl.domain.links.pairs import Pairs
from invclose_xl.domain.models import MARKING
from invclose_xl.domain.movements import Movements


@dataclass(frozen=True, slots=True)
class Marked:
    """What marking did; ``held`` and ``exhausted`` have one element per mark, quantities, 0 where nothing."""

    pairs: Pairs
    held: Int64
    holder: Int64
    """the movement that holds"""
    unfulfilled: Int64


def match_marked(
    movements: Movements, marks: Marks, available: Int64, not_yet_eligible: Int64, settled_before: Int64, ignored: Bool
) -> Marked:
    """Settle marks one after the other.

    ``available``: open quantity of eligible movements. ``awaited``: open quantity of those that are not eligible yet
    but may become so. ``settled_before``: per mark, what active closings settled between the two.
    ``ignored``: movements whose marks do not count (legs of non-financial transfers, R4.1).
    """
    book_or_raise = ~(ignored[marks.carrier] | ignored[marks.partner])
    quantity = np.where(book_or_raise, marks.quantity, 0)
    if not len(marks):
        none = np.zeros(0, dtype=np.int64)
        return Marked(Pairs.none(), none, none, none)
    columns = _take_marks.run(
        marks.carrier, marks.partner, quantity, settled_before, available, not_yet_eligible,
        UNLIMITED, size=len(marks) + len(available), columns=7,
    )  # fmt: skip
    take, hold, holder, unfulfilled = (c[: len(marks)] for c in columns[:4])
    is_receipt = movements.is_receipt[marks.carrier]
    issue = np.where(is_receipt, marks.partner, marks.carrier)
    receipt = np.where(is_receipt, marks.carrier, marks.partner)
    pairs = Pairs.of(issue, receipt, take, MARKING).where(take > 0)
    return Marked(pairs, hold, holder, unfulfilled)


@kernel
def _take_marks(  # type: ignore[no-untyped-def]
    carrier, partner, quantity, settled_before, available, not_yet_eligible, unlimited,
    take, hold, holder, unfulfilled, have, expect, reach,
):  # fmt: skip
    """Take or hold for each mark; ``have`` and ``expect`` are what is left of available and awaited.

    ``reach`` carries over the lines of a lot what is left of the marked quantity, and whether the mark did anything.
    """
    rows = len(available)
    for m in range(rows):
        have[m], expect[m] = available[m], not_yet_eligible[m]
    reach[0] = 0
    for k in range(len(carrier)):
        c, p = carrier[k], partner[k]
        if k == 0 or carrier[k - 1] != c:
            reach[0], reach[1] = quantity[k], 0
        wanted = reach[0]
        if wanted != unlimited:
            wanted = max(0, wanted - settled_before[k])
        if have[c] > 0 and have[p] > 0:
            take[k] = min(wanted, min(have[c], have[p]))
        have[c] -= take[k]
        have[p] -= take[k]
        open_wish = wanted - take[k] if wanted != unlimited else wanted
        hold_carrier = min(open_wish, min(have[c], expect[p]))
        hold_partner = min(open_wish, min(have[p], expect[c]))
        if hold_carrier > 0:
            hold[k], holder[k] = hold_carrier, c
            have[c] -= hold_carrier
            expect[p] -= hold_carrier
        elif hold_partner > 0:
            hold[k], holder[k] = hold_partner, p
            have[p] -= hold_partner
            expect[c] -= hold_partner
        reach[1] += take[k] + hold[k] + settled_before[k]
        if wanted != unlimited:
            wanted -= take[k] + hold[k]
            reach[0] = wanted
        last = k + 1 == len(carrier) or carrier[k + 1] != c
        if last and (wanted != unlimited or reach[1] == 0):
            unfulfilled[k] = min(wanted, have[c])
    return len(carrier) + rows
