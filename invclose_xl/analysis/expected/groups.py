"""Other costing groups: what if another dimension were a financial one, or one of ours were none.

In      the book's own dimensions, those that are filled in, and a function that groups a book anew.
Out     Suppositions.
Source  RULES R3.1, R3.2.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from invclose_xl.analysis.expected.suppositions import Supposition
from invclose_xl.analysis.expected.world import World
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.views.expected import Unlike
from invclose_xl.domain.words import DIMENSIONS, NEVER_FINANCIAL, Status

Regrouped = Callable[[Book, Sequence[str], Int64], Book]
"""a book, its new financial dimensions, and the places of its rows in the book that was read"""


def suppose_other_groups(world: World, used: Sequence[str], regrouped: Regrouped) -> Iterator[Supposition]:
    """Try every dimension that is filled in the other way round; not where averages of earlier closes are open."""
    legs = world.book.history["closing_transactions"]
    if (legs["status"] == Status.ACTIVE).any() or world.book.transactions.stands_for_leg.any():
        return
    own = world.book.financial_dimensions
    for dimension in used:
        if dimension in NEVER_FINANCIAL:
            continue
        if dimension in own:
            dimensions = [d for d in own if d != dimension]
            says = f"With costs that are not tracked by {dimension.lower()} both say the same."
        else:
            dimensions = [d for d in DIMENSIONS if d in own or d == dimension]
            says = f"With costs tracked by {dimension.lower()}, too, both say the same."

        def change(world: World, _items: Bool, names: Sequence[str] = tuple(dimensions)) -> World:
            return replace(world, book=regrouped(world.book, names, world.place))

        yield Supposition(Unlike.GROUP, says, change, for_all=True)
