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
    """Result of marking; ``held`` and ``unfulfilled`` have one element per mark, quantities, 0 where nothing."""

    pairs: Pairs
    held: Int64
    holder: Int64
    """the movement that holds"""
    unfulfilled: Int64


def match_marked(
    movements: Movements, marks: Marks, available: Int64, not_yet_eligible: Int64, settled_before: Int64, ignored: Bool
) -> Marked:
    """Settle marks one after the other.

    ``available``: open quantity of eligible movements. ``not_yet_eligible``: open quantity of those that may become so.
    ``settled_before``: per mark, what active closings settled between the two.
    ``ignored``: movements whose marks do not count (legs of non-financial transfers, R4.1).
    """
    applies = ~(ignored[marks.carrier] | ignored[marks.partner])
    quantity = np.where(applies, marks.quantity, 0)
    if not len(marks):
        none = np.zeros(0, dtype=np.int64)
        return Marked(Pairs.none(), none, none, none)
    marked = _take_marks.run(
        marks.carrier, marks.partner, quantity, settled_before, available, not_yet_eligible,
        UNLIMITED, size=len(marks) + len(available), columns=6,
    )  # fmt: skip
    count = len(marks)
    take = marked.take[:count]
    is_receipt = movements.is_receipt[marks.carrier]
    issue = np.where(is_receipt, marks.partner, marks.carrier)
    receipt = np.where(is_receipt, marks.carrier, marks.partner)
    pairs = Pairs.of(issue, receipt, take, MARKING).where(take > 0)
    return Marked(pairs, marked.hold[:count], marked.holder[:count], marked.unfulfilled[:count])


@kernel
def _take_marks(  # type: ignore[no-untyped-def]
    carrier, partner, quantity, settled_before, available, not_yet_eligible, unlimited,
    take, hold, holder, unfulfilled, have, expect,
):  # fmt: skip
    """Take or hold for each mark; ``have`` and ``expect`` are what is left of available and not yet eligible.

    ``reach`` is what is left of the marked quantity over the lines of a lot, ``followed`` what they took, hold or had.
    """
    for movement in range(len(available)):
        have[movement], expect[movement] = available[movement], not_yet_eligible[movement]
    reach = followed = 0
    for mark in range(len(carrier)):
        own_carrier, own_partner = carrier[mark], partner[mark]
        # marks of one carrier are together: the lines of a marked lot share its marked quantity
        if mark == 0 or carrier[mark - 1] != own_carrier:
            reach, followed = quantity[mark], 0
        wanted = reach
        if wanted != unlimited:
            wanted = max(0, wanted - settled_before[mark])
        take[mark] = min(wanted, min(have[own_carrier], have[own_partner]))
        have[own_carrier] -= take[mark]
        have[own_partner] -= take[mark]
        # What one side waits for has nothing to take from yet, so only a mark that takes nothing holds something.
        hold_carrier = min(wanted, min(have[own_carrier], expect[own_partner]))
        hold_partner = min(wanted, min(have[own_partner], expect[own_carrier]))
        if hold_carrier > 0:
            hold[mark], holder[mark] = hold_carrier, own_carrier
            have[own_carrier] -= hold_carrier
            expect[own_partner] -= hold_carrier
        elif hold_partner > 0:
            hold[mark], holder[mark] = hold_partner, own_partner
            have[own_partner] -= hold_partner
            expect[own_carrier] -= hold_partner
        followed += take[mark] + hold[mark] + settled_before[mark]
        if wanted != unlimited:
            wanted -= take[mark] + hold[mark]
            reach = wanted
        last = mark + 1 == len(carrier) or carrier[mark + 1] != own_carrier
        # a mark without a quantity that found anything at all has nothing left to wish for
        if last and (wanted != unlimited or followed == 0):
            unfulfilled[mark] = min(wanted, have[own_carrier])
    return len(have)
