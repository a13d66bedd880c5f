"""Messages of the parts of a run, on the drive: each part keeps its own, the whole takes them up in its order.

In      the findings of each part, stage by stage: reading, remarks on the run, the finders of closing.
Out     the messages of the whole, a piece at a time: in the same order, and each once, for any number of parts; how
        many there are of each kind, and so many of them as somebody may read.
Errors  OSError, as the drive has it.
Cost    O(messages); in memory is one piece, a number for each message, and MOST_LISTED of a code.
Source  RULES R11; WORKBOOK "Command line" (--runner).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from invclose_xl.closing.part import Part
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity
from invclose_xl.domain.problems.tally import Finding, Stages, make_natural_key, make_place_key, tell
from invclose_xl.tables.frame_table import RowRef
from invclose_xl.tables.parts.split import folder_of
from invclose_xl.workbook.input.read import Reading, make_sheet_key
from invclose_xl.workbook.package.package import Sheet

READING, REMARKS = 0, 1
"""stages before those of closing: what reading says, by sheet; what is said of the run itself, as it comes"""
AT_ONCE = 200_000
"""messages that are put in order together"""
MOST_LISTED = 100_000
"""of a code, one by one in memory; *Log* has all of them"""
_PLACE = {"sheet": pl.String, "row": pl.Int64, "column": pl.String, "heading": pl.String, "in_table": pl.Boolean}
_TEXTS = ("code", "found", "problem", "fix", "rule", "item", "transaction")
_SAID = {"severity": pl.String, "cell": pl.String, **_PLACE, **dict.fromkeys(_TEXTS, pl.String)}
_ORDER = {"_stage": pl.Int64, "_row": pl.Int64, "_column": pl.Int64, "_last": pl.String, "_part": pl.Int64,
          "_at": pl.Int64}  # fmt: skip
_ROWS, _SHEETS = 1 << 32, 1 << 20
"""more than a file has rows, and a table files"""
NAME = "said.out"


def keep_messages(stages: Stages, folder: Path, part: int) -> list[list[Finding]]:
    """Write the messages of a part, stage by stage; return what is only counted yet."""
    told = [[found for found in stage if isinstance(found, Problem)] for stage in stages]
    _frame(told, part).write_parquet(folder_of(folder, part) / NAME, compression="lz4")
    return [[found for found in stage if not isinstance(found, Problem)] for stage in stages]


def _frame(stages: Sequence[Sequence[Problem]], part: int) -> pl.DataFrame:
    said = [problem for stage in stages for problem in stage]
    where = [problem.where for problem in said]
    stage = [number for number, problems in enumerate(stages) for _ in problems]
    texts = {name: [getattr(problem, name) for problem in said] for name in _TEXTS}
    places = {name: [getattr(place, name) for place in where] for name in ("sheet", "row", "column", "heading")}
    keys = [make_place_key(problem) for problem in said]
    last = {READING: "code", REMARKS: ""}
    return pl.DataFrame(
        {
            "severity": [problem.severity.value for problem in said],
            "cell": [str(place) if place.row else "" for place in where],
            **places,
            "in_table": [isinstance(place, RowRef) for place in where],
            **texts,
            "_stage": stage,
            "_row": [
                at if of == REMARKS else place.row for at, (of, place) in enumerate(zip(stage, where, strict=True))
            ],
            "_column": [0 if of == REMARKS else key[3] for of, key in zip(stage, keys, strict=True)],
            "_last": [getattr(p, last.get(of, "found") or "code") for of, p in zip(stage, said, strict=True)],
            "_part": [part] * len(said),
            "_at": range(len(said)),
        },
        schema={**_SAID, **_ORDER},
    )


class Messages:
    """The messages of all parts, those of the head of the book before them, and what is only said of the whole."""

    def __init__(
        self, folder: Path, head: Reading, parts: Sequence[Part], remarks: Sequence[Problem], sheets: Sequence[Sheet]
    ) -> None:  # fmt: skip
        self._sheets = sheets
        read: list[Finding] = [*head.tallies, *(found for part in parts for found in part.read)]
        closing = [[found for own in stage for found in own] for stage in zip(*(p.said for p in parts), strict=True)]
        before, behind = folder / "said-before.out", folder / "said-behind.out"
        _frame([head.problems], -1).write_parquet(before)
        _frame([tell(read), remarks, *map(tell, closing)], len(parts)).write_parquet(behind)
        of_parts = [folder_of(folder, part) / NAME for part in range(len(parts))]
        self._scan = pl.scan_parquet([before, *of_parts, behind], hive_partitioning=False)

    def refuse_errors(self) -> None:
        """Raise InputFault where reading the parts comes to an error of the whole."""
        reading = self._scan.filter(pl.col("_stage") == READING)
        if reading.filter(pl.col("severity") == Severity.ERROR.value).limit(1).collect().height:
            raise InputFault(list_messages(self._pieces(reading)).problems)

    def pieces(self) -> Iterator[pl.DataFrame]:
        """Yield them in order, some at a time."""
        return self._pieces(self._scan)

    def _pieces(self, scan: pl.LazyFrame) -> Iterator[pl.DataFrame]:
        keyed = scan.join(self._ranked_sheets().lazy(), on=["_stage", "sheet"], how="left").with_columns(
            _key=(pl.col("_stage") * _SHEETS + pl.col("_rank")) * _ROWS + pl.col("_row")
        )
        several, said = self._codes_of_several_stages(), set[tuple[object, ...]]()
        bounds = keyed.select("_key").collect().to_series().sort().gather_every(AT_ONCE).unique().sort().to_list()
        for low, high in zip(bounds, [*bounds, None][1:], strict=True):
            inside = pl.col("_key") >= low
            inside = inside if high is None else inside & (pl.col("_key") < high)
            rows = keyed.filter(inside).collect().sort("_key", "_column", "_last", "_part", "_at")
            rows = rows.unique(list(_SAID), keep="first", maintain_order=True).select(list(_SAID))
            yield _without_those(rows, several, said)

    def _ranked_sheets(self) -> pl.DataFrame:
        """Return where each sheet stands in each stage."""
        found = self._scan.select("_stage", "sheet").unique().collect().rows()
        key = make_sheet_key(self._sheets)
        keys = {
            (stage, sheet): () if stage == REMARKS
            else key(sheet) if stage == READING
            else (not sheet.lower().startswith("transactions"), make_natural_key(sheet))
            for stage, sheet in found
        }  # fmt: skip
        rank = {
            of: number
            for stage in {s for s, _ in found}
            for number, of in enumerate(sorted({keys[one] for one in found if one[0] == stage}))
        }
        return pl.DataFrame(
            [(*one, rank[keys[one]]) for one in found],
            schema={"_stage": pl.Int64, "sheet": pl.String, "_rank": pl.Int64}, orient="row",
        )  # fmt: skip

    def _codes_of_several_stages(self) -> list[str]:
        stages = self._scan.group_by("code").agg(pl.col("_stage").n_unique()).collect()
        return stages.filter(pl.col("_stage") > 1)["code"].to_list()


def _without_those(rows: pl.DataFrame, codes: Sequence[str], said: set[tuple[object, ...]]) -> pl.DataFrame:
    """Leave out what another stage said before; ``said`` grows by what could be said again."""
    if not rows["code"].is_in(codes).any():
        return rows
    kept = []
    for row in rows.rows():
        may_be_again = row[list(_SAID).index("code")] in codes
        kept.append(not may_be_again or row not in said)
        if may_be_again:
            said.add(row)
    return rows.filter(pl.Series(kept, dtype=pl.Boolean))


class Listed:
    """Messages as they come by: counted all, kept in memory as far as anybody reads them one by one."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Severity, str]] = Counter()
        self.problems: list[Problem] = []
        self._of_code: Counter[str] = Counter()

    def add(self, rows: pl.DataFrame) -> None:
        """Take a piece."""
        for severity, code, count in rows.group_by("severity", "code", maintain_order=True).len().rows():
            self.counts[Severity(severity), code] += count
        nth = pl.int_range(pl.len()).over("code")
        room = pl.col("code").replace_strict(
            {code: MOST_LISTED - self._of_code[code] for code in rows["code"].unique()}, return_dtype=pl.Int64
        )
        kept = rows.filter(nth < room)
        self._of_code.update(dict(kept.group_by("code").len().rows()))
        self.problems += map(_problem, kept.iter_rows(named=True))


def list_messages(pieces: Iterable[pl.DataFrame]) -> Listed:
    """Return messages counted and listed."""
    listed = Listed()
    for rows in pieces:
        listed.add(rows)
    return listed


def _problem(row: dict[str, object]) -> Problem:
    place = RowRef if row["in_table"] else CellRef
    where = place(*(row[name] for name in ("sheet", "row", "column", "heading")))  # type: ignore[arg-type]
    return Problem(severity=Severity(str(row["severity"])), where=where, **{name: str(row[name]) for name in _TEXTS})
