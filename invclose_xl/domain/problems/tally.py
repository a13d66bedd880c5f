"""One sentence about many rows, so that a book in parts says it once: counted by part, told of the whole.

In      tallies and problems of the parts of a book, stage by stage (a stage: one finder of closing.findings).
Out     the problems of the whole, in the same order for any number of parts: by stage, inside it by place.
Errors  none.
Source  RULES R11; WORKBOOK "Command line" (--runner).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from invclose_xl.domain.problems.problem import CellRef, Problem

Place = tuple[bool, tuple[tuple[int, int, str], ...], int, int, str]


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of which one sentence is said, as far as one part of a book knows them."""

    kind: tuple[object, ...]
    """what is counted: tallies of one kind are added up"""
    describe: Callable[["Tally"], Iterable[Problem]]
    """makes the sentence of what was counted in all parts; nothing where there is nothing to say. A function of a
    module, or a partial of one, because processes hand tallies over."""
    numbers: tuple[int, ...] = ()
    """counts and sums"""
    examples: tuple[Problem, ...] = ()
    """rows that the sentence may name, with their place; what else it says of them is in ``found``, ``problem``"""
    names: tuple[str, ...] = ()
    """transactions that the sentence is about, where it lists nothing else of them"""
    keys: bytes = b""
    """fingerprints of 64 bits that are needed to judge the examples"""

    def first(self, sentence: str) -> Problem:
        """Return the first example with a sentence about all."""
        return replace(self.examples[0], problem=sentence)


Finding = Problem | Tally
Stages = Sequence[Sequence[Finding]]


@lru_cache(1024)
def make_natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts ``part-10`` behind ``part-9``."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((1, int(p), "") if p.isascii() and p.isdigit() else (0, 0, p) for p in parts)


def make_place_key(problem: Problem) -> Place:
    """Return what sorts problems by their cells: transactions first, then the other tables."""
    where: CellRef = problem.where
    is_other = not where.sheet.lower().startswith("transactions")
    return is_other, make_natural_key(where.sheet), where.row, _number(where.column), problem.found


@lru_cache(1024)
def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def put_together(parts: Sequence[Stages]) -> tuple[Problem, ...]:
    """Return what the parts of a book have to say; each part has all stages. What several parts say is said once."""
    said: dict[Problem, None] = {}
    for stage in zip(*parts, strict=True):
        said |= dict.fromkeys(sorted(tell([finding for part in stage for finding in part]), key=make_place_key))
    return tuple(said)


def tell(findings: Iterable[Finding]) -> list[Problem]:
    """Return the problems among findings, and what all tallies of each kind come to."""
    problems: list[Problem] = []
    kinds: dict[tuple[object, ...], list[Tally]] = {}
    for finding in findings:
        if isinstance(finding, Problem):
            problems.append(finding)
        else:
            kinds.setdefault(finding.kind, []).append(finding)
    for alike in kinds.values():
        problems += alike[0].describe(_add_up(alike))
    return problems


def _add_up(tallies: Sequence[Tally]) -> Tally:
    """Return one tally of all; rows of a table that all parts read are counted in each of them, and count once."""
    seen = {
        (tally.numbers, tally.examples, tally.names) if tally.examples else (k,): tally
        for k, tally in enumerate(tallies)
    }
    alike = list(seen.values())
    numbers = tuple(sum(column) for column in zip(*(tally.numbers for tally in alike), strict=True))
    examples = sorted((example for tally in alike for example in tally.examples), key=make_place_key)
    names = sorted({name for tally in alike for name in tally.names})
    keys = b"".join(tally.keys for tally in alike)
    return replace(alike[0], numbers=numbers, examples=tuple(examples), names=tuple(names), keys=keys)
