"""Arguments and options that several commands share, and how problems are said.

Source  WORKBOOK "Command line".
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from invclose_xl.cli_speech import message

if TYPE_CHECKING:
    from invclose_xl.domain.problem import Problem


class _Day(click.ParamType[date]):
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
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def say(problems: "Sequence[Problem]") -> None:
    """Print problems to stderr, like ones as one line."""
    from invclose_xl.domain.problem_groups import lines

    for line in lines(problems):
        message(line)
