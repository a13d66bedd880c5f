"""Non-financial transfers: both legs lie in one costing group, so they settle with each other before anything else.

In      transactions (Transfer ID, item, group, quantity) and movements.
Out     pairs (issue leg, receipt leg) with principle Non-financial transfer.
Errors  none: a transfer that does not meet R4.1 simply stays in the queues.
Source  RULES R4.1, R4.2; Dynamics 365, "Inventory costing FAQ" (pre-close of non-financial transfers).
"""

import numpy as np

from invclose_xl.domain.book import Bool, Transactions
from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import Pairs


def match_non_financial_transfers(transactions: Transactions, movements: Movements, periodic: Bool) -> Pairs:
    """Pair the legs of every transfer of exactly one issue and one receipt, alike in group and quantity.

    ``periodic`` says per transaction whether its item is settled at all. Legs that are not there yet at D count:
    a transfer with a third leg is none of exactly two.
    """
    row = np.flatnonzero(transactions.transfer >= 0)
    if not len(row):
        return Pairs.none()
    order = np.lexsort((transactions.quantity[row], transactions.item[row], transactions.transfer[row]))
    row = row[order]
    transfer, item = transactions.transfer[row], transactions.item[row]
    starts = np.flatnonzero(np.r_[True, (transfer[1:] != transfer[:-1]) | (item[1:] != item[:-1])])
    legs = np.diff(np.r_[starts, len(row)])
    issue, receipt = row[starts[legs == 2]], row[starts[legs == 2] + 1]
    quantity = transactions.quantity
    wholly_open = movements.settled_quantity == 0
    alike = (
        (quantity[issue] < 0)
        & (quantity[issue] == -quantity[receipt])
        & (transactions.group[issue] == transactions.group[receipt])
        & periodic[issue]
    )
    ready = movements.financial & movements.eligible & wholly_open
    both = alike & ready[issue] & ready[receipt]
    issue, receipt = np.sort(issue[both]), receipt[both][np.argsort(issue[both], kind="stable")]
    return Pairs.of(issue, receipt, quantity[receipt], NON_FINANCIAL_TRANSFER)
