"""The parts of a run as one run: rows in the order of items, everything numbered through, one voucher, one seal.

In      the parts, in the order of their numbers; the order of the run; the lock and the scales of the book.
Out     the new rows of every result table, sealed, and what is to be said.
Errors  InvariantBroken: the parts do not add up to a run.
Cost    O(rows of the results), table by table; nothing but the seal for a run that is one part.
Source  RULES R9.3, R10.2; WORKBOOK "Written" (order of rows, ids of legs).
"""

from collections.abc import Mapping, Sequence

import polars as pl

from invclose_xl.closing.lock.sealing import cast_run_tables, seal_rows
from invclose_xl.closing.part import Part
from invclose_xl.closing.posting.voucher import make_voucher_lines
from invclose_xl.closing.record import make_log_rows
from invclose_xl.domain.book import Scales
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.problems.problem import InvariantBroken, Problem, Severity
from invclose_xl.domain.tables import STOCK_VALUE, Tables

_OF_LEGS = {
    "settlements": ("issue", "receipt"),
    "value_links": ("issue", "receipt"),
    "adjustments": ("transaction",),
    "closing_transactions": ("transaction",),
    "estimated_costs": ("transaction",),
}
"""fields in which legs of closing transfers are named"""
_SUMMED = ("items", "transactions", "settlements", "settled_amount", "adjustment_amount")


def merge_parts(parts: Sequence[Part], lock: pl.DataFrame, scales: Scales) -> tuple[Tables, tuple[Problem, ...]]:
    """Put the parts together and seal them; where there are several, they are used up table by table."""
    first = parts[0]
    if len(parts) == 1:
        return seal_rows(first.rows, first.value, lock, scales), first.said
    name = str(first.rows["lock"]["closing"][0])
    said = tuple(dict.fromkeys(problem for part in parts for problem in part.said))
    found = {table: sum(len(part.rows[table]) for part in parts) for table in _OF_LEGS}
    change = sum(int(part.rows["adjustments"]["inventory_change"].sum()) for part in parts)
    rows = {
        table: _sort_by_item([part.rows.pop(table) for part in parts], [part.leading.get(table, 0) for part in parts])
        for table in _OF_LEGS
    }
    _number_legs(rows, name)
    rows["vouchers"] = _merge_vouchers([part.rows["vouchers"] for part in parts])
    rows["locked_rows"] = _merge_locked_rows(parts)
    rows["log"] = make_log_rows(name, list(said))
    rows["lock"] = _merge_lock_rows([part.rows["lock"] for part in parts], rows["vouchers"], said)
    _check(rows, found, change)
    value = _sort_by_item([part.value for part in parts], [0] * len(parts)).select(list(STOCK_VALUE))
    return seal_rows(cast_run_tables(rows, scales), value, lock, scales), said


def _sort_by_item(frames: Sequence[pl.DataFrame], leading: Sequence[int]) -> pl.DataFrame:
    """Rows of several parts by item; those of one item are of one part and stay as they are."""
    whole = pl.concat(
        [
            f.with_columns(part=pl.lit(k, dtype=pl.Int32), first=pl.int_range(pl.len()) >= ahead)
            for k, (f, ahead) in enumerate(zip(frames, leading, strict=True))
        ]
    )
    ordered = whole.with_columns(by=make_id_keys(whole["item"])).sort("first", "by", maintain_order=True)
    return ordered.drop("by", "first")


def _number_legs(rows: Tables, name: str) -> None:
    """Number the closing transfers of all parts through, in the order of items; each has an issue and a receipt leg."""
    own = rows["closing_transactions"].select("part", "transaction")
    number = pl.int_range(pl.len(), dtype=pl.Int64) // 2 + 1
    side = pl.col("transaction").str.tail(1)
    names = own.with_columns(now=pl.format("{}/W{}/{}", pl.lit(name), number, side))
    for table, fields in _OF_LEGS.items():
        frame = rows[table]
        for field in fields:
            known = names.rename({"transaction": field})
            frame = (
                frame.join(known, on=["part", field], how="left", maintain_order="left")
                .with_columns(pl.coalesce("now", field).alias(field))
                .drop("now")
            )
        rows[table] = frame.drop("part")


def _merge_vouchers(vouchers: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add the vouchers of the parts up: one net line per specification, account and ledger dimension (RULES R9.3)."""
    every = pl.concat(vouchers)
    if not len(every):
        return every
    key = ["specification", "account", "ledger_dimension"]
    sums = every.group_by(key).agg(pl.col("account_name").first(), net=(pl.col("debit") - pl.col("credit")).sum())
    net = sums.filter(pl.col("net") != 0).sort(key)
    head = every.row(0, named=True)
    voucher = make_voucher_lines(net, head["closing"], head["voucher"], head["date"], head["text"])
    return voucher.with_columns(net["account_name"])


def _merge_locked_rows(parts: Sequence[Part]) -> pl.DataFrame:
    """Rows that were locked keep their sequence; new ones follow in row order. What every part says is said once."""
    known, new = [], []
    for part in parts:
        rows = part.rows["locked_rows"]
        known.append(rows.filter(pl.col("sequence") <= part.last_sequence))
        own = rows.filter(pl.col("sequence") > part.last_sequence)
        new.append(own.with_columns(place=part.places["place"]))
    last = max(part.last_sequence for part in parts)
    following = pl.concat(new).sort("place").with_columns(sequence=last + pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    texts = pl.concat([part.rows["locked_rows"].filter(pl.col("sequence").is_null()) for part in parts])
    numbered = [pl.concat(known).sort("sequence", maintain_order=True), following.drop("place")]
    return pl.concat([*numbered, texts.unique(maintain_order=True)])


def _merge_lock_rows(locks: Sequence[pl.DataFrame], voucher: pl.DataFrame, said: Sequence[Problem]) -> pl.DataFrame:
    every = pl.concat(locks)
    name = str(every["closing"][0])
    return every.head(1).with_columns(
        *(pl.lit(every[field].sum(), dtype=pl.Int64).alias(field) for field in _SUMMED),
        warnings=pl.lit(sum(p.severity is Severity.WARNING for p in said), dtype=pl.Int64),
        voucher=pl.lit(name if len(voucher) else ""),
    )


def _check(rows: Tables, found: Mapping[str, int], change: int) -> None:
    """Demand that nothing was lost or doubled between the parts and the whole."""
    voucher, lock = rows["vouchers"], rows["lock"]
    if int(voucher["debit"].sum()) != int(voucher["credit"].sum()):
        raise InvariantBroken("The vouchers of the parts do not add up to a balanced one. Nothing was written.")
    for table, count in found.items():
        if len(rows[table]) != count:
            raise InvariantBroken(f"The parts do not add up to the rows of {table}. Nothing was written.")
    if int(rows["adjustments"]["inventory_change"].sum()) != change or int(lock["adjustment_amount"][0]) != change:
        raise InvariantBroken("The adjustments of the parts do not add up to those of the run. Nothing was written.")
