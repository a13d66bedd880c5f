"""The result tables of next year's book: of every run what it wrote about transactions that go along as they are.

In      a closed book, what goes along, the new IDs of open legs, and the next book as its sheets will be read.
Out     result tables, sealed anew closing by closing, with a row of the Lock of type Roll-forward behind them.
Source  RULES R10.2 (lock, Digest), R10.3; WORKBOOK "Command line" (rollforward).
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.rollforward.carried import Carried
from invclose_xl.closing.state.as_of import select_financial
from invclose_xl.closing.state.as_seen import NOTES
from invclose_xl.closing.state.ledger_state import format_closing_number
from invclose_xl.closing.state.locked_rows import (
    compute_digest,
    make_checksum_rows,
    make_locked_rows,
    make_table_checksums,
)
from invclose_xl.closing.stock.stock_value import compute_stock_value
from invclose_xl.domain.book import Book, Scales
from invclose_xl.domain.id_keys import make_id_keys, make_key_column
from invclose_xl.domain.tables import (
    FORMAT,
    LOCK,
    LOCKED_ROWS,
    RESULTS,
    SHEETS,
    Tables,
    cast_to_schema,
    make_empty_tables,
)
from invclose_xl.domain.words import ClosingType, Status

ACTIVE = pl.col("status") == Status.ACTIVE


def carry_tables(old: Book, new: Book, carried: Carried, renamed: Mapping[str, str], request: RunRequest) -> Tables:
    """Return what the result sheets of the next book hold; ``new`` was read from its input sheets."""
    tables = _prune_tables(old, carried, renamed)
    scales = new.scales
    last, name = format_closing_number(carried.state.last_closing), format_closing_number(carried.state.last_number + 1)
    financial = select_financial(new, carried.state.closed_up_to)
    locked = make_locked_rows(replace(new, history=make_empty_tables()), last, carried.state.closed_up_to, financial)
    tables["locked_rows"] = cast_to_schema(pl.concat([locked, tables["locked_rows"]]), LOCKED_ROWS)
    tables["lock"] = pl.concat([tables["lock"], _make_row(old, name, request, carried)])
    value = compute_stock_value(replace(new, history=tables), tables)
    return _seal_tables(tables, value, scales)


def _prune_tables(old: Book, carried: Carried, renamed: Mapping[str, str]) -> Tables:
    """Keep the active rows about what goes along as it is; open legs have the IDs of their openings."""
    ids = carried.movements.id
    whole = make_id_keys(ids.filter(pl.Series(carried.as_it_is))).implode()
    kept = make_id_keys(ids.filter(pl.Series(carried.kept))).implode()
    history, names = old.history, dict(renamed)
    tables = make_empty_tables()
    ends = {"issue": make_key_column("issue"), "receipt": make_key_column("receipt")}
    settled = history["settlements"].filter(ACTIVE & (ends["issue"].is_in(whole) | ends["receipt"].is_in(whole)))
    linked = history["value_links"].filter(ACTIVE & ends["issue"].is_in(kept) & ends["receipt"].is_in(kept))
    for table, frame in (("settlements", settled), ("value_links", linked)):
        tables[table] = frame.with_columns(pl.col("receipt").replace(names))
    for table in ("adjustments", "estimated_costs", "closing_transactions"):
        tables[table] = history[table].filter(ACTIVE & make_key_column("transaction").is_in(whole))
    tables["lock"] = history["lock"].filter(ACTIVE & (pl.col("type") != ClosingType.REVERSAL))
    active = tables["lock"]["closing"].implode()
    noted = history["locked_rows"].filter(pl.col("kind").is_in([kind.value for kind in NOTES]))
    tables["locked_rows"] = noted.filter(pl.col("closing").is_in(active) & make_key_column("transaction").is_in(whole))
    return {name: frame.select(list(SHEETS[name])) for name, frame in tables.items()}


def _make_row(old: Book, name: str, request: RunRequest, carried: Carried) -> pl.DataFrame:
    lock = old.history["lock"].filter(ACTIVE & (pl.col("type") == ClosingType.CLOSING))
    row = lock.tail(1).with_columns(
        closing=pl.lit(name),
        type=pl.lit(ClosingType.ROLL_FORWARD.value),
        run_at=pl.lit(request.run_at),
        run_by=pl.lit(request.run_by),
        version=pl.lit(request.version),
        format=pl.lit(FORMAT),
        items=pl.lit(int(pl.Series(carried.movements.item).filter(pl.Series(carried.kept)).n_unique())),
        transactions=pl.lit(int(carried.kept.sum())),
        settlements=pl.lit(0),
        settled_amount=pl.lit(0),
        adjustment_amount=pl.lit(0),
        warnings=pl.lit(0),
        voucher=pl.lit(""),
        reverses=pl.lit(""),
        digest=pl.lit(""),
    )
    return cast_to_schema(row, LOCK)


def _seal_tables(tables: Tables, value: pl.DataFrame, scales: Scales) -> Tables:
    """Keep the prints of every closing's rows and give its row of the Lock a Digest, one after the other."""
    names = tables["lock"]["closing"].to_list()
    digests, previous, kept = [], "", [tables["locked_rows"]]
    for name in names:
        rows = {table: tables[table].filter(pl.col("closing") == name) for table in RESULTS}
        hashes = make_checksum_rows(rows, name, scales)
        if name == names[-1]:
            hashes = pl.concat([hashes, make_table_checksums("stock_value", value, name, scales, FORMAT)])
        rows["locked_rows"] = pl.concat([rows["locked_rows"], hashes])
        previous = compute_digest(rows, previous, scales)
        digests.append(previous)
        kept.append(hashes)
    lock = tables["lock"].with_columns(digest=pl.Series(digests, dtype=pl.String))
    return {**tables, "lock": lock, "locked_rows": pl.concat(kept), "stock_value": value}
