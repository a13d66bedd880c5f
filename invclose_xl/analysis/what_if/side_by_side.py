"""The same closes under two inventory models, side by side: stock value and cost of sales by item, and the accounts.

In      a book, the other model and its items, the date.
Out     WhatIf.
Units   minor units, quantities in 10**-quantity_scale.
Source  WORKBOOK "Command line" (compare --model); RULES R1 (cost), R9.1 (cost of goods sold).
"""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.analysis.what_if.replay import close_up_to, replay_closes, set_model
from invclose_xl.closing.compute import select_items
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.closing.stock.stock_ledger import list_unnamed_entries
from invclose_xl.domain.book import Book
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.references import Meaning
from invclose_xl.domain.tables import cast_to_schema
from invclose_xl.domain.views.account_names import name_accounts
from invclose_xl.domain.views.old_book import find_rolled_forward
from invclose_xl.domain.views.what_if import BY_ACCOUNT, BY_ITEM, WhatIf
from invclose_xl.domain.words import Status

ACTIVE = pl.col("status") == Status.ACTIVE
ITEM = ("quantity", "value", "sales")


def compare_models(book: Book, request: RunRequest, model: InventoryModel) -> WhatIf:
    """Compare the closes of a book up to the request's date with the same closes under another model.

    ``request.items`` and ``item_groups`` name the items; all where both are empty.
    """
    items = select_items(book, request)
    request = replace(request, items=(), item_groups=())
    made = _list_days(book)
    further = [request.up_to] if not made or request.up_to > made[-1] else []
    days = [day for day in made if day <= request.up_to]
    here = close_up_to(book, further, request) if len(days) == len(made) else replay_closes(book, days, request)
    then = replay_closes(set_model(book, items, model), [*days, *further], request)
    labels = pl.Series([m.label for m in sorted(InventoryModel)], dtype=pl.String)
    sides = {"here": _compare_by_item(here, request.up_to), "then": _compare_by_item(then, request.up_to)}
    models = {side: labels.gather(b.get_item_models().astype(np.int64)) for side, b in (("here", here), ("then", then))}
    return WhatIf(
        model=model.label,
        items=int(items.sum()),
        of_items=len(items),
        up_to=request.up_to,
        closes=len(days) + len(further),
        begins_with_opening=bool(find_rolled_forward(book.history["lock"])),
        by_item=_list_items(book, sides, models),
        by_account=_compare_accounts(here, then),
        currency=book.parameters.currency,
    )


def _list_days(book: Book) -> list[date]:
    lock = book.history["lock"]
    names = list_active_closings(lock)
    days: list[date] = lock.filter(pl.col("closing").is_in(names.implode())).sort("up_to")["up_to"].to_list()
    return days


def _compare_by_item(book: Book, up_to: date) -> pl.DataFrame:
    """Quantity and value of the stock, invoiced or not, and what the sales of all periods cost."""
    transactions = book.transactions
    entries = list_unnamed_entries(book).filter(pl.col("date") <= up_to)
    row = entries["row"].to_numpy().astype(np.int64)
    meaning, sold = transactions.meaning[row], transactions.quantity[row] < 0
    sales = np.isin(meaning, (Meaning.SALES_ORDER, Meaning.RETURN_ORDER)) | (sold & (meaning == Meaning.BLANK))
    entries = entries.with_columns(item=pl.Series(transactions.item[row].astype(np.int64)), sale=pl.Series(sales))
    return entries.group_by("item").agg(
        quantity=pl.col("quantity").sum().cast(pl.Int64),
        value=pl.col("amount").sum().cast(pl.Int64),
        sales=-pl.col("amount").filter(pl.col("sale")).sum().cast(pl.Int64),
    )


def _list_items(book: Book, sides: dict[str, pl.DataFrame], models: dict[str, pl.Series]) -> pl.DataFrame:
    named = {s: f.rename({n: f"{n}_{s}" for n in ITEM}) for s, f in sides.items()}
    both = named["here"].join(named["then"], on="item", how="full", coalesce=True).fill_null(0).sort("item")
    at = both["item"]
    names = book.items.name if len(book.items.name) else pl.repeat("", len(book.items), dtype=pl.String, eager=True)
    both = both.with_columns(
        item=book.items.number.gather(at),
        name=names.gather(at).fill_null(""),
        item_group=book.items.item_group.gather(at),
        model_here=models["here"].gather(at),
        model_then=models["then"].gather(at),
        quantity=pl.col("quantity_then"),
        value_difference=pl.col("value_then") - pl.col("value_here"),
        sales_difference=pl.col("sales_then") - pl.col("sales_here"),
    )
    return cast_to_schema(both, BY_ITEM)


def _compare_accounts(here: Book, then: Book) -> pl.DataFrame:
    """Return what the vouchers of all active runs come to, debit +, credit -."""
    net = (pl.col("debit").fill_null(0) - pl.col("credit").fill_null(0)).sum()
    sums = []
    for side, book in (("here", here), ("then", then)):
        active = book.history["lock"].filter(ACTIVE & (pl.col("type") != "Reversal"))["closing"]
        lines = book.history["vouchers"].filter(pl.col("closing").is_in(active.implode()))
        sums.append(lines.group_by("account").agg(net.alias(side)))
    both = sums[0].join(sums[1], on="account", how="full", coalesce=True).fill_null(0).sort("account")
    both = both.with_columns(difference=pl.col("then") - pl.col("here"))
    return cast_to_schema(name_accounts(both, here.posting), BY_ACCOUNT)
