"""A book closed again from its beginning, in memory, under another inventory model.

In      a book, the dates of its closes, the items and the model.
Out     the book with the result tables that those closes would have left.
Errors  InputFault and Refused where a close of the other book would stop: an account, stock below zero.
Cost    one close per date.
Source  WORKBOOK "Command line" (compare); RULES R2.1, R3.3.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from invclose_xl.closing.close import execute_run
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.domain.book import Book, Bool
from invclose_xl.domain.leg_rows import drop_leg_rows
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.tables import make_empty_tables


def replay_closes(book: Book, days: Sequence[date], request: RunRequest) -> Book:
    """Close a book at each of the dates, from what it was before the first of them."""
    transactions = drop_leg_rows(book.transactions)
    rows = len(transactions)
    hashes = {name: values[:rows] for name, values in book.transaction_hashes.items()}
    book = replace(
        book, transactions=transactions, transaction_hashes=hashes, history=make_empty_tables(), history_cells={}
    )
    return close_up_to(book, days, request)


def close_up_to(book: Book, days: Sequence[date], request: RunRequest) -> Book:
    """Close a book at further dates."""
    for day in days:
        outcome = execute_run(book, replace(request, up_to=day))
        book = replace(book, history=outcome.tables)
    return book


def set_model(book: Book, items: Bool, model: InventoryModel, include_physical_value: bool | None = None) -> Book:
    """Return the book with another inventory model for some items; all other flags of their groups stay."""
    groups, of_item = list(book.model_groups), book.items.model_group.copy()
    for group in sorted(set(of_item[items].tolist())):
        old = groups[group]
        physical = old.include_physical_value if include_physical_value is None else include_physical_value
        of_item[items & (book.items.model_group == group)] = len(groups)
        groups.append(replace(old, model=model, include_physical_value=physical))
    return replace(book, items=replace(book.items, model_group=of_item), model_groups=tuple(groups))
