"""Where the parts of a folder of tables are closed, as a person asks for it.

In      a name, and memory such as ``8GB``.
Out     Runner.
Errors  WrongUsage (2): no runner, or no size of memory.
Source  WORKBOOK "Command line" (--runner, --memory).
"""

import os
from dataclasses import dataclass

from invclose_xl.api.context.arguments import shown
from invclose_xl.domain.problems.problem import WrongUsage

LOCAL, SPARK = "local", "spark"
RUNNERS = (LOCAL, "processes", SPARK)
MEMORY_OF_A_PART = 1 << 30
"""what a process needs for a part of the usual size, about"""
PART_ROWS = 250_000
"""Rows of a part, about, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Where parts are closed: here one after the other, in processes, or by a function that is given (Spark)."""

    name: str
    memory: int = 0
    """bytes that all processes together may take, 0: as many processes as the machine has cores"""
    part_rows: int = PART_ROWS
    spark: object | None = None
    """the user's own session"""

    def workers(self) -> int:
        """Return how many processes work at the same time."""
        cores = os.cpu_count() or 1
        return max(1, min(cores, self.memory // MEMORY_OF_A_PART)) if self.memory else cores


def runner_of(name: object, memory: object, spark: object | None = None, part_rows: int = PART_ROWS) -> Runner:
    """Return the runner that a person asks for: one of RUNNERS, and memory such as ``8GB``."""
    if not isinstance(name, str) or name not in RUNNERS:
        raise WrongUsage(f"runner is {shown(name)}: give one of {', '.join(map(repr, RUNNERS))}.")
    if not isinstance(memory, str):
        raise WrongUsage(f"memory is {shown(memory)}: give a text, such as '8GB'.")
    if spark is not None and name != SPARK:
        raise WrongUsage(f"spark is given, but runner is {name!r}: give runner='spark', or leave spark out.")
    units = {"MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
    text = memory.strip().upper().replace(" ", "")
    if not text:
        return Runner(name, 0, part_rows, spark)
    number, unit = text[:-2], text[-2:]
    if unit not in units or not number.replace(".", "", 1).isdigit():
        raise WrongUsage(f"{memory!r} is no size of memory: write it as 8GB or 500MB.")
    return Runner(name, int(float(number) * units[unit]), part_rows, spark)
