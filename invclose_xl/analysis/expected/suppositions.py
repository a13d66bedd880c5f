"""Suppositions of what another system saw otherwise: each supposition changes a world, and a run shows whether it fits.

In      a run in memory, the transactions that still differ from what the other system says, and what that is.
Out     Suppositions, the cheapest and most particular first.
Source  WORKBOOK "Command line" (compare); RULES R5.1, R7.4, R6.6, R2.5, R2.2, R5.4-R5.11, R3.1.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from invclose_xl.analysis.expected.world import Trial, World
from invclose_xl.analysis.what_if.replay import set_model
from invclose_xl.closing.adjustments.charge_shares import find_charges_since
from invclose_xl.domain.book import NO_DATE, Bool, Int64
from invclose_xl.domain.days import to_date
from invclose_xl.domain.models import InventoryModel, is_periodic
from invclose_xl.domain.money import NO_AMOUNT, mul_div
from invclose_xl.domain.parameters import Parameters
from invclose_xl.domain.views.expected import Unlike

MOST_SINGLES = 24
"""marks, charges, dates and transactions that are tried one by one"""
Change = Callable[[World, Bool], World | None]


@dataclass(frozen=True, slots=True)
class Supposition:
    """One thing seen otherwise. ``change`` gets a world and which items it is to be changed for."""

    cause: Unlike
    says: str
    change: Change
    for_all: bool = False
    """it cannot be confined to items: a date, a setting"""


def list_particular(now: Trial, rows: Int64, theirs: Int64) -> Iterator[Supposition]:
    """Return what single entries and settings may explain at ``rows`` of the book that was read.

    ``theirs`` is what the other system adjusted every transaction by.
    """
    yield from _suppose_marks(now.world, rows)
    yield from _suppose_charges(now.world, rows)
    yield from _suppose_minimum(now.world, theirs[rows])
    yield from _suppose_order(now.world, rows)


def list_general(now: Trial, rows: Int64, theirs: Int64) -> Iterator[Supposition]:
    """Return what can explain nearly anything, and is asked for that reason last: dates, models, marks unknown here."""
    yield from _suppose_dates(now.world)
    yield from _suppose_models(now.world, rows)
    yield from _suppose_not_there(now, rows, theirs)
    yield from _suppose_marked_to(now.world, rows, theirs[rows])


# ---- marks


def _suppose_marks(world: World, rows: Int64) -> Iterator[Supposition]:
    transactions = world.book.transactions
    marked = transactions.marked_to.is_not_null().to_numpy() & np.isin(
        transactions.item, transactions.item[_find_world_rows(world, rows)]
    )
    if not marked.any():
        return
    yield Supposition(Unlike.MARK, "Without the marks of the item both say the same.", _drop_marks)
    own = np.isin(world.place, rows)
    for row in np.lexsort((~own, ~marked))[: int(marked.sum())][:MOST_SINGLES].tolist():
        says = f"Without the mark of {transactions.id[row]} to {transactions.marked_to[row]} both say the same."
        original = int(world.place[row])
        yield Supposition(Unlike.MARK, says, partial(_drop_mark, original))


def _drop_mark(original: int, world: World, _items: Bool) -> World:
    return _unmark(world, _select_one(world, original))


def _drop_marks(world: World, items: Bool) -> World:
    return _unmark(world, items[world.book.transactions.item])


def _unmark(world: World, which: Bool) -> World:
    transactions = world.book.transactions
    marked_to = transactions.marked_to.set(pl.Series(which), None)
    quantity = np.where(which, NO_AMOUNT, transactions.marked_quantity)
    return _replace_columns(world, marked_to=marked_to, marked_quantity=quantity)


def _suppose_marked_to(world: World, rows: Int64, asked: Int64) -> Iterator[Supposition]:
    """An issue that took exactly what one receipt's unit cost makes of it: the other system may know a mark."""
    transactions = world.book.transactions
    for original, adjustment in list(zip(rows.tolist(), asked.tolist(), strict=True))[:MOST_SINGLES]:
        row = world.find_row(original)
        if (
            transactions.quantity[row] > 0
            or transactions.financial_amount[row] == NO_AMOUNT
            or transactions.marked_to[row] is not None
        ):
            continue
        wanted = int(transactions.financial_amount[row]) + int(transactions.prior_adjustment[row]) + adjustment
        receipts = (
            (transactions.group == transactions.group[row])
            & (transactions.quantity >= -transactions.quantity[row])
            & (transactions.financial_amount != NO_AMOUNT)
        )
        value = np.where(receipts, transactions.financial_amount, 0) + transactions.prior_adjustment
        issued = -int(transactions.quantity[row])
        fits = [
            r
            for r in np.flatnonzero(receipts).tolist()
            if mul_div(int(value[r]), issued, int(transactions.quantity[r])) == wanted
        ]
        for receipt in fits[:3]:
            name = str(transactions.id[receipt])
            says = f"With a mark of {transactions.id[row]} to {name} both say the same; this book has no such mark."
            yield Supposition(
                Unlike.MARK,
                says,
                partial(_mark, original, name),
            )


def _mark(original: int, name: str, world: World, _items: Bool) -> World:
    marked_to = world.book.transactions.marked_to.clone().scatter(world.find_row(original), name)  # changes in place
    return _replace_columns(world, marked_to=marked_to)


# ---- charges and settings


def _suppose_charges(world: World, rows: Int64) -> Iterator[Supposition]:
    sheet, transactions = world.book.cost_adjustments, world.book.transactions
    if sheet is not None:
        found = np.flatnonzero(
            np.isin(transactions.item[sheet.transaction], transactions.item[_find_world_rows(world, rows)])
        )
        found = found[sheet.day[found] <= world.request.day]
        if len(found) > 1:
            says = "Without the cost adjustments of the item both say the same."
            yield Supposition(Unlike.CHARGE, says, _drop_charges)
        for charge in found[:MOST_SINGLES].tolist():
            day = to_date(sheet.day[charge])
            says = (
                f"Without the cost adjustment of {transactions.id[int(sheet.transaction[charge])]} on "
                f"{day} both say the same."
            )
            yield Supposition(Unlike.CHARGE, says, partial(_drop_charge, charge))
    yield from _spread_charges(world)


def put_off_charges(world: World) -> World:
    """Return the world without any cost adjustment or charge of this run."""
    sheet, charges = world.book.cost_adjustments, world.book.charges
    if sheet is not None:
        world = _put_off(world, np.ones(len(sheet.day), dtype=np.bool_))
    if charges is None:
        return world
    later = np.full(len(charges.day), world.request.day + 1, dtype=charges.day.dtype)
    return replace(world, book=replace(world.book, charges=replace(charges, day=later)))


def _spread_charges(world: World) -> Iterator[Supposition]:
    """Rows of the sheet *Charges* that this run spreads."""
    charges = world.book.charges
    for charge in (
        find_charges_since(charges, world.state, world.request.day)[:MOST_SINGLES] if charges is not None else ()
    ):
        assert charges is not None
        name = charges.label(charge, world.book.scales.currency_decimals)
        says = f"Without the charge {name} both say the same."
        yield Supposition(Unlike.CHARGE, says, partial(_drop_spread_charge, charge), for_all=True)


def _drop_spread_charge(row: int, world: World, _items: Bool) -> World | None:
    charges = world.book.charges
    if charges is None:
        return None
    day = charges.day.copy()
    day[row] = world.request.day + 1
    return replace(world, book=replace(world.book, charges=replace(charges, day=day)))


def _drop_charges(world: World, items: Bool) -> World | None:
    sheet = world.book.cost_adjustments
    return None if sheet is None else _put_off(world, items[world.book.transactions.item[sheet.transaction]])


def _drop_charge(row: int, world: World, _items: Bool) -> World | None:
    sheet = world.book.cost_adjustments
    return None if sheet is None else _put_off(world, np.arange(len(sheet.day)) == row)


def _put_off(world: World, which: Bool) -> World:
    """Date some cost adjustments after the run, so that it does not find them."""
    sheet = world.book.cost_adjustments
    assert sheet is not None
    day = np.where(which, np.int32(world.request.day + 1), sheet.day).astype(np.int32)
    return replace(world, book=replace(world.book, cost_adjustments=replace(sheet, day=day)))


def _suppose_minimum(world: World, asked: Int64) -> Iterator[Supposition]:
    """No minimum, the one that other systems begin with, and the next round ones above it."""
    own, feeds = world.book.parameters.minimum_amount, world.book.transactions
    if not ((feeds.transfer >= 0).any() or (feeds.production >= 0).any() or feeds.return_lot.is_not_null().any()):
        return
    if not (asked == 0).any() and own == 0:
        return
    for text in ("0", "1", "0.1", "5", "10", "50", "100", "1000"):
        if (value := type(own)(text)) != own:
            with_it = f"With a minimum amount of {text}" if value else "Without the minimum amount"
            parameters = world.book.parameters.model_copy(update={"minimum_amount": value})
            yield Supposition(
                Unlike.MINIMUM, f"{with_it} both say the same (this book: {own}).",
                partial(_set_parameters, parameters), for_all=True,
            )  # fmt: skip


def _set_parameters(parameters: Parameters, world: World, _items: Bool) -> World:
    return replace(world, book=replace(world.book, parameters=parameters))


# ---- order and dates


def _suppose_order(world: World, rows: Int64) -> Iterator[Supposition]:
    transactions, day = world.book.transactions, _get_queue_date(world)
    own = np.isin(transactions.item, transactions.item[_find_world_rows(world, rows)]) & (day != NO_DATE)
    key = day.astype(np.int64) * 2 + (transactions.quantity > 0)
    pairs = pl.DataFrame({"group": transactions.group[own], "key": key[own]}).group_by("group", "key").len()
    pairs = pairs.filter(pl.col("len") > 1)
    if pairs.is_empty():
        return
    same = "Where rows of one date are taken"
    yield Supposition(Unlike.ORDER, f"{same} in the opposite order, both say the same.", _reverse_dates)
    yield Supposition(Unlike.ORDER, f"{same} in the order of their IDs, both say the same.", _sort_by_id)
    for number in sorted({int(k) // 2 for k in pairs["key"].to_list()})[:MOST_SINGLES]:
        says = f"Where the rows of {to_date(number)} are taken in the opposite order, both say the same."
        yield Supposition(
            Unlike.ORDER,
            says,
            partial(_reverse_on_dates, number),
        )


def _reverse_rows(world: World) -> Int64:
    return -np.arange(len(world.place), dtype=np.int64)


def _reverse_dates(world: World, items: Bool) -> World:
    return _sort_within_dates(world, items, _reverse_rows(world))


def _reverse_on_dates(day: int, world: World, items: Bool) -> World:
    return _sort_within_dates(world, items, _reverse_rows(world), day)


def _sort_by_id(world: World, items: Bool) -> World:
    rank = world.book.transactions.id.rank("ordinal").cast(pl.Int64).to_numpy()
    return _sort_within_dates(world, items, rank)


def _sort_within_dates(world: World, items: Bool, rank: Int64, day: int | None = None) -> World:
    """Give the rows of every date of the items each other's places, by rank; all other rows stay."""
    transactions, dated = world.book.transactions, _get_queue_date(world)
    which = items[transactions.item] if day is None else items[transactions.item] & (dated == day)
    at = np.flatnonzero(which)
    places = at[np.lexsort((at, dated[at]))]
    by_rank = at[np.lexsort((rank[at], dated[at]))]
    order = np.arange(len(transactions), dtype=np.int64)
    order[places] = by_rank
    return world.reorder(order)


def _get_queue_date(world: World) -> Int64:
    transactions, day = world.book.transactions, world.request.day
    financial = (transactions.financial_date != NO_DATE) & (transactions.financial_date <= day)
    return np.where(financial, transactions.financial_date, transactions.physical_date).astype(np.int64)


def _suppose_dates(world: World) -> Iterator[Supposition]:
    transactions, day = world.book.transactions, world.request.day
    later = (
        (transactions.physical_date != NO_DATE)
        & (transactions.financial_date != NO_DATE)
        & (transactions.physical_date != transactions.financial_date)
    )
    if later.any():
        says = "With the physical date in place of the financial date both say the same."
        yield Supposition(Unlike.DATE, says, _date_physically)
    dates = np.unique(np.concatenate([transactions.financial_date, transactions.physical_date]))
    dates = dates[(dates != NO_DATE) & (abs(dates - day) <= 31)]
    earlier, after = dates[dates < day][::-1], dates[dates > day]
    last_before = {int(d) - 1 for d in dates[(dates <= day)][::-1]} | {int(d) for d in earlier}
    for number in [*sorted(last_before, reverse=True)[:MOST_SINGLES], *after[:6].tolist()]:
        up_to = to_date(number)
        says = f"Closed up to {up_to} instead of {world.request.up_to} both say the same."
        yield Supposition(
            Unlike.DATE, says, partial(_run_up_to, up_to), for_all=True,
        )  # fmt: skip


def _suppose_not_there(now: Trial, rows: Int64, theirs: Int64) -> Iterator[Supposition]:
    """One transaction that the other system has in a later period: it adjusts nothing of it.

    First what was settled with a transaction that differs, or differs itself; the latest first.
    """
    world = now.world
    transactions, day, dated = world.book.transactions, world.request.day, _get_queue_date(world)
    at = _find_world_rows(world, rows)
    own = np.isin(transactions.item, transactions.item[at]) & (dated <= day) & (dated != NO_DATE)
    candidates = np.flatnonzero(own & (theirs[world.place] == 0))
    issue, receipt = now.run.matching.pairs.issue, now.run.matching.pairs.receipt
    settled_with = np.concatenate([at, receipt[np.isin(issue, at)], issue[np.isin(receipt, at)]])
    order = np.lexsort((-dated[candidates], ~np.isin(candidates, settled_with)))
    for row in candidates[order][:MOST_SINGLES].tolist():
        says = f"Without {transactions.id[row]}, as if it were dated after {world.request.up_to}, both say the same."
        original = int(world.place[row])
        yield Supposition(Unlike.DATE, says, partial(_date_later, original))


def _date_physically(world: World, items: Bool) -> World:
    transactions = world.book.transactions
    which = (
        items[transactions.item] & (transactions.physical_date != NO_DATE) & (transactions.financial_date != NO_DATE)
    )
    return _replace_columns(
        world, financial_date=np.where(which, transactions.physical_date, transactions.financial_date)
    )


def _run_up_to(up_to: date, world: World, _items: Bool) -> World:
    return replace(world, request=replace(world.request, up_to=up_to))


def _date_later(original: int, world: World, _items: Bool) -> World:
    transactions, after = world.book.transactions, np.int32(world.request.day + 1)
    which = _select_one(world, original)
    return _replace_columns(
        world,
        physical_date=np.where(which & (transactions.physical_date != NO_DATE), after, transactions.physical_date),
        financial_date=np.where(which & (transactions.financial_date != NO_DATE), after, transactions.financial_date),
    )


# ---- models


def _suppose_models(world: World, rows: Int64) -> Iterator[Supposition]:
    book = world.book
    items = np.unique(book.transactions.item[_find_world_rows(world, rows)])
    own = sorted({(book.get_item_models()[i], bool(book.get_item_flags("include_physical_value")[i])) for i in items})
    named = " and ".join(dict.fromkeys(InventoryModel(int(model)).label for model, _ in own))
    physical = own[0][1] if own else False
    states = [(m, p) for p in (physical, not physical) for m in InventoryModel if is_periodic(np.array([m]))[0]]
    for model, include in [*states, (InventoryModel.STANDARD_COST, False)]:
        if own == [(model, include)]:
            continue
        flag = "with" if include else "without"
        says = f"Under {model.label} ({flag} physical value) instead of {named} both say the same."
        if len(own) == 1 and own[0][0] == model:
            says = f"{flag.capitalize()} physical value both say the same."
        elif include == physical:
            says = f"Under {model.label} instead of {named} both say the same."
        if not is_periodic(np.array([model]))[0]:
            says = "The other system does not adjust this item at all, as under standard cost or moving average."
        yield Supposition(
            Unlike.MODEL, says, partial(_set_model, model, include),
        )  # fmt: skip


def _set_model(model: InventoryModel, include_physical_value: bool, world: World, items: Bool) -> World:
    return replace(world, book=set_model(world.book, items, model, include_physical_value))


# ---- rows


def _find_world_rows(world: World, rows: Int64) -> Int64:
    """Rows of the world of transactions of the book that was read."""
    return np.argsort(world.place)[rows]


def _select_one(world: World, original: int) -> Bool:
    return np.asarray(world.place == original)


def _replace_columns(world: World, **columns: object) -> World:
    transactions = replace(world.book.transactions, **columns)  # type: ignore[arg-type]
    return replace(world, book=replace(world.book, transactions=transactions))
