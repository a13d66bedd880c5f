"""The worked examples of two and three months come out as docs/months.md works them out by hand.

Source  RULES R5.9, R6.2, R7.1, R7.2, R7.4, R10.3, R10.4.
"""

import shutil
from pathlib import Path

import pytest

from tests.closings.closed_book import run
from tests.page_figures import in_cells, without_source
from tests.results import Results, broken_laws, number, open_parts, text

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "months.md").read_text("utf-8")
TWO, THREE = PAGE.split("## Three months")


@pytest.fixture
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "examples" / request.param, tmp_path / "book.xlsx"))


def adjusted(path: Path) -> dict[str, str]:
    """Adjustments of the last run."""
    results = Results(path)
    assert broken_laws(results) == []
    rows = results.result("Adjustments", results.latest())
    return {text(r["Transaction ID"]): f"{number(r['Adjustment']):+.2f}".replace("-", "−") for r in rows}


def left(path: Path) -> dict[str, str]:
    """What is open, with its value."""
    results = Results(path)
    day = max(row["Up to date"] for row in results.rows("Lock", "Closing"))  # type: ignore[type-var]
    parts = open_parts(results, day)  # type: ignore[arg-type]
    return {
        key: f"{part.quantity.normalize():f} worth {part.value:.2f}" for key, part in parts.items() if part.quantity
    }


def voucher(path: Path) -> dict[str, str]:
    results = Results(path)
    rows = results.result("Vouchers", results.latest())
    return {text(r["Account"]): f"{number(r['Debit']) - number(r['Credit']):.2f}" for r in rows}


@pytest.mark.parametrize("book", ["two_months.xlsx"], indirect=True)
def test_two_months(book: Path) -> None:
    assert run(book, "close", "--date", "2026-01-31") == 0
    assert adjusted(book) == {"S1": "+16.00", "S2": "−5.33"}
    assert left(book) == {"IC-000001/W1/R": "8 worth 96.00"}
    assert voucher(book) == {"Cost of goods sold": "10.67", "Inventory": "-10.67"}
    assert run(book, "close", "--date", "2026-02-28") == 0
    assert adjusted(book) == {"P2": "+20.00", "S1": "+8.00", "S2": "+4.00", "S3": "+6.00"}
    assert left(book) == {"IC-000002/W1/R": "5 worth 71.00"}
    assert voucher(book) == {"Cost of goods sold": "18.00", "Inventory": "2.00", "Inventory adjustment": "-20.00"}
    assert without_source(TWO, set(in_cells(book)), {"260.00": "240.00 + 20.00", "13.00": "260.00 / 20"}) == set()


@pytest.mark.parametrize("book", ["three_months.xlsx"], indirect=True)
def test_three_months(book: Path) -> None:
    assert run(book, "close", "--date", "2026-01-31") == 0
    assert adjusted(book) == {"S1": "−9.00", "T1-OUT": "−4.50"}
    assert run(book, "close", "--date", "2026-02-28") == 0
    assert adjusted(book) == {"S1": "+18.00", "T1-OUT": "+11.00", "T1-IN": "+6.50", "S2": "+3.90"}
    assert left(book) == {"P1": "9 worth 108.00", "T1-IN": "2 worth 25.60"}
    assert run(book, "recalculate", "--date", "2026-03-15") == 0
    assert adjusted(book) == {"S3": "+2.00", "S4": "+1.60"}
    assert run(book, "close", "--date", "2026-03-31") == 0
    assert adjusted(book) == {"S4": "+6.00"}
    assert left(book) == {"P1": "5 worth 60.00"}
    assert run(book, "reverse") == 0
    assert voucher(book) == {"Cost of goods sold": "-6.00", "Inventory": "6.00"}
    assert run(book, "close", "--date", "2026-03-31") == 0
    assert adjusted(book) == {"S4": "+6.00"}
    assert without_source(THREE, set(in_cells(book)), {"24.00": "48.00 / 2"}) == set()


def test_the_script_makes_the_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import make_months  # type: ignore[import-not-found]

    for made in (make_months.two_months(tmp_path), make_months.three_months(tmp_path)):
        assert made.read_bytes() == (ROOT / "examples" / made.name).read_bytes()
