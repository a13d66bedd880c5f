"""A book that was rolled forward goes on as it would have: settlements, costs, vouchers, stock, cent by cent.

Random books of all models are closed for three months; one copy is rolled forward; the same is entered in both; both
are closed again, that close is reversed, and closed once more. So are an import and a workbook that was attached to.
Source  WORKBOOK "Command line" (rollforward); RULES R10.3.
"""

from pathlib import Path

import pytest

from invclose_xl.attach.attach import attach
from invclose_xl.domain.models import InventoryModel
from tests.importing import dynamics
from tests.importing.closed import imported
from tests.results import Results, text
from tests.rollforward.side_by_side import NOW, rolled, run, written
from tests.rollforward.year_books import LateRows, YearBook

MONTHS = ("2026-01-25", "2026-02-15", "2026-03-08")
AFTER = (("close", "--date", "2026-04-05"), ("reverse",), ("close", "--date", "2026-05-31"))
SEEDS = (400, 705, 855)
"""their books have all models, and of everything something: transfers, production, returns, marks, charges, loops"""


def test_a_rolled_forward_book_goes_on_the_same(tmp_path: Path) -> None:
    """The short life: one close before, one after."""
    assert play(SEEDS[0], tmp_path, MONTHS[-1:], AFTER[:1])


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_three_months_and_a_reversal_later_it_is_the_same(seed: int, tmp_path: Path) -> None:
    assert play(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("first", range(20, 120, 20))
def test_more_books_go_on_the_same(first: int, tmp_path: Path) -> None:
    assert sum(play(seed, tmp_path) for seed in range(first, first + 20)) >= 10


def test_every_model_is_tried() -> None:
    assert {i.model for seed in SEEDS for i in YearBook(seed).book.items} == {model.label for model in InventoryModel}


@pytest.mark.long
def test_an_import_goes_on_the_same(tmp_path: Path) -> None:
    """Rolled forward in February, so that its last month is still to come."""
    export = dynamics.write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    path = imported(export, tmp_path / "book.xlsx")
    assert close_all(path, ("2026-01-31", "2026-02-28"))
    go_on(path, rolled(path, tmp_path), (("close", "--date", "2026-03-31"), ("reverse",)))


@pytest.mark.long
def test_an_attached_workbook_goes_on_the_same(tmp_path: Path) -> None:
    plain, path = YearBook(SEEDS[0]).book.write(tmp_path / "theirs.xlsx"), tmp_path / "book.xlsm"
    attach(plain, path, NOW.date())
    assert close_all(path, MONTHS[-1:])
    go_on(path, rolled(path, tmp_path), AFTER[:1])


def play(seed: int, folder: Path, months: tuple[str, ...] = MONTHS, after: tuple[tuple[str, ...], ...] = AFTER) -> bool:
    """Return whether the book could be closed at all (some need a correction first)."""
    written_down = YearBook(seed).book
    path = written_down.write(folder / "book.xlsx")
    if not close_all(path, months):
        return False
    before = path.read_bytes()
    rolled_on = rolled(path, folder)
    assert path.read_bytes() == before
    along = [text(row["Transaction ID"]) for row in Results(rolled_on).transactions()]
    late = LateRows(seed, written_down, along)
    for book in (path, rolled_on):
        late.enter(book)
    return go_on(path, rolled_on, after, f"seed {seed}")


def close_all(path: Path, months: tuple[str, ...]) -> bool:
    return not any(run(path, "close", "--date", up_to) for up_to in months)


def go_on(path: Path, rolled_on: Path, after: tuple[tuple[str, ...], ...], which: str = "") -> bool:
    """Let the same runs be made in both books; return whether both made the first."""
    for number, words in enumerate(after):
        codes = run(path, *words), run(rolled_on, *words)
        assert codes[0] == codes[1], f"{which}: {words}"
        if codes[0]:
            return number > 0
        assert written(rolled_on) == written(path), f"{which}: {words}"
    return True
