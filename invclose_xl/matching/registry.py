"""The rule of each inventory model, found by the model's name, and the order in which all is matched.

In      movements, marks, and what earlier closings left.
Out     Matching: all pairs in order of matching, the closing transfers, and what marks held or no longer found.
Source  RULES R2.4 (order), R4, R5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from invclose_xl.domain.book import Bool, Int64, Transactions
from invclose_xl.domain.links.marks import Marks
from invclose_xl.domain.links.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.models import InventoryModel, is_periodic
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.matching.marking import Marked, match_marked
from invclose_xl.matching.queue import Matched, OpenMovements
from invclose_xl.matching.transfers import match_non_financial_transfers

Rule = Callable[[OpenMovements], Matched]


class ModelWithoutRule(InvCloseError, ImportError):
    """A model was declared and its file is not written yet: for the engineer who adds it, no user ever sees it."""


def load_rule(name: str) -> Rule:
    """Return ``match`` of the file of a model's name; ModelWithoutRule names the file to write where there is none."""
    module = f"invclose_xl.matching.{name.lower()}"
    try:
        rule: Rule = import_module(module).match
    except (ModuleNotFoundError, AttributeError) as fault:
        where = f"{module.replace('.', '/')}.py"
        raise ModelWithoutRule(
            f"The inventory model {name} is declared in domain/models.py and has no rule: write {where} with a function"
            " match (CONTRIBUTING.md, Adding an inventory model), or take the line out."
        ) from fault
    return rule


RULES = {model: load_rule(model.name) for model in InventoryModel if model.is_periodic}
"""The rule of every model that the close settles: ``match`` in the file of its name. Without it nothing starts."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Everything that dates and quantities decide."""

    pairs: Pairs
    transfers: ClosingTransfers
    marked: Marked
    non_financial: Pairs


def match(
    transactions: Transactions,
    movements: Movements,
    model: Int64,
    marks: Marks,
    settled_before: Int64,
    not_yet_eligible: Bool,
    oldest_issue_first: bool,
) -> Matching:
    """Match in the order of R2.4: non-financial transfers, marks, models.

    ``model`` is the inventory model of each movement; ``not_yet_eligible`` says which movements are not eligible
    but may become so (RULES R5.1); ``settled_before`` is per mark what active closings settled between its two sides.
    """
    rows = movements.transactions
    periodic = is_periodic(model[:rows])
    available = np.where(movements.eligible, movements.open_quantity, 0)
    non_financial = match_non_financial_transfers(transactions, movements, periodic)
    _take(available, non_financial)
    ignored = np.zeros(len(movements), dtype=np.bool_)
    ignored[non_financial.issue] = ignored[non_financial.receipt] = True

    marked = match_marked(
        movements, marks, available, np.where(not_yet_eligible, movements.open_quantity, 0), settled_before, ignored
    )
    _take(available, marked.pairs)
    # what waits for a partner that is not there yet must not be given away to anybody else meanwhile (RULES R5.1)
    np.subtract.at(available, marked.holder, marked.held)

    found = [
        rule(OpenMovements(movements, available, model == name, oldest_issue_first)) for name, rule in RULES.items()
    ]
    pairs, transfers = _number_transfers(len(movements), found)
    return Matching(Pairs.joined([non_financial, marked.pairs, pairs]), transfers, marked, non_financial)


def _take(available: Int64, pairs: Pairs) -> None:
    """Lower what is available by what pairs use."""
    np.subtract.at(available, pairs.issue, pairs.quantity)
    np.subtract.at(available, pairs.receipt, pairs.quantity)


def _number_transfers(first_leg: int, found: list[Matched]) -> tuple[Pairs, ClosingTransfers]:
    """Join what the models found; the legs of all of them are numbered together: by item, group, date (RULES R5.9)."""
    group = np.concatenate([f.transfers.group for f in found])
    date = np.concatenate([f.transfers.date for f in found])
    quantity = np.concatenate([f.transfers.quantity for f in found])
    order = np.lexsort((date, group))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order), dtype=np.int64)

    def renumbered(movement: Int64, transfers_before: int) -> Int64:
        """Give the legs of one model, numbered from ``first_leg`` on, their numbers among those of all."""
        is_leg = movement >= first_leg
        transfer, leg = np.divmod(movement[is_leg] - first_leg, 2)
        movement = movement.copy()
        movement[is_leg] = first_leg + 2 * number[transfers_before + transfer] + leg
        return movement

    parts, before = [], 0
    for pairs, transfers in ((f.pairs, f.transfers) for f in found):
        issue, receipt = renumbered(pairs.issue, before), renumbered(pairs.receipt, before)
        parts.append(Pairs(issue, receipt, pairs.quantity, pairs.principle))
        before += len(transfers)
    return Pairs.joined(parts), ClosingTransfers(first_leg, group[order], date[order], quantity[order])
