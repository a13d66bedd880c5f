"""Tables of every type a person may have give the same book: CSV, many files, integers, long numbers."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from invclose_xl.api.context.places import read_data
from invclose_xl.api.converting import convert
from invclose_xl.cli.main import main
from tests.tables.both import assert_same, results

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "two_months.xlsx"
TRANSACTIONS = ("transactions.parquet", "Quantity")


def _csv(folder: Path, separator: str = ",") -> None:
    for path in folder.glob("*.parquet"):
        pl.read_parquet(path).write_csv(path.with_suffix(".csv"), separator=separator, include_bom=separator == ";")
        path.unlink()


def _many_files(folder: Path) -> None:
    path = folder / "transactions.parquet"
    frame = pl.read_parquet(path)
    path.unlink()
    (folder / "transactions").mkdir()
    for number, piece in enumerate(frame.iter_slices(2), 1):
        piece.write_parquet(folder / "transactions" / f"part-{number}.parquet")
    (folder / "transactions" / "_SUCCESS").touch()


def _cast(*types: tuple[str, pl.DataType]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "transactions.parquet"
        pl.read_parquet(path).with_columns(pl.col(name).cast(dtype) for name, dtype in types).write_parquet(path)

    return change


FORMS = {
    "csv": _csv,
    "csv with semicolons": lambda folder: _csv(folder, ";"),
    "csv with tabs": lambda folder: _csv(folder, "\t"),
    "many files": _many_files,
    "long decimals": _cast(("Quantity", pl.Decimal(38, 20)), ("Financial cost amount", pl.Decimal(38, 18))),
    "moments": _cast(("Financial date", pl.Datetime("us"))),
    "categories": _cast(("Item number", pl.Categorical()), ("Transaction ID", pl.Categorical())),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.sampled(4)
def test_a_form_gives_the_same_results(form: str, tmp_path: Path) -> None:
    convert(EXAMPLE, tmp_path / "one")
    convert(EXAMPLE, tmp_path / "other")
    FORMS[form](tmp_path / "other")
    for name in ("one", "other"):
        assert main(["close", str(tmp_path / name), "--date", "2026-01-31"], NOW, "auditor") == 0
    assert_same(results(tmp_path / "one"), results(tmp_path / "other"))


def _write(folder: Path, **columns: list[object]) -> None:
    folder.mkdir(exist_ok=True)
    pl.DataFrame({"Item number": ["A"], "Item model group": ["FIFO"]}).write_parquet(folder / "items.parquet")
    pl.DataFrame({"Item model group": ["FIFO"], "Inventory model": ["FIFO"]}).write_parquet(
        folder / "item_model_groups.parquet"
    )
    pl.DataFrame(columns).write_parquet(folder / "transactions.parquet")


def test_integers_are_ids_and_amounts_of_any_length(tmp_path: Path) -> None:
    """A record ID has up to 19 digits: no table loses any of them, and no amount a cent."""
    _write(
        tmp_path / "data",
        **{
            "RecId": [5637144576000000001, 5637144576000000002],
            "ItemId": ["A", "A"],
            "DateFinancial": [date(2026, 1, 5), date(2026, 1, 20)],
            "Qty": [3, -1],
            "CostAmountPosted": [Decimal("1234567890123456.78"), Decimal("-411522630041152.26")],
        },
    )
    book = read_data(tmp_path / "data").book
    assert book is not None
    assert book.transactions.id.to_list() == ["5637144576000000001", "5637144576000000002"]
    assert book.transactions.financial_amount.tolist() == [123456789012345678, 41152263004115226]


@pytest.mark.parametrize(
    ("day", "line"),
    [
        (datetime(2026, 1, 5, 12, 30), "A date must not include a time of day."),
        (datetime(1753, 1, 1), "1 cell of Financial date holds the empty date of another system"),
        (date(1900, 1, 1), "1 cell of Financial date holds the empty date of another system"),
        (date(1850, 5, 1), "Only dates from 1900-03-01 to 9999-12-31 can be read."),
    ],
)
def test_days_are_judged_as_on_a_sheet(day: date, line: str, tmp_path: Path) -> None:
    _write(
        tmp_path / "data",
        **{
            "Transaction ID": ["P1"],
            "Item number": ["A"],
            "Physical date": [date(2026, 1, 5)],
            "Financial date": [day],
            "Quantity": [1],
            "Financial cost amount": [Decimal("1.00")],
        },
    )
    said = [problem.line() for problem in read_data(tmp_path / "data").problems]
    assert any(text.startswith("transactions.parquet row 1: Financial date") and line in text for text in said), said


def test_rows_of_many_files_are_named_by_their_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    convert(EXAMPLE, tmp_path / "data")
    path = tmp_path / "data" / "transactions.parquet"
    frame = pl.read_parquet(path)
    path.unlink()
    (tmp_path / "data" / "transactions").mkdir()
    frame.write_parquet(tmp_path / "data" / "transactions" / "a.parquet")
    frame.with_columns(pl.col("Item number") + "?").head(1).write_csv(tmp_path / "data" / "transactions" / "b.csv")
    assert main(["check", str(tmp_path / "data")], NOW, "auditor") == 3
    err = capsys.readouterr().err
    assert "transactions/b.csv row 2: Transaction ID" in err
    assert "is already used in transactions/a.parquet row 1" in err


def test_what_is_not_carried_over_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    january = EXAMPLE.with_name("january.xlsx")
    assert main(["convert", str(january), str(tmp_path / "data")], NOW, "auditor") == 0
    assert "Not carried over: the sheet Read me; the sheet Stock by item." in capsys.readouterr().out
    path = tmp_path / "data" / "items.parquet"
    pl.read_parquet(path).with_columns(Buyer=pl.lit("me")).write_parquet(path)
    assert main(["convert", str(tmp_path / "data"), str(tmp_path / "back.xlsx")], NOW, "auditor") == 0
    assert "Not carried over: the column Buyer of Items." in capsys.readouterr().out
