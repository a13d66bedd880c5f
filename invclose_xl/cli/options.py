"""Arguments and options that several commands share, and how problems are said.

Source  WORKBOOK "Command line".
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from invclose_xl.cli import speech
from invclose_xl.cli.speech import message

if TYPE_CHECKING:
    from invclose_xl.domain.problems.problem import Problem


if TYPE_CHECKING:
    _DateType = click.ParamType[date]
else:  # older versions of click give the type no parameter
    _DateType = click.ParamType


class _Day(_DateType):
    """A date as 2026-01-31."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-01-31", param, ctx)


DAY = _Day()
BOOK = click.argument("book", type=click.Path(path_type=Path))
DATE = click.option(
    "--date", "up_to", type=DAY, help="Closing date; default: the sheet Parameters, else the next month end."
)
FORCE = click.option(
    "--force", is_flag=True, help="Replace a file that is there already; never BOOK, never one that is open."
)


def print_problems(problems: "Sequence[Problem]") -> None:
    """Print problems to stderr, like ones as one line; each by itself where --verbose asks for it."""
    from invclose_xl.domain.problems.groups import write_lines
    from invclose_xl.domain.problems.problem import Severity

    if speech.is_(speech.VERBOSE):
        for problem in problems:
            message(problem.line())
        return
    stops = [p for p in problems if p.severity in (Severity.ERROR, Severity.REFUSED)]
    if speech.is_(speech.QUIET):
        for line in write_lines(stops):
            message(line)
        problems = [p for p in problems if p not in stops]
    for line in write_lines(problems):
        message(line, matters=False)
