"""The way of the costs through a book as it stands, put together for explanations and pictures.

In      a book; its active settlements, value links, adjustments and estimates; the feeds of its transactions.
Out     Trace (domain.trace): places, links, feeds, steps, and what is behind each voucher line.
Cost    O(n log n) in transactions and rows of the result sheets.
Source  RULES R1, R4.1, R5.2, R6.2, R7.1.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.analysis.trace.voucher_parts import list_voucher_parts
from invclose_xl.closing.adjustments.names import read_charge_shares
from invclose_xl.closing.lock.sealing import read_closed_date
from invclose_xl.closing.state.as_of import compute_posted_cost, derive_movements
from invclose_xl.closing.state.feeding import find_feeds_of_book
from invclose_xl.closing.state.ledger_state import ACTIVE, TAKES_BACK, LedgerState, format_closing_number, read_state
from invclose_xl.closing.state.price_differences import IS_EXPENSED
from invclose_xl.domain.book import NO_CODE, NO_DATE, Book, Int64
from invclose_xl.domain.id_keys import make_id_keys, make_key_column
from invclose_xl.domain.leg_rows import drop_leg_rows
from invclose_xl.domain.links.pairs import Pairs
from invclose_xl.domain.money import NO_AMOUNT, mul_div
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.references import LABELS
from invclose_xl.domain.views.account_names import name_accounts
from invclose_xl.domain.views.trace import FeedPaths, Steps, Trace, TracedLinks, TracedMovements, VoucherParts
from invclose_xl.domain.words import Cause, Kind


def trace_costs(book: Book) -> Trace:
    """Follow all costs of a book, everything in it included, whatever its date."""
    parts = list_voucher_parts(book)
    leg_rows = book.transactions.id.filter(pl.Series(book.transactions.stands_for_leg))
    book = replace(book, transactions=drop_leg_rows(book.transactions))
    state = read_state(book)
    transactions = book.transactions
    day = max(
        int(transactions.physical_date.max(initial=NO_DATE)), int(transactions.financial_date.max(initial=NO_DATE))
    )
    given = compute_posted_cost(book, day)
    posted = given.copy()
    estimated = state.estimated
    posted[estimated.row] = np.where(given[estimated.row] == NO_AMOUNT, estimated.amount, given[estimated.row])
    np.add.at(posted, state.expensed.row, state.expensed.amount)
    movements = derive_movements(book, state, day, np.where(posted == NO_AMOUNT, 0, posted))
    links = _collect_links(book, state, movements)
    return Trace(
        movements=_collect_movements(book, state, movements, links, given, posted),
        links=links,
        feeds=_collect_feeds(book, state, movements),
        steps=_collect_steps(book, state, movements),
        closings=book.history["lock"],
        vouchers=name_accounts(book.history["vouchers"], book.posting),
        voucher_parts=_to_movements(parts, leg_rows, movements),
        item_names=_index_item_names(book),
        currency=book.parameters.currency,
        currency_decimals=book.scales.currency_decimals,
        quantity_scale=book.scales.quantity_scale,
        closed_up_to=read_closed_date(book.history),
    )


def _to_movements(parts: VoucherParts, leg_rows: pl.Series, movements: Movements) -> VoucherParts:
    """Give what was charged on legs to the legs; the rows that stood for them are behind the transactions."""
    if not len(leg_rows):
        return parts
    at = {key: m for m, key in enumerate(make_id_keys(movements.id).to_list())}
    legs = np.array([at.get(key, -1) for key in make_id_keys(leg_rows).to_list()], dtype=np.int64)
    of_leg = parts.movement >= movements.transactions
    movement = parts.movement.copy()
    movement[of_leg] = legs[movement[of_leg] - movements.transactions]
    known = movement >= 0
    chosen = pl.Series(known)
    return VoucherParts(
        parts.closing.filter(chosen), parts.line[known], movement[known], parts.amount[known], parts.what.filter(chosen)
    )


def _index_item_names(book: Book) -> dict[str, str]:
    if not len(book.items.name):
        return {}
    return dict(zip(book.items.number.to_list(), book.items.name.fill_null("").to_list(), strict=True))


def _collect_movements(
    book: Book, state: LedgerState, movements: Movements, links: TracedLinks, given: Int64, posted: Int64
) -> TracedMovements:
    transactions, size, rows = book.transactions, len(movements), movements.transactions
    legs = size - rows
    blank = pl.repeat("", legs, dtype=pl.String, eager=True)
    labels = pl.Series([g.model.label for g in book.model_groups], dtype=pl.String)
    prior_quantity, prior_amount = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    prior_quantity[:rows], prior_amount[:rows] = transactions.prior_settled_quantity, transactions.prior_settled_amount
    physical_date, partner = np.full(size, NO_DATE, dtype=np.int32), np.full(size, -1, dtype=np.int64)
    physical_date[:rows], partner[rows:] = transactions.physical_date, state.legs.partner
    number, voucher, slip = (
        pl.concat([texts.fill_null("") if len(texts) else pl.repeat("", rows, dtype=pl.String, eager=True), blank])
        for texts in (transactions.number, transactions.voucher, transactions.physical_voucher)
    )
    return TracedMovements(
        id=movements.id,
        item=book.items.number.gather(movements.item),
        group=book.groups.label.gather(movements.group).fill_null(""),
        model=labels.gather(book.items.model_group[movements.item]),
        reference=pl.concat([transactions.reference, blank]),
        meaning=pl.concat([_get_meanings(book), blank]),
        number=number,
        lot=pl.concat([_get_lots(book), blank]),
        voucher=voucher,
        physical_voucher=slip,
        cell=pl.concat([_name_cells(book), blank]),
        transactions=rows,
        physical_date=physical_date,
        date=movements.date,
        financial=movements.financial,
        quantity=movements.quantity,
        posted=movements.posted,
        cost=movements.cost,
        settled_quantity=movements.settled_quantity,
        prior_settled_quantity=prior_quantity,
        prior_settled_amount=prior_amount,
        uncovered=_compute_uncovered(movements, links),
        basis=pl.concat([_get_basis(book, state, given, posted), blank]),
        partner=partner,
    )


def _get_lots(book: Book) -> pl.Series:
    """Lot of every transaction, '' where blank."""
    transactions = book.transactions
    if not len(transactions.lot_ids):
        return pl.repeat("", len(transactions), dtype=pl.String, eager=True)
    known = transactions.lot != NO_CODE
    lots = transactions.lot_ids.gather(np.where(known, transactions.lot, 0))
    return lots.zip_with(pl.Series(known), pl.repeat("", len(transactions), dtype=pl.String, eager=True))


def _name_cells(book: Book) -> pl.Series:
    """``Transactions!A17`` for every transaction."""
    cells = book.transactions.cells
    return pl.Series([str(cells.cell(row, "id")) for row in range(len(cells.rows))], dtype=pl.String)


def _get_meanings(book: Book) -> pl.Series:
    """Return the contract's word for every Reference; a word that has none stands for itself."""
    known = {int(meaning): label for meaning, label in LABELS.items()}
    words = pl.Series(book.transactions.meaning.astype(np.int64)).replace_strict(
        known, default=None, return_dtype=pl.String
    )
    return pl.select(pl.coalesce(words, book.transactions.reference)).to_series()


def _get_basis(book: Book, state: LedgerState, given: Int64, posted: Int64) -> pl.Series:
    standing = ACTIVE & ~IS_EXPENSED & ~TAKES_BACK
    frame = book.history["estimated_costs"].filter(standing).select(key=make_key_column("transaction"), basis="basis")
    last = frame.unique("key", keep="last", maintain_order=True)
    ids = pl.DataFrame({"key": make_id_keys(book.transactions.id)})
    known = ids.join(last, on="key", how="left", maintain_order="left")["basis"]
    estimated = np.zeros(len(given), dtype=np.bool_)
    estimated[state.estimated.row] = True
    source = np.where(given != NO_AMOUNT, 0, np.where(estimated, 1, 2))
    return pl.select(
        pl.when(pl.Series(source) == 0).then(pl.lit("")).when(pl.Series(source) == 1).then(known).otherwise(None)
    ).to_series()


def _compute_uncovered(movements: Movements, links: TracedLinks) -> Int64:
    """Posted cost of what neither settlements nor value links cover (RULES R7.1)."""
    linked = np.zeros(len(movements), dtype=np.int64)
    np.add.at(linked, links.issue[~links.settles], links.quantity[~links.settles])
    rest, open_quantity = movements.uncovered_cost.copy(), movements.open_quantity
    for movement in np.flatnonzero((linked > 0) & (open_quantity > 0)).tolist():
        rest[movement] -= mul_div(
            int(rest[movement]), min(int(linked[movement]), int(open_quantity[movement])), int(open_quantity[movement])
        )
    rest[movements.is_receipt] = 0
    return rest


def _collect_links(book: Book, state: LedgerState, movements: Movements) -> TracedLinks:
    settled = state.settled
    number = pl.Series([format_closing_number(int(c)) for c in range(state.last_number + 1)], dtype=pl.String)
    values = _collect_value_links(book, state, movements)
    return TracedLinks(
        issue=np.concatenate([settled.issue, values.issue]),
        receipt=np.concatenate([settled.receipt, values.receipt]),
        quantity=np.concatenate([settled.quantity, values.quantity]),
        amount=np.concatenate([settled.amount, values.amount]),
        principle=pl.concat([settled.principle, values.principle]),
        closing=pl.concat([number.gather(settled.closing), values.closing]),
        settles=np.repeat([True, False], [len(settled.issue), len(values)]),
    )


def _collect_value_links(book: Book, state: LedgerState, movements: Movements) -> TracedLinks:
    """Return the value links that count; those of an issue that was invoiced since say nothing of its cost now."""
    frame = book.history["value_links"].filter(ACTIVE)
    movement = pl.DataFrame({"key": make_id_keys(movements.id), "place": np.arange(len(movements), dtype=np.int64)})

    def look_up(column: str) -> pl.Series:
        key = frame.select(key=make_key_column(column))
        return key.join(movement, on="key", how="left", maintain_order="left")["place"]

    issue, receipt = look_up("issue"), look_up("receipt")
    known = issue.is_not_null() & receipt.is_not_null()
    frame, issue, receipt = frame.filter(known), issue.filter(known), receipt.filter(known)
    of_issue = issue.to_numpy().astype(np.int64)
    financial_date = np.full(len(movements), NO_DATE, dtype=np.int32)
    financial_date[: movements.transactions] = book.transactions.financial_date
    then = (financial_date[of_issue] != NO_DATE) & (financial_date[of_issue] <= frame["date"].cast(pl.Int32).to_numpy())
    frame = frame.with_columns(i=issue, r=receipt).filter(
        pl.Series(then == movements.financial[of_issue], dtype=pl.Boolean)
    )
    return TracedLinks(
        frame["i"].to_numpy().astype(np.int64),
        frame["r"].to_numpy().astype(np.int64),
        frame["quantity"].to_numpy(),
        frame["amount"].to_numpy(),
        frame["principle"],
        frame["closing"],
        np.zeros(len(frame), dtype=np.bool_),
    )


def _collect_steps(book: Book, state: LedgerState, movements: Movements) -> Steps:
    """Adjustments of the kind that each transaction is of now, oldest first."""
    adjusted = state.adjusted
    own = np.flatnonzero(adjusted.is_physical != movements.financial[adjusted.row])
    own = own[np.argsort(adjusted.closing[own], kind="stable")]
    number = pl.Series([format_closing_number(int(c)) for c in range(state.last_number + 1)], dtype=pl.String)
    kinds = pl.Series([Kind.FINANCIAL.value, Kind.PHYSICAL.value])
    closings, causes = number.gather(adjusted.closing[own]), adjusted.cause.gather(own)
    shares = read_charge_shares(book.history["locked_rows"])
    keys = make_id_keys(movements.id.gather(adjusted.row[own])).to_list() if shares else [""] * len(own)
    charges = tuple(
        tuple(shares.get((closing, key), ())) if cause == Cause.MANUAL_ADJUSTMENT else ()
        for closing, key, cause in zip(closings.to_list(), keys, causes.to_list(), strict=True)
    )
    return Steps(
        movement=adjusted.row[own],
        kind=kinds.gather(adjusted.is_physical[own].astype(np.int64)),
        cause=causes,
        closing=closings,
        amount=adjusted.amount[own],
        rounding_difference=adjusted.rounding_difference[own],
        charges=charges,
    )


def _collect_feeds(book: Book, state: LedgerState, movements: Movements) -> FeedPaths:
    """Every fed receipt with each issue behind it; fixed receipt prices and items never adjusted have none."""
    everything = np.ones(movements.transactions, dtype=np.bool_)
    found, _ = find_feeds_of_book(book, state, movements, Pairs.none(), everything)
    parts = []
    for links in found:
        fed = pl.DataFrame({"feed": links.fed_feed, "receipt": links.fed, "from": links.fed_from, "to": links.fed_to})
        members = pl.DataFrame({"feed": links.member_feed, "issue": links.member, "sign": links.member_sign})
        weight = pl.DataFrame({"feed": np.arange(len(links), dtype=np.int64), "weight": links.weight})
        joined = fed.join(members, on="feed").join(weight, on="feed").sort("receipt", "issue")
        parts.append(joined.with_columns(cause=pl.lit(links.cause.value)))
    frame = pl.concat([p.cast({"feed": pl.Int64, "receipt": pl.Int64, "issue": pl.Int64}) for p in parts])
    names = ("receipt", "issue", "sign", "from", "to", "weight")
    column = {name: frame[name].to_numpy().astype(np.int64) for name in names}
    return FeedPaths(
        receipt=column["receipt"],
        issue=column["issue"],
        sign=column["sign"],
        cause=frame["cause"],
        share_from=column["from"],
        share_to=column["to"],
        weight=column["weight"],
    )
