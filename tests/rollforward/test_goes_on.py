"""A book that was rolled forward goes on as it would have: settlements, costs, vouchers, stock, cent by cent.

Random books of every kind are closed for three months; one copy is rolled forward; both are closed again, that close
is reversed, and closed once more.
Source  WORKBOOK "Command line" (rollforward); RULES R10.3.
"""

from pathlib import Path

import pytest

from tests.by_the_rules.small_books import SmallBook
from tests.rollforward.side_by_side import rolled, run, written

MONTHS = ("2026-01-25", "2026-02-15", "2026-03-08")
AFTER = (("close", "--date", "2026-04-05"), ("reverse",), ("close", "--date", "2026-05-31"))
SEEDS = (5, 11)
"""transfers, production, returns, marks, charges, loops, averages of every kind are among them"""


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_a_rolled_forward_book_goes_on_the_same(seed: int, tmp_path: Path) -> None:
    assert play(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("first", range(20, 180, 20))
def test_more_books_go_on_the_same(first: int, tmp_path: Path) -> None:
    assert sum(play(seed, tmp_path) for seed in range(first, first + 20)) >= 10


def play(seed: int, folder: Path) -> bool:
    """Return whether the book could be closed at all (some need a correction first)."""
    path = SmallBook(seed).book.write(folder / "book.xlsx")
    if any(run(path, "close", "--date", up_to) for up_to in MONTHS):
        return False
    before = path.read_bytes()
    rolled_on = rolled(path, folder)
    assert path.read_bytes() == before
    for words in AFTER:
        codes = run(path, *words), run(rolled_on, *words)
        assert codes[0] == codes[1], f"seed {seed}: {words}"
        if codes[0]:
            return True
        assert written(rolled_on) == written(path), f"seed {seed}: {words}"
    return True
