"""A progress bar on long work, when somebody is watching; a line for each step where --verbose asks for it.

In      calls ``progress(what, done, total)`` from the work.
Out     a bar on stderr if that is a terminal, else nothing; or lines.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from invclose_xl.cli import speech

ProgressCall = Callable[[str, int, int], None]


@contextmanager
def shown_progress() -> Iterator[ProgressCall | None]:
    """Yield a callback that draws or says each step, or None where nobody is watching."""
    if speech.is_(speech.VERBOSE):
        said: set[str] = set()

        def say_once(what: str, done: int, total: int) -> None:
            if what not in said:
                said.add(what)
                speech.message(what)

        yield say_once
        return
    if speech.is_(speech.QUIET):
        yield None
        return
    if sys.stderr is None or sys.stderr.closed or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def call(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type] # rich's own id type

        yield call
