"""One unit more in any figure of any file of the auditor's package: its script says so, whatever SHA256SUMS says.

The figures of the book itself: tests/audit/test_every_number.py. ``spoiling`` lists what counts as a figure.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from invclose_xl.audit import verify_close
from invclose_xl.audit.verify_close import Book, Check
from invclose_xl.cli.main import main
from tests.audit.spoiling import Figure, in_picture, in_text, in_workbook, spoilt
from tests.closings.test_rows_at_random import Life

Checks = Callable[[Book, Path], list[Check]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of a book that was closed and has a ledger; the issues of one item settle what came from another."""
    life, folder = Life(random.Random(10), known=False), tmp_path_factory.mktemp("package")
    for _ in range(9):
        life.post()
    life.book.ledger = [{"Account": "1410", "Date": life.closed + timedelta(days=20), "Amount": 123},
                        {"Account": "1420", "Date": life.closed + timedelta(days=21), "Amount": 45}]  # fmt: skip
    book = life.book.write(folder / "book.xlsx")
    assert main([str(book), "--date", str(life.closed + timedelta(days=28)), "--no-backup"]) == 0
    assert main(["reconcile", str(book), "--package", str(folder / "auditor")]) == 0
    assert not any(check.faults for check in verify_close.verify_folder(folder / "auditor"))
    return folder / "auditor"


def copies(book: Book, place: Path) -> list[Check]:
    """The checks of the CSV files."""
    return [*verify_close.list_copies(book, place), verify_close.check_explained(book, place)]


def workbook(book: Book, place: Path) -> list[Check]:
    """The checks of the reconciliation."""
    return verify_close.check_reconciliation(book, place)


def readme(book: Book, place: Path) -> list[Check]:
    """The check of the README."""
    return [verify_close.check_readme(book, place)]


def explanations(book: Book, place: Path) -> list[Check]:
    """The check of the explanations."""
    return [verify_close.check_explanations(book, place)]


def is_date_of_difference(figure: Figure) -> bool:
    """Whether a figure is a date on the sheet *Differences*: the script compares the amounts there, not the dates."""
    return figure.part.endswith("sheet11.xml") and len(figure.was) == len("46042") and figure.was.isdigit()


def figures_of(package: Path) -> Iterator[tuple[Figure, Checks]]:
    for file in sorted(p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file()):
        if file.endswith(".csv"):
            yield from ((figure, copies) for figure in in_text(package, file, names=False))
        elif file == "reconciliation.xlsx":
            yield from (
                (figure, workbook) for figure in in_workbook(package, file) if not is_date_of_difference(figure)
            )
        elif file == "README.md":
            yield from ((figure, readme) for figure in in_text(package, file) if figure.end < 700)
        elif file.endswith(".txt"):
            yield from ((figure, explanations) for figure in in_text(package, file))
        elif file.endswith(".svg"):
            yield from ((figure, explanations) for figure in in_picture(package, file))


@pytest.mark.long
def test_one_unit_more_in_any_figure_is_found(package: Path) -> None:
    book = Book(package / "book.xlsx")
    tried, missed = Counter[str](), []
    for figure, checks in figures_of(package):
        tried[Path(figure.file).suffix] += 1
        with spoilt(package, figure):
            if not any(check.faults for check in checks(book, package)):
                missed.append(str(figure))
    assert missed == []
    assert all(tried[ending] > 20 for ending in (".csv", ".xlsx", ".txt", ".svg")), tried
