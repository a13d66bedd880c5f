"""Numbers beyond reason in every column and parameter, and sums that leave 64 bits: errors with their cell."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.cli.main import main
from invclose_xl.domain.money import compute_unit_cost
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.layout import INPUT_SHEETS, PARAMETERS, InputColumn, InputSheet
from invclose_xl.workbook.setup.parameters import NAMES
from tests.errors.raw_book import TRANSACTIONS, base, write_book
from tests.results import Results

NOW = datetime(2026, 2, 10, 9, 30)
DAY = {"date": "2026-01-05"}
FILLED: dict[str, dict[str, Any]] = {
    "Items": {"Item number": "CHAIN", "Item model group": "FIFO"},
    "Item model groups": {"Item model group": "FIFO", "Inventory model": "FIFO"},
    "Transactions": {"Transaction ID": "T1", "Item number": "CHAIN", "Physical date": DAY, "Financial date": DAY,
                     "Quantity": 1, "Financial cost amount": 1},
    "Dimensions": {"Dimension": "Site", "Financial inventory": "Yes"},
    "Posting": {"Inventory account": "1", "Offset account": "2", "Item group": None, "Reference": None},
    "Cost adjustments": {"Transaction ID": "P1", "Date": DAY, "Amount": 1},
    "Ledger": {"Account": "1", "Amount": 1},
}  # fmt: skip
NUMBERS = (1e307, -1e307, 1e18, 1.7976931348623157e308)
COLUMNS = [(spec, column) for spec in INPUT_SHEETS if spec.name in FILLED for column in spec.columns]


@pytest.mark.parametrize(("spec", "column"), COLUMNS, ids=lambda v: getattr(v, "name", None) or v.heading)
@pytest.mark.sampled(5)
def test_every_column_refuses_them_with_the_cell(spec: InputSheet, column: InputColumn, tmp_path: Path) -> None:
    headings = list(dict.fromkeys([*FILLED[spec.name], column.heading]))
    for number, value in enumerate(NUMBERS):
        row = FILLED[spec.name] | {column.heading: value}
        sheets = base() | {spec.name: [headings, [row.get(heading) for heading in headings]]}
        problems = read_book(write_book(tmp_path / f"{number}.xlsx", sheets)).problems
        own = [p for p in problems if p.where.sheet == spec.name and p.where.heading == column.heading]
        assert any(p.severity is Severity.ERROR and p.where.row == 2 for p in own), [p.line() for p in problems]
        assert all(len(p.found) < 70 for p in own)


@pytest.mark.parametrize("name", NAMES.values())
@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.sampled(3)
def test_every_parameter_refuses_them_with_the_cell(name: str, value: float, tmp_path: Path) -> None:
    sheets = base() | {PARAMETERS.name: [["Name", "Value"], [name, value]]}
    problems = read_book(write_book(tmp_path / "book.xlsx", sheets)).problems
    assert [str(p.where) for p in problems if p.severity is Severity.ERROR] == ["Parameters!B2"]


LARGE = 999_999_999_999_999
SUMS: dict[str, tuple[str, list[str], list[list[Any]]]] = {
    "quantities": ("Transactions!D", TRANSACTIONS, [
        *([f"P{n}", "CHAIN", DAY, 0.000001 if n == 0 else 900_000_000_000, 1] for n in range(3)),
        ["S1", "CHAIN", DAY, -1, -1]]),
    "amounts": ("Transactions!E", TRANSACTIONS, [[f"P{n}", "CHAIN", DAY, 1, LARGE] for n in range(120)]),
    "prior adjustments": ("Transactions!F", [*TRANSACTIONS, "Prior adjustment"],
                          [[f"P{n}", "CHAIN", DAY, 1, 1, LARGE] for n in range(11)]),
    "settled amounts": ("Transactions!G", [*TRANSACTIONS, "Prior settled quantity", "Prior settled amount"],
                        [[f"P{n}", "CHAIN", DAY, 1, 1, 1, LARGE] for n in range(11)]),
    "physical amounts": ("Transactions!G", [*TRANSACTIONS, "Physical date", "Physical cost amount"],
                         [[f"P{n}", "CHAIN", DAY, 1, 1, DAY, LARGE] for n in range(11)]),
}  # fmt: skip


@pytest.mark.parametrize("command", ["close", "check", "recalculate", "reconcile", "status"])
@pytest.mark.parametrize("case", SUMS)
@pytest.mark.sampled(3)
def test_sums_that_leave_64_bits_are_refused(
    case: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, headings, rows = SUMS[case]
    path = write_book(tmp_path / "book.xlsx", base() | {"Transactions": [headings, *rows]})
    before = path.read_bytes()
    dated = [] if command == "status" else ["--date", "2026-01-31"]
    assert main([command, str(path), *dated], NOW, "controller") == 3
    assert any(place in line and "IC173" in line for line in capsys.readouterr().err.splitlines())
    assert path.read_bytes() == before


@pytest.mark.parametrize("sheet", ["Ledger", "Cost adjustments"])
def test_sums_of_other_sheets_are_refused(sheet: str, tmp_path: Path) -> None:
    row = {"Ledger": ["1", DAY, LARGE], "Cost adjustments": ["P1", DAY, LARGE]}[sheet]
    head = {"Ledger": ["Account", "Date", "Amount"], "Cost adjustments": ["Transaction ID", "Date", "Amount"]}[sheet]
    path = write_book(tmp_path / "book.xlsx", base() | {sheet: [head, *([row] * 12)]})
    assert [p.code for p in read_book(path).problems] == ["IC173"]


def test_a_cost_price_that_makes_too_much_of_a_quantity(tmp_path: Path) -> None:
    sheets = base() | {
        "Items": [["Item number", "Item model group", "Cost price"], ["CHAIN", "FIFO", 900_000_000_000.5]],
        "Transactions": [TRANSACTIONS, ["P1", "CHAIN", DAY, 1, 5], ["S1", "CHAIN", DAY, -1_000_000, None]],
    }
    assert [p.code for p in read_book(write_book(tmp_path / "book.xlsx", sheets)).problems] == ["IC173"]


@pytest.mark.parametrize("command", ["close", "check", "recalculate"])
def test_an_average_that_makes_too_much_of_a_quantity(command: str, tmp_path: Path) -> None:
    """One piece at the largest amount is the average of an issue of a billion: no amount of that size exists."""
    rows = [["P1", "CHAIN", DAY, 1, LARGE], ["S1", "CHAIN", {"date": "2026-01-06"}, -1_000_000_000, None]]
    path = write_book(tmp_path / "book.xlsx", base() | {"Transactions": [TRANSACTIONS, *rows]})
    before = path.read_bytes()
    assert main([command, str(path), "--date", "2026-01-31"], NOW, "controller") == 3
    assert path.read_bytes() == before


def test_what_stays_below_the_limit_is_closed_to_the_cent(tmp_path: Path) -> None:
    most = 900_000_000_000
    rows = [*([f"P{n}", "CHAIN", DAY, 1, most] for n in range(4)), ["S1", "CHAIN", {"date": "2026-01-06"}, -3, None]]
    path = write_book(tmp_path / "book.xlsx", base() | {"Transactions": [TRANSACTIONS, *rows]})
    assert main(["close", str(path), "--date", "2026-01-31"], NOW, "controller") == 0


def test_a_compiled_product_never_wraps() -> None:
    """The compiled twin raises where the quotient leaves 64 bits, as the plain one fails to be stored."""
    from invclose_xl.compiled.widened import _mul_div_wide

    assert _mul_div_wide(10**17, 3 * 10**15, 10**15) == 3 * 10**17
    for amount, part, whole in ((10**18, 10, 1), (10**18, 10**18, 1), (-(10**18), 10**12, 10**3)):
        with pytest.raises(OverflowError):
            _mul_div_wide(amount, part, whole)


@pytest.mark.parametrize(
    "arguments",
    [["close"], ["check"], ["recalculate"], ["status"], ["reconcile"], ["explain", "LATE"]],
    ids=lambda a: a[0],
)
@pytest.mark.sampled(3)
def test_the_last_day_of_the_calendar_stops_no_command(arguments: list[str], tmp_path: Path) -> None:
    rows = [["P1", "CHAIN", DAY, 10, 100], ["S1", "CHAIN", {"date": "2026-01-06"}, -4, -40],
            ["LATE", "CHAIN", {"date": "9999-12-31"}, 1, 10]]  # fmt: skip
    path = write_book(tmp_path / "book.xlsx", base() | {"Transactions": [TRANSACTIONS, *rows]})
    run = [arguments[0], str(path), *arguments[1:]]
    assert main(run, NOW, "controller") == 0
    if arguments[0] == "recalculate":
        return
    assert main(["close", str(path), "--date", "9999-12-31"], NOW, "controller") == 0
    for other in ("check", "status", "reconcile"):
        assert main([other, str(path)], NOW, "controller") in (0, 4), other


@pytest.mark.parametrize("model", ["FIFO", "Moving average", "Weighted average"])
@pytest.mark.parametrize(("quantity", "amount"), [(0.000001, 900_000_000_000), (1, 9_300_000_000_000)])
@pytest.mark.sampled(3)
def test_a_unit_that_costs_more_than_64_bits_of_millionths(
    quantity: float, amount: int, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Amounts stay exact; a unit cost that no cell can hold is left blank, in *Stock value* and in the reports."""
    rows = [["P1", "CHAIN", DAY, 2 * quantity, amount], ["P2", "CHAIN", DAY, quantity, amount],
            ["S1", "CHAIN", {"date": "2026-01-06"}, -quantity, -amount]]  # fmt: skip
    groups = [["Item model group", "Inventory model"], ["FIFO", model]]
    sheets = base() | {"Item model groups": groups, "Transactions": [TRANSACTIONS, *rows]}
    path = write_book(tmp_path / "book.xlsx", sheets)
    for run in (["check", "--date", "2026-01-31"], ["close", "--date", "2026-01-31"], ["reconcile"], ["explain", "P1"],
                ["status"], ["check", "--date", "2026-02-05"], ["reverse"]):  # fmt: skip
        assert main([run[0], str(path), *run[1:]], NOW, "controller") == 0, (run, capsys.readouterr().err)
        if run[0] == "close":
            value = Results(path).result("Stock value", "IC-000001", active=False)
            assert [float(row["Closing quantity"]) for row in value] == [2 * quantity]
            assert not value[0]["Unit cost"]


@pytest.mark.parametrize(
    ("value", "quantity", "each"),
    [(100, 3, 33_333_333), (-100, 3, -33_333_333), (0, 5, 0), (5, 0, None), (10**14 - 1, 1, (10**14 - 1) * 10**4),
     (10**14, 1, None), (-(10**14), 1, None)],
)  # fmt: skip
def test_a_unit_cost_for_people_to_look_at(value: int, quantity: int, each: int | None) -> None:
    assert compute_unit_cost(value, quantity, 0 if quantity == 3 else 2, 0) == each
