"""Both ways to one result: import an export and close it, type the same business and close it, and compare.

In      paths of books.
Out     what a close settled and adjusted, as values that can be compared.
Source  WORKBOOK "Written".
"""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.results import Results, number, text

NOW = datetime(2026, 6, 1, 9, 30)
Settlement = tuple[str, str, str, str, Decimal, Decimal]


def run(*arguments: str) -> int:
    """Run a command."""
    return main(list(arguments), NOW, "controller")


def imported(source: Path, target: Path, *options: str) -> Path:
    """Import an export into a new book."""
    assert run("import", str(source), "--output", str(target), *options) == 0
    return target


def close(book: Path, *days: str) -> Results:
    """Close a book up to some days, one after the other."""
    for day in days:
        assert run("close", str(book), "--date", day, "--no-backup") == 0
    return Results(book)


def settlements(results: Results, closing: str | None = None) -> list[Settlement]:
    """Return what was settled with what."""
    rows = results.result("Settlements", closing)
    return sorted(
        (text(r["Item number"]), text(r["Principle"]), text(r["Issue"]), text(r["Receipt"]), number(r["Quantity"]),
         number(r["Amount"])) for r in rows
    )  # fmt: skip


def adjustments(results: Results, closing: str | None = None) -> list[tuple[str, str, Decimal]]:
    """Return what was adjusted by how much."""
    rows = results.result("Adjustments", closing)
    return sorted((text(r["Transaction ID"]), text(r["Cause"]), number(r["Adjustment"])) for r in rows)


def voucher(results: Results, closing: str | None = None) -> list[tuple[str, Decimal, Decimal]]:
    """Return the lines of the voucher."""
    rows = results.result("Vouchers", closing, active=False)
    return sorted((text(r["Account"]), number(r["Debit"]), number(r["Credit"])) for r in rows)


def equal(one: Results, other: Results, *, vouchers: bool = True) -> None:
    """Hold that two closed books say the same."""
    assert settlements(one), "nothing was settled, so nothing is compared"
    assert settlements(one) == settlements(other)
    assert adjustments(one) == adjustments(other)
    if vouchers:
        assert voucher(one) == voucher(other)


def refused(capsys: pytest.CaptureFixture[str], source: Path, target: Path, *options: str) -> list[str]:
    """Import what cannot be imported and return the lines; nothing is written."""
    capsys.readouterr()
    code = run("import", str(source), "--output", str(target), *options)
    said = capsys.readouterr().err.splitlines()
    assert code == 3, said
    assert not target.exists()
    assert said[-1] == "Nothing was written."
    return said[:-1]
