"""Make the old books anew: each story played by the program of an old version, all runs but the last one.

In      the old version's command, such as ``/opt/invclose-xl-0.1.0/bin/invclose-xl``; the stories in ``books/``.
Out     ``books/NAME.xlsx`` as the old version leaves it (a story without rows: the template, ``NAME.xlsm``); behind the
        story's last run what the old version makes of it, in the language of the cases.
Errors  CalledProcessError where the old version refuses a run; AssertionError where the command is another version's.
Source  tests/old_books/README.md.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from tests.closings.story import Step, Story, edit, read_story
from tests.language import actual_lines
from tests.results import Results

BOOKS = Path(__file__).parent / "books"
VERSION = "0.1.0"
LAST_DAY_OF_JUNE = "1782813600"
COMPARED = ("settle", "link", "adjust", "estimate", "leg", "voucher", "open", "uncovered")


def make(command: str, source: Path) -> None:
    """Make one book, and write down what the old version makes of its last run."""
    story = read_story(source)
    book = _first(command, story)
    for step in story.steps[:-1]:
        _play(command, step, book)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(book, folder))
        _play(command, story.steps[-1], copy)
        lines = actual_lines(Results(copy), _last_day(story.steps[-1]))
    told = [line for line in source.read_text("utf-8").splitlines() if not line.startswith("=>")]
    expected = [f"=> {line}" for line in sorted(lines) if line.split()[0] in COMPARED]
    source.write_text("\n".join([*told, *(expected or ["=> nothing"])]) + "\n", "utf-8")


def _first(command: str, story: Story) -> Path:
    if story.book.rows:
        return story.book.write(BOOKS / f"{story.name}.xlsx")
    book = BOOKS / f"{story.name}.xlsm"
    book.unlink(missing_ok=True)
    _run([command, "new", str(book)])
    return book


def _play(command: str, step: Step, book: Path) -> None:
    edit(book, step.edits)
    _run([command, *step.arguments(book)])


def _last_day(step: Step) -> date:
    assert step.day is not None
    return step.day


def _run(arguments: list[str]) -> None:
    """Run it at a fixed moment, by nobody in particular."""
    known = {**os.environ, "SOURCE_DATE_EPOCH": LAST_DAY_OF_JUNE, "LOGNAME": "controller"}
    subprocess.run(arguments, env=known, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    assert VERSION in subprocess.check_output([sys.argv[1], "--version"], text=True)
    for path in sorted(BOOKS.glob("*.txt")):
        make(sys.argv[1], path)
