"""Errors that a run finds come together: marks, cost adjustments, charges, feeds; what is faulty hides nothing else."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.importing.closed import run

DAY = date(2026, 1, 5)


def test_errors_of_marks_cost_adjustments_and_charges_are_named_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until all is right nothing is written; each fault is named with its cell in the first run."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Transactions"
    for row in (
        ("Transaction ID", "Item number", "Number", "Financial date", "Quantity", "Financial cost amount", "Marked to"),
        ("P1", "A", "PO-1", DAY, 10, 100, None), ("P2", "A", "PO-2", DAY, 10, 110, None),
        ("S1", "A", "SO-1", date(2026, 1, 20), -10, -100, None),
        ("S2", "A", None, date(2026, 1, 21), -2, -20, "nothing"),
    ):  # fmt: skip
        sheet.append(row)
    for name, rows in {
        "Items": [("Item number", "Item model group"), ("A", "FIFO")],
        "Item model groups": [("Item model group", "Inventory model"), ("FIFO", "FIFO")],
        "Cost adjustments": [
            ("Transaction ID", "Date", "Amount", "Applies to"),
            ("S2", DAY, 5, "Transaction"),
        ],
        "Charges": [
            ("Date", "Amount", "Spread by", "Number"),
            (DAY, 7, "Value", "PO-9"),
            (DAY, 7, "Value", "PO-1"),
            (DAY, 7, "Value", "SO-1"),
        ],
    }.items():
        added = workbook.create_sheet(name)
        for row in rows:
            added.append(row)
    book = tmp_path / "book.xlsx"
    workbook.save(book)
    before = book.read_bytes()
    assert run("close", str(book), "--date", "2026-01-31") == 3
    said = capsys.readouterr().err
    for cell in ("Transactions!G5", "'Cost adjustments'!A2", "Charges!D2"):
        assert cell in said, said
    assert said.count("(IC182)") == 2, "each with what it holds"
    assert "Charges!D2: Number, found 'PO-9'" in said
    assert "Charges!D4: Number, found 'SO-1'" in said
    assert book.read_bytes() == before
