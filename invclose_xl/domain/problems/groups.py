"""Like problems as one: what says the same of sixty rows is one line with the cells, so that no other is pushed out.

In      the problems of a run, in the order they were found.
Out     groups in that order, each with its first problem and all of its cells; or at most so many lines of text.
        Nothing is dropped here: a group holds its problems, and ``--json`` lists every one of them ungrouped.
Source  WORKBOOK "Command line" (each input error is one line; the first 50 are printed).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import CellRef, Problem

_FIGURES = re.compile(r"\d(?:[\d.,:/\u00a0-]*\d)?")
CELLS_NAMED = 3
VALUES_NAMED = 3
MOST_APART = 5
"""So many problems that differ in figures or values alone have a line each; more of them are one, with examples"""
MOST_LINES = 50
LINES_OF_A_KIND = (10, 5, 3, 2, 1)
"""as many of one kind as leave room for every other kind"""


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems that differ in nothing but the row, or, where there are many, in its figures too; usually one."""

    problems: tuple[Problem, ...]

    @property
    def first(self) -> Problem:
        """The problem that speaks for all of them, with the first cell."""
        return self.problems[0]

    @property
    def cells(self) -> str:
        """``B2, B4, B7 and 57 more, B9 to B120``; empty where there is only one."""
        return "" if len(self.problems) == 1 else name_cells_of_column([p.where for p in self.problems])

    @property
    def message(self) -> str:
        """The sentence of the problem, and where it holds as well."""
        same = (
            f" In {format_count(len(self.problems), 'row')}{self._differences()}: {self.cells}." if self.cells else ""
        )
        return f"{self.first.problem}{same}"

    def _differences(self) -> str:
        """Say in what the rows differ: the values found, or the figures of the sentence."""
        values = list(dict.fromkeys(p.found for p in self.problems))
        if len(values) > 1:
            shown = ", ".join(f"{value!r}" for value in values[:VALUES_NAMED])
            rest = f" and {len(values) - VALUES_NAMED:,} more" if len(values) > VALUES_NAMED else ""
            return f", with {len(values):,} values ({shown}{rest})"
        return ", each with its own figures" if len({p.problem for p in self.problems}) > 1 else ""

    def merge(self) -> Problem:
        """Return one problem that stands for all of them."""
        return replace(self.first, problem=self.message) if self.cells else self.first

    def line(self) -> str:
        """One line for stderr."""
        return self.merge().line()


def group_problems(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Put problems together that say the same of cells in one column of a sheet; the first one gives the place."""
    groups: dict[object, list[Problem]] = {}
    for number, problem in enumerate(problems):
        groups.setdefault(_make_group_key(problem) if problem.where.row else number, []).append(problem)
    return _merge_those_that_differ_in_figures([ProblemGroup(tuple(alike)) for alike in groups.values()])


def _merge_those_that_differ_in_figures(groups: Sequence[ProblemGroup]) -> list[ProblemGroup]:
    """Make one group of more than anybody compares: seventy quantities that are text, each another one."""
    kinds: dict[object, list[ProblemGroup]] = {}
    for group in groups:
        kinds.setdefault(_make_key_without_figures(group.first), []).append(group)
    merged: dict[int, ProblemGroup] = {}
    for alike in kinds.values():
        if len(alike) <= MOST_APART or not alike[0].first.where.row:
            merged |= {id(group): group for group in alike}
        else:
            merged[id(alike[0])] = ProblemGroup(tuple(p for group in alike for p in group.problems))
    return [merged[id(group)] for group in groups if id(group) in merged]


def write_lines(problems: Sequence[Problem], at_most: int = MOST_LINES, listed_in: str = "--json") -> list[str]:
    """Write problems as at most so many lines, so that every kind of them is there as long as there is room.

    ``listed_in`` is where a reader finds every one of them.
    """
    kinds = _list_kinds(group_problems(problems))
    fitting = (most for most in LINES_OF_A_KIND if sum(min(len(groups), most + 1) for groups in kinds) <= at_most)
    written = _write_lines(kinds, next(fitting, LINES_OF_A_KIND[-1]), listed_in)
    left = len(written) - at_most
    if left <= 0:
        return written
    return [*written[:at_most], f"… and {format_count(left, 'more line')}; {listed_in} lists every problem."]


def _make_group_key(problem: Problem) -> object:
    where = problem.where
    return (
        problem.code, problem.severity, where.sheet, where.column, where.heading, problem.found, problem.problem,
        problem.fix, problem.item,
    )  # fmt: skip


def _make_key_without_figures(problem: Problem) -> object:
    """Return what problems share that say the same of different values."""
    texts = (problem.problem, problem.fix)
    if problem.found:
        texts = (problem.problem.replace(problem.found, "\0"), problem.fix.replace(problem.found, "\0"))
    where = problem.where
    said, fix = _FIGURES.sub("#", texts[0]), _leave_out_figures(texts[1])
    return problem.code, problem.severity, where.sheet, where.column, where.heading, said, fix, problem.item


@lru_cache(1024)
def _leave_out_figures(advice: str) -> str:
    """Advice is the same for many problems, which are told apart by what they say."""
    return _FIGURES.sub("#", advice)


def _make_kind_key(problem: Problem) -> object:
    return problem.code, problem.severity, problem.where.sheet, problem.where.column


def _list_kinds(groups: Sequence[ProblemGroup]) -> list[list[tuple[int, ProblemGroup]]]:
    """Put the groups of one kind together, each with its place among all groups."""
    kinds: dict[object, list[tuple[int, ProblemGroup]]] = {}
    for place, group in enumerate(groups):
        kinds.setdefault(_make_kind_key(group.first), []).append((place, group))
    return list(kinds.values())


def _write_lines(kinds: Sequence[list[tuple[int, ProblemGroup]]], most: int, listed_in: str) -> list[str]:
    """Return a line per group, in the order of all groups; of one kind the last line stands for all that are left."""
    lines: dict[int, str] = {}
    for groups in kinds:
        apart = len(groups) if len(groups) <= most + 1 else most
        lines |= {place: group.line() for place, group in groups[:apart]}
        if rest := groups[apart:]:
            lines[rest[0][0]] = _write_rest_line([p for _, group in rest for p in group.problems], listed_in)
    return [lines[place] for place in sorted(lines)]


def _write_rest_line(problems: Sequence[Problem], listed_in: str) -> str:
    """Name the cells of problems of one kind that have no line of their own."""
    first = problems[0]
    cells = f": {name_cells_of_column([p.where for p in problems])}" if first.where.row else ""
    what = f"{CODES[first.code].title}, {format_count(len(problems), 'more message')} of this kind{cells}."
    heading = f"{first.where.heading}. " if first.where.heading else ""
    return f"{first.where}: {heading}{what} What to do: As above; {listed_in} lists each of them. ({first.code})"


def name_cells_of_column(places: Sequence[CellRef]) -> str:
    """Name cells of one column: all of them where they follow each other, else the first few and a range.

    Where they lie on several sheets, as a table that goes on does, each sheet is named.
    """
    sheets = list(dict.fromkeys(p.sheet for p in places))
    if len(sheets) > 1:
        names = {p.sheet: str(CellRef(p.sheet)) for p in places}
        return "; ".join(f"{names[s]}: {name_cells_of_column([p for p in places if p.sheet == s])}" for s in sheets)
    ranges: list[tuple[int, int]] = []
    column = places[0].letters
    rows = sorted({p.row for p in places})
    for row in rows:
        if ranges and ranges[-1][1] == row - 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    if len(ranges) <= CELLS_NAMED + 1:
        to = ":" if column else " to "
        return ", ".join(f"{column}{a}" if a == b else f"{column}{a}{to}{column}{b}" for a, b in ranges)
    named = rows[:CELLS_NAMED]
    rest = rows[CELLS_NAMED:]
    shown = ", ".join(f"{column}{row}" for row in named)
    return f"{shown} and {len(rest):,} more from {column}{rest[0]} to {column}{rest[-1]}"
