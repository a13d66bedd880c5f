"""How a folder of tables is closed in parts: which item belongs to which part, and what all parts must know.

In      the files of a folder, what earlier runs left, how many rows a part may have.
Out     Plan; or the reason, in words, why the folder can only be closed as one.
Errors  BookUnusable: as any reading of the folder.
Cost    two passes over the keys of the transactions, a million rows at a time.
Source  RULES R4, R5.1, R6.2; WORKBOOK "Command line" (--memory).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from invclose_xl.closing.packing import find_components, pack_items
from invclose_xl.tables.columns import refused_type
from invclose_xl.tables.files import TableFile, TableFiles
from invclose_xl.tables.frame_table import frame_table
from invclose_xl.tables.parts.charged import Charged
from invclose_xl.tables.parts.earlier import EarlierRuns, links_of_history
from invclose_xl.tables.parts.links import NEEDED, AsOne, Facts, gather, linked
from invclose_xl.tables.parts.part_tables import FileHeadings
from invclose_xl.tables.source import FileColumns, columns_of_file, frame_of, scan_file
from invclose_xl.workbook.input.transactions import AMOUNTS
from invclose_xl.workbook.layout import TRANSACTIONS, InputKind
from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.tables.headings import Headings, match_headings
from invclose_xl.workbook.values.values import Locale

PIECE = 1_000_000
"""rows that are looked at together"""
COLUMNS = (*TRANSACTIONS.columns, *TRANSACTIONS.exported)


@dataclass(frozen=True, slots=True)
class TransactionFile:
    """One file of the transactions and its columns."""

    source: TableFile
    shown: str
    columns: FileColumns
    headings: Headings
    kinds: Mapping[str, InputKind]

    def fields(self) -> dict[str, int]:
        """Return the fields that the file has, with the number of their column."""
        return {field: self.headings.columns[field] for field in self.kinds}

    def is_text(self, field: str) -> bool:
        """Say whether a field is there, as text."""
        return field in self.kinds and self.columns.types[self.headings.columns[field] - 1] == pl.String

    def places(self) -> FileHeadings:
        """Return where its fields stand."""
        return FileHeadings(
            self.shown,
            {f: (column_letters(n), self.headings.texts[n].strip()) for f, n in self.headings.columns.items()},
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of every item."""

    files: tuple[TransactionFile, ...]
    rows: tuple[int, ...]
    """rows of every file"""
    parts: pl.DataFrame
    """item (key), part"""
    count: int
    facts: Facts
    ids: pl.DataFrame
    """key, part: where every ID stands; empty where no earlier run needs to know"""
    charges: pl.DataFrame
    """charge (row of the sheet), fingerprint, part"""


def transaction_files(table: TableFiles) -> tuple[TransactionFile, ...]:
    """Return the files of the transactions; raise AsOne where they cannot be read in parts."""
    found = []
    for file in table.files:
        shown = table.shown(file)
        columns = columns_of_file(file, shown)
        headings = match_headings(1, dict(enumerate(columns.headings, 1)), COLUMNS)
        kinds = {c.field: c.kind for c in COLUMNS if c.field in headings.columns}
        bad = [f for f, kind in kinds.items() if refused_type(columns.types[headings.columns[f] - 1], kind)]
        if headings.missing or headings.twice or bad:
            raise AsOne(f"{shown} has columns that cannot be read")
        found.append(TransactionFile(file, shown, columns, headings, kinds))
    first = found[0]
    for other in found[1:]:
        same = other.kinds.keys() == first.kinds.keys() and all(_same_type(first, other, f) for f in first.kinds)
        if not same:
            raise AsOne(f"{other.shown} has other columns than {first.shown}, or columns of other types")
    return tuple(found)


def _same_type(one: TransactionFile, other: TransactionFile, field: str) -> bool:
    first, second = (f.columns.types[f.headings.columns[field] - 1] for f in (one, other))
    return first == second


def rows_of(file: TransactionFile) -> int:
    """Return how many rows a Parquet file has."""
    return int(pl.scan_parquet(file.source.path, hive_partitioning=False).select(pl.len()).collect().item())


def pieces(
    file: TransactionFile, fields: Collection[str], start: int = 0, count: int | None = None
) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield a file's columns piece by piece, each with the number of its first row; of Parquet also of a range."""
    wanted = {field: number for field, number in file.fields().items() if field in fields}
    if file.columns.separator:
        whole = frame_of(file.source, file.shown, file.columns, wanted)
        for at in range(0, max(len(whole), 1), PIECE):
            yield file.columns.first_row + at, whole.slice(at, PIECE)
        return
    end = start + (rows_of(file) if count is None else count)
    scan = scan_file(file.source, file.columns, wanted)
    for at in range(start, max(end, start + 1), PIECE):
        yield file.columns.first_row + at, scan.slice(at, min(PIECE, end - at)).collect()


def plan(table: TableFiles, earlier: EarlierRuns, most: int, locale: Locale, charged: Charged) -> Plan:
    """Look at all keys of the transactions; raise AsOne where they cannot be told apart."""
    files, facts, counts = transaction_files(table), Facts(), []
    for file in files:
        rows = 0
        needed = {*NEEDED, *charged.needed(), *(name for name in AMOUNTS if file.is_text(name))}
        for first, frame in pieces(file, needed):
            rows += len(frame)
            headings = replace(file.headings, columns={f: n for f, n in file.headings.columns.items() if f in needed})
            keys = frame_table(file.shown, headings, frame, file.kinds, first, locale)
            gather(facts, keys)
            charged.gather(keys)
        counts.append(rows)
    if len(facts.companies) > 1:
        raise AsOne("its transactions name more than one company")
    if len(facts.currencies) > 1 or any(len(marks) > 1 for marks in facts.amounts_in.values()):
        raise AsOne("its transactions name more than one currency")
    has_history = len(earlier.lock) > 0
    ids = pl.concat(facts.ids).unique("key", maintain_order=True) if has_history and facts.ids else _no_ids()
    pairs = linked(facts, [charged.pairs(), *(links_of_history(earlier, ids) if has_history else ())])
    parts = _packed(facts, pairs, most)
    where = ids.join(parts, on="item", how="left").select("key", "part") if has_history else _no_ids().select("key")
    count = int(parts["part"].max() or 0) + 1  # type: ignore[arg-type]
    return Plan(files, tuple(counts), parts, count, facts, where, charged.parts(parts))


def _no_ids() -> pl.DataFrame:
    return pl.DataFrame(schema={"key": pl.String, "item": pl.String})


def _packed(facts: Facts, pairs: pl.DataFrame, most: int) -> pl.DataFrame:
    known = pl.concat([pl.Series(list(facts.rows), dtype=pl.String), pairs["item"], pairs["with"]])
    items = pl.DataFrame({"item": known.unique().sort()}).with_row_index("code")
    rows = items.join(
        pl.DataFrame({"item": list(facts.rows), "rows": list(facts.rows.values())},
                     schema={"item": pl.String, "rows": pl.Int64}), on="item", how="left", maintain_order="left"
    )["rows"].fill_null(0).to_numpy()  # fmt: skip
    codes = dict(items.select("item", "code").rows())
    one = pairs["item"].replace_strict(codes, return_dtype=pl.Int64).to_numpy()
    other = pairs["with"].replace_strict(codes, return_dtype=pl.Int64).to_numpy()
    return items.select("item", part=pl.Series(pack_items(find_components(one, other, len(items)), rows, most)))
