"""Make the books of one version: each story played by that version's program, all runs but the last one.

In      the version's command, such as ``/opt/invclose-xl-0.1.0/bin/invclose-xl``; the stories in ``books/``.
Out     ``books/VERSION/NAME.xlsx`` as that version leaves it (a story without rows: the template, ``NAME.xlsm``);
        behind the last run of a story that is new, what that version makes of it, in the language of the cases.
Errors  CalledProcessError where the version refuses a run.
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
STORIES_NEW_IN = {
    "0.2.0": {"a_row_changed", "charge_on_an_average", "goods_in_transit", "monthly_average"},
}
"""stories that the versions before cannot play, or have not"""
LAST_DAY_OF_JUNE = "1782813600"
COMPARED = ("settle", "link", "adjust", "estimate", "leg", "voucher", "open", "uncovered")


def make(command: str, version: str, source: Path) -> None:
    """Make one book; write down what its last run makes of it, where no version before has done so."""
    story = read_story(source)
    book = _first(command, story, BOOKS / version)
    for step in story.steps[:-1]:
        _play(command, step, book)
    if story.steps[-1].expected:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(book, folder))
        _play(command, story.steps[-1], copy)
        lines = actual_lines(Results(copy), _last_day(story.steps[-1]))
    told = source.read_text("utf-8").splitlines()
    expected = [f"=> {line}" for line in sorted(lines) if line.split()[0] in COMPARED]
    source.write_text("\n".join([*told, *(expected or ["=> nothing"])]) + "\n", "utf-8")


def _first(command: str, story: Story, folder: Path) -> Path:
    if story.book.rows:
        return story.book.write(folder / f"{story.name}.xlsx")
    book = folder / f"{story.name}.xlsm"
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


def stories_of(version: str) -> list[Path]:
    """Return the stories that a version plays."""
    later = {name for since, names in STORIES_NEW_IN.items() if since > version for name in names}
    return [path for path in sorted(BOOKS.glob("*.txt")) if path.stem not in later]


if __name__ == "__main__":
    its_version = subprocess.check_output([sys.argv[1], "--version"], text=True).split()[-1]
    (BOOKS / its_version).mkdir(exist_ok=True)
    for path in stories_of(its_version):
        make(sys.argv[1], its_version, path)
