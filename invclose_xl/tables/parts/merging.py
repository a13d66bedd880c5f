"""The parts of a run as one run: rows in the order of items, everything numbered through, one voucher, one seal.

In      the parts, their rows and messages on the drive; the lock and the scales of the book.
Out     MergedRun: the new rows of every result table as files, sealed, and what is to be said.
Errors  InvariantBroken: the parts do not add up to a run.
Cost    O(rows of the results); in memory is one range of items, and the names of closing transfers.
Source  RULES R9.3, R10.2; WORKBOOK "Written" (order of rows, ids of legs).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from invclose_xl.closing.posting.voucher import make_voucher_lines
from invclose_xl.closing.state.locked_rows import WITNESSED, TableChecksums, compute_digest_of_tables, make_checksum_row
from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import InvariantBroken, Severity
from invclose_xl.domain.tables import FORMAT, LOG, SHEETS, Tables, cast_to_schema
from invclose_xl.domain.words import LockedKind
from invclose_xl.tables.on_drive import OnDrive
from invclose_xl.tables.parts.digest import SortedLines
from invclose_xl.tables.parts.earlier import OF_BOOK
from invclose_xl.tables.parts.messages import Listed
from invclose_xl.tables.parts.stored import StoredPart, by_item, by_number, texts_of
from invclose_xl.tables.results import COMPRESSION, spec_of, table_of

NAMING_LEGS = {
    "settlements": ("issue", "receipt"),
    "value_links": ("issue", "receipt"),
    "adjustments": ("transaction",),
    "closing_transactions": ("transaction",),
    "estimated_costs": ("transaction",),
    "stock_value": (),
}
"""tables by item, and the fields in which legs of closing transfers are named"""
MERGED = "merged"
PRINTS = 1_000_000
"""number of the first file with prints of the first table: behind all other locked rows, table by table"""
SMALL = ("vouchers", "lock")
SUMMED = ("items", "transactions", "settlements", "settled_amount", "adjustment_amount")
BEFORE_THE_BOOK = (LockedKind.PACKING_SLIP, LockedKind.COST_ADJUSTMENT, LockedKind.CHARGE)
"""kinds that are before those, as closing.state.locked_rows writes them"""


@dataclass(slots=True)
class _Sink:
    """Where merged rows go: files in the order of rows, checksums, lines for the Digest."""

    folder: Path
    scales: Scales
    closing: str
    rows: dict[str, int]
    lines: SortedLines
    prints: dict[str, TableChecksums]
    printed: int = 0

    def put(self, name: str, number: int, frame: pl.DataFrame) -> None:
        """Add rows of a table behind those that are there, and their prints."""
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        written = table_of(spec_of(name), frame, self.scales)
        written.write_parquet(self.folder / name / f"{number:08}.parquet", compression=COMPRESSION)
        self.rows[name] = self.rows.get(name, 0) + len(frame)
        if name != "stock_value":
            self.lines.add(name, frame)
        self.print(name, frame)

    def print(self, name: str, frame: pl.DataFrame) -> None:
        """Take the prints of rows; what fills a cell goes to the drive."""
        if name in self.prints:
            self.prints[name].add(frame)
            self._put_prints(name, self.prints[name].take_full())

    def end(self) -> None:
        """Put down the prints that fill no cell."""
        for name, table in self.prints.items():
            self._put_prints(name, table.cells())

    def _put_prints(self, name: str, cells: Sequence[str]) -> None:
        if cells:
            number = PRINTS * (1 + list(self.prints).index(name)) + self.printed
            self.put("locked_rows", number, make_checksum_row(name, cells, self.closing))
            self.printed += 1


def merge_on_drive(
    parts: Sequence[StoredPart], folder: Path, lock: pl.DataFrame, scales: Scales, said: Iterable[pl.DataFrame]
) -> tuple[OnDrive, Listed]:
    """Put the parts together and seal them; ``said``: their messages, piece by piece."""
    locks = pl.concat([stored.part.rows["lock"] for stored in parts])
    closing = str(locks["closing"][0])
    prints = {name: TableChecksums(name, scales, FORMAT) for name in (*WITNESSED, "stock_value")}
    sink = _Sink(folder / MERGED, scales, closing, {}, SortedLines(folder / "lines", scales), prints)
    listed = Listed()
    for number, rows in enumerate(said):
        listed.add(rows)
        sink.put("log", number, _log_rows(rows, closing))
    small: Tables = {"vouchers": _merge_vouchers([stored.part.rows["vouchers"] for stored in parts])}
    small["lock"] = _merge_lock_rows(locks, small["vouchers"], listed)
    small = {name: cast_to_schema(small[name], SHEETS[name]) for name in SMALL}
    names = _number_legs(folder, len(parts), closing)
    change = 0
    for name, fields in NAMING_LEGS.items():
        for number, piece in enumerate(by_item(folder, len(parts), name)):
            rows = _with_names(piece, fields, names).select(list(SHEETS[name]))
            change += int(rows["inventory_change"].sum()) if name == "adjustments" else 0
            sink.put(name, number, rows)
    for name in SMALL:
        sink.print(name, small[name])
        sink.lines.add(name, small[name])
    for number, rows in enumerate(_locked_rows(parts, folder)):
        sink.put("locked_rows", number, rows)
    sink.end()
    _check(parts, small, sink.rows, change)
    previous = lock["digest"].to_list()
    digest = compute_digest_of_tables(sink.lines.of, previous[-1] if previous else "")
    small["lock"] = small["lock"].with_columns(digest=pl.lit(digest))
    rows_of = {**dict.fromkeys(SHEETS, 0), **sink.rows, **{name: len(small[name]) for name in SMALL}}
    return OnDrive(small, sink.folder, rows_of, scales), listed


def _log_rows(said: pl.DataFrame, closing: str) -> pl.DataFrame:
    return cast_to_schema(said.with_columns(pl.lit(closing).alias("closing"), pl.col("problem").alias("message")), LOG)


def _number_legs(folder: Path, count: int, closing: str) -> pl.DataFrame:
    """Number the closing transfers of all parts through, in the order of items; each has an issue and a receipt leg."""
    found = [rows.select("_part", "transaction") for rows in by_item(folder, count, "closing_transactions")]
    own = pl.concat([pl.DataFrame(schema={"_part": pl.Int32, "transaction": pl.String}), *found])
    number = pl.int_range(pl.len(), dtype=pl.Int64) // 2 + 1
    side = pl.col("transaction").str.tail(1)
    return own.with_columns(now=pl.format("{}/W{}/{}", pl.lit(closing), number, side))


def _with_names(rows: pl.DataFrame, fields: Sequence[str], names: pl.DataFrame) -> pl.DataFrame:
    for field in fields:
        known = names.rename({"transaction": field})
        rows = rows.join(known, on=["_part", field], how="left", maintain_order="left")
        rows = rows.with_columns(pl.coalesce("now", field).alias(field)).drop("now")
    return rows


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


def _merge_lock_rows(locks: pl.DataFrame, voucher: pl.DataFrame, said: Listed) -> pl.DataFrame:
    name = str(locks["closing"][0])
    warnings = sum(count for (severity, _), count in said.counts.items() if severity is Severity.WARNING)
    return locks.head(1).with_columns(
        pl.lit(warnings, dtype=pl.Int64).alias("warnings"),
        *(pl.lit(locks[field].sum(), dtype=pl.Int64).alias(field) for field in SUMMED),
        voucher=pl.lit(name if len(voucher) else ""),
    )


def _locked_rows(parts: Sequence[StoredPart], folder: Path) -> Iterator[pl.DataFrame]:
    """Rows that were locked keep their sequence; new ones follow in row order. What every part says is said once."""
    columns, count = list(SHEETS["locked_rows"]), len(parts)
    for rows in by_number(folder, count, "known", "sequence"):
        yield rows.select(columns)
    last = max(stored.part.last_sequence for stored in parts)
    for rows in by_number(folder, count, "new", "place"):
        sequence = last + pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
        last += len(rows)
        yield rows.with_columns(sequence=sequence).select(columns)
    kind = pl.col("kind")
    of_book, before = kind.is_in([k.value for k in OF_BOOK]), kind.is_in([k.value for k in BEFORE_THE_BOOK])
    for rows in texts_of(folder, count):
        yield rows.filter(before)
    told = [rows.filter(of_book) for rows in texts_of(folder, count)]
    yield pl.concat(told).unique(maintain_order=True)
    for rows in texts_of(folder, count):
        yield rows.filter(~before & ~of_book)


def _check(parts: Sequence[StoredPart], small: Tables, rows: dict[str, int], change: int) -> None:
    """Demand that nothing was lost or doubled between the parts and the whole."""
    voucher, lock = small["vouchers"], small["lock"]
    if int(voucher["debit"].sum()) != int(voucher["credit"].sum()):
        raise InvariantBroken("The vouchers of the parts do not add up to a balanced one. Nothing was written.")
    for table in NAMING_LEGS:
        if rows.get(table, 0) != sum(stored.rows[table] for stored in parts):
            raise InvariantBroken(f"The parts do not add up to the rows of {table}. Nothing was written.")
    if change != sum(stored.change for stored in parts) or int(lock["adjustment_amount"][0]) != change:
        raise InvariantBroken("The adjustments of the parts do not add up to those of the run. Nothing was written.")
