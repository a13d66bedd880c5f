"""The public door: every name visible and loaded late, parameters explicit, arguments checked, amounts exact."""

import dataclasses
import inspect
import pydoc
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

import polars as pl
import pytest
from pydantic import BaseModel

import invclose_xl
from invclose_xl.domain.tables import RESULTS
from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.workbook.layout import OUTPUT_SHEETS

ROOT = Path(__file__).parent.parent
JANUARY = date(2026, 1, 31)
FUNCTIONS = [n for n in invclose_xl.__all__ if inspect.isfunction(getattr(invclose_xl, n))]
TABLES = [sheet.name for sheet in OUTPUT_SHEETS if sheet.table in RESULTS]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, invclose_xl.Summary]:
    book = tmp_path_factory.mktemp("door") / "january.xlsx"
    shutil.copy(ROOT / "examples" / "january.xlsx", book)
    return book, invclose_xl.close(book, JANUARY, backup=False)


def test_every_name_is_visible_and_there() -> None:
    assert set(invclose_xl.__all__) <= set(dir(invclose_xl))
    assert set(invclose_xl.__all__) == set(invclose_xl.MODULES) | {"__version__"}
    described = pydoc.plaintext.document(invclose_xl)
    missing = [name for name in invclose_xl.MODULES if not re.search(rf"\b{name}\b", described)]
    assert missing == []
    with pytest.raises(AttributeError, match="no attribute 'clsoe'"):
        invclose_xl.clsoe  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "[m for m in ('polars', 'numpy', 'pydantic', 'click') if m in sys.modules]"
    program = f"import sys, invclose_xl; dir(invclose_xl); print({heavy})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_parameters_are_explicit_and_described(name: str) -> None:
    function = getattr(invclose_xl, name)
    parameters = inspect.signature(function).parameters
    assert not [p for p in parameters.values() if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    described = " ".join(line.split("  ")[0] for line in inspect.getdoc(function).splitlines()[1:])
    undescribed = [p for p in parameters if not re.search(rf"\b{p}\b", described)]
    assert undescribed == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_returns_in_which_unit_and_what_it_raises(name: str) -> None:
    said = inspect.getdoc(getattr(invclose_xl, name))
    returns = re.search(r"^returns +(.+(?:\n .+)*)", said, re.M)
    assert returns
    returned = inspect.signature(getattr(invclose_xl, name)).return_annotation
    if inspect.isclass(returned):
        assert returns[1].startswith(f"{returned.__name__}: ")
        has_amounts = "Decimal" in (returned.__doc__ or "")
        assert ("Decimal" in returns[1]) == has_amounts
    errors = re.search(r"^errors +(.+(?:\n .+)*)", said, re.M)
    assert errors
    named = {word for word in re.findall(r"\b[A-Z]\w+\b", errors[1]) if word in invclose_xl.__all__}
    assert {"WrongUsage", "BookUnusable"} <= named
    assert all(issubclass(getattr(invclose_xl, word), invclose_xl.InvCloseError) for word in named)


@pytest.mark.parametrize("name", [n for n in invclose_xl.__all__ if inspect.isclass(getattr(invclose_xl, n))])
def test_a_class_of_the_door_is_described(name: str) -> None:
    """Its own text, not one that a library gave it; its public methods likewise."""
    kind = getattr(invclose_xl, name)
    described = vars(kind).get("__doc__") or ""
    assert len(described.split()) >= 5
    assert not described.startswith(f"{name}(")
    if not issubclass(kind, Exception | invclose_xl.Severity):
        assert len(described.strip().splitlines()) > 1, "fields and units"
    own = {word: value for word, value in vars(kind).items() if inspect.isfunction(value) and not word.startswith("_")}
    assert [word for word, value in own.items() if not value.__doc__ and not word.startswith("model_")] == []


WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a text for a date": (lambda b: invclose_xl.close(b, "2026-01-31"), "up_to is '2026-01-31', a str: give a date"),
    "a moment for a date": (
        lambda b: invclose_xl.close(b, datetime(2026, 1, 31, 8)), r"such as datetime\.date\(2026, 1, 31\)"
    ),
    "a text for a posting date": (lambda b: invclose_xl.reverse(b, posting_date="1.2.26"), "posting_date is '1.2.26'"),
    "a number for a date": (lambda b: invclose_xl.check(b, 20260131), "up_to is 20260131, an int"),
    "reconcile with a text": (lambda b: invclose_xl.reconcile(b, "2026-01-31"), "up_to is"),
    "compare with a text": (lambda b: invclose_xl.compare(b, "2026-01-31"), "up_to is"),
    "a package with a text": (lambda b: invclose_xl.audit_package(b, b.parent / "p", "2026-01-31"), "up_to is"),
    "recalculate with a text": (lambda b: invclose_xl.recalculate(b, "2026-01-31"), "up_to is"),
    "one text for items": (lambda b: invclose_xl.recalculate(b, items="CHAIN"), "items is 'CHAIN', a str: give a list"),
    "a number in item groups": (lambda b: invclose_xl.recalculate(b, item_groups=[7]), "item_groups is"),
    "another specification": (lambda b: invclose_xl.close(b, specification="Items"), "one of 'Total', 'Item group'"),
    "a number for a closing": (lambda b: invclose_xl.reverse(b, 3), "closing is 3, an int: give a text"),
    "a text for now": (lambda b: invclose_xl.status(b, now="today"), "now is 'today', a str"),
    "no path": (lambda _: invclose_xl.close(None), "book is None, a NoneType: give the path"),
    "bytes for a path": (lambda _: invclose_xl.verify(b"book.xlsx"), "book is b'book.xlsx'"),
    "an output that is no path": (lambda b: invclose_xl.close(b, output=1), "output is 1, an int"),
    "no subject": (lambda b: invclose_xl.explain(b, None), "name is None"),
    "one run only": (lambda b: invclose_xl.compare_runs(b, "IC-000001", None), "name both"),
    "a source that is no path": (lambda b: invclose_xl.import_book(7, output=b.parent / "n.xlsx"), "sources is 7"),
    "an export to no path": (lambda b: invclose_xl.import_book([b], output=7), "output is 7"),
    "a run that is no text": (lambda b: invclose_xl.export_voucher(b, b.parent / "v.csv", "csv", 1), "closing is 1"),
    "a next book that is no path": (lambda b: invclose_xl.roll_forward(b, None), "output is None"),
    "a model that is no text": (lambda b: invclose_xl.compare_model(b, 3), "model is 3"),
    "a target that is no path": (lambda b: invclose_xl.convert(b, 5), "target is 5"),
    "a new book at no path": (lambda _: invclose_xl.new_book(None), "book is None"),
    "buttons into no path": (lambda b: invclose_xl.attach_buttons(b, 5), "output is 5"),
    "buttons out of no path": (lambda b: invclose_xl.detach_buttons(b, None), "output is None"),
    "a word for a flag": (lambda b: invclose_xl.close(b, dry_run="no"), "dry_run is 'no', a str: give True or False"),
    "a number for a flag": (lambda b: invclose_xl.attach_buttons(b, "o.xlsm", force=1), "force is 1, an int"),
    "no rows in a part": (lambda b: invclose_xl.close(b, part_rows=0), "part_rows is 0, an int"),
    "another runner": (lambda b: invclose_xl.close(b, runner="foo"), "runner is 'foo', a str: give one of 'local'"),
    "a runner that is no text": (lambda b: invclose_xl.recalculate(b, runner=None), "runner is None, a NoneType"),
    "memory in bytes": (lambda b: invclose_xl.close(b, memory=8_000_000_000), "memory is 8000000000, an int"),
    "a size of memory without a unit": (lambda b: invclose_xl.close(b, memory="8"), "is no size of memory"),
    "a session for another runner": (lambda b: invclose_xl.close(b, spark=object()), "spark is given, but runner is"),
    "no function for progress": (lambda b: invclose_xl.close(b, progress="bar"), "progress is 'bar'"),
    "options of another kind": (
        lambda b: invclose_xl.export_voucher(b, b.parent / "v.csv", "csv", options={}), "options is no JournalOptions"
    ),
    "an unknown system": (lambda b: invclose_xl.import_book([b], output="n.xlsx", system="sap"), "system 'sap'"),
    "an empty export": (lambda b: invclose_xl.import_book([], output=b.parent / "n.xlsx"), "sources is empty"),
    "a date before the calendar of sheets": (
        lambda b: invclose_xl.close(b, date(1900, 2, 28)), "up_to is 1900-02-28: a sheet holds dates from 1900-03-01 on"
    ),
    "a posting date before it": (
        lambda b: invclose_xl.reverse(b, posting_date=date(1, 1, 1)), "posting_date is 0001-01-01"
    ),
    "a clock that shows no year": (lambda b: invclose_xl.status(b, now=datetime(1, 1, 1)), "now is 0001-01-01"),
    "a name that no file can have": (lambda _: invclose_xl.check("a\0b.xlsx"), "no file can have this name"),
    "a name that is too long": (lambda b: invclose_xl.new_book(b.parent / ("x" * 300 + ".xlsx")), "the name is longer"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_an_argument_that_cannot_be_meant_is_refused_in_words(
    what: str, closed: tuple[Path, invclose_xl.Summary]
) -> None:
    call, said = WRONG[what]
    before = closed[0].read_bytes()
    with pytest.raises(invclose_xl.WrongUsage, match=said):
        call(closed[0])
    assert closed[0].read_bytes() == before


def test_amounts_are_decimals_of_the_currency(closed: tuple[Path, invclose_xl.Summary]) -> None:
    summary = closed[1]
    assert [summary.settled_amount] == summary.frame("Lock")["settled_amount"].to_list()
    assert summary.change_of_inventory_value == summary.frame("Adjustments")["inventory_change"].sum()
    assert isinstance(summary.settled_amount, Decimal)
    assert str(summary.estimated_amount) == "0.00"
    lines = summary.frame("vouchers")
    assert lines["debit"].sum() == lines["credit"].sum() == sum(a.debit for a in summary.accounts)
    assert len(lines) > 0


@pytest.mark.parametrize("name", TABLES)
def test_the_rows_of_a_run_can_be_read_again(name: str, closed: tuple[Path, invclose_xl.Summary]) -> None:
    """As the run returned them, out of the workbook; no number is a float, and no amount an integer."""
    book, summary = closed
    made, read = summary.frame(name), invclose_xl.run_tables(book).frame(name)
    if name not in ("Log", "Locked rows"):  # the write adds a row to Log; fingerprints have no order
        assert made.equals(read)
    floats = [c for c, kind in made.schema.items() if kind.is_float()]
    amounts = [c for c in ("amount", "debit", "credit", "quantity", "adjustment", "old_cost") if c in made.columns]
    assert floats == []
    assert [c for c in amounts if not made.schema[c].is_decimal()] == []


def test_a_run_or_table_that_is_not_there(closed: tuple[Path, invclose_xl.Summary]) -> None:
    with pytest.raises(invclose_xl.UnknownRun, match="no run IC-000009; it has: IC-000001"):
        invclose_xl.run_tables(closed[0], "IC-000009")
    with pytest.raises(invclose_xl.UnknownRun, match="no run yet; it has: none"):
        invclose_xl.run_tables(ROOT / "examples" / "january.xlsx")
    with pytest.raises(invclose_xl.WrongUsage, match="no table 'Settlement'; it has: Settlements"):
        closed[1].frame("Settlement")
    report = invclose_xl.check_report(ROOT / "examples" / "january.xlsx", JANUARY)
    with pytest.raises(invclose_xl.WrongUsage, match="no list 'Prices'; it has: Open quantities"):
        report.frame("Prices")


def test_every_result_has_its_lists_as_exact_decimals(closed: tuple[Path, invclose_xl.Summary], tmp_path: Path) -> None:
    book = closed[0]
    again = tmp_path / "again.xlsx"
    shutil.copy(book, again)
    invclose_xl.reverse(again, backup=False)
    invclose_xl.recalculate(again, JANUARY, backup=False)
    reconciled = invclose_xl.reconcile(again, output=tmp_path / "reconciled.xlsx")
    check = invclose_xl.check_report(ROOT / "examples" / "january.xlsx", JANUARY)
    frames = [
        invclose_xl.explain(book, "T0270").frame(),
        invclose_xl.status(book).frame(),
        invclose_xl.compare_runs(again, "IC-000001", "IC-000003").frame("transactions"),
        *(reconciled.frame(name) for name in reconciled.tables),
        *(check.frame(name) for name in check.tables),
    ]
    assert all(isinstance(frame, pl.DataFrame) for frame in frames)
    assert [c for frame in frames for c, kind in frame.schema.items() if kind.is_float()] == []
    assert {c for frame in frames for c, kind in frame.schema.items() if kind.is_integer()} <= COUNTS


COUNTS = {"adjustments", "count", "days", "depth", "movements", "settlements", "warnings"}
"""columns of integers in the tables of results"""
IN_UNITS = re.compile("(amount|cost|value|debit|credit|quantity|balance|effect|scale|units)$")
"""a field of integers whose name says so might be minor units; numbers of rows are named by what is counted"""


def fields_below(kind: type, seen: dict[type, None]) -> Iterator[tuple[str, type]]:
    """Yield every public field and property of a result, with each class in its type, those of inner results too."""
    if kind in seen:
        return
    seen[kind] = None
    hints = {name: hint for name, hint in get_type_hints(kind).items() if get_origin(hint) is not ClassVar}
    hints |= {
        name: get_type_hints(value.fget)["return"] for name, value in vars(kind).items() if isinstance(value, property)
    }
    for name, hint in hints.items():
        if not name.startswith(("_", "model_")):
            for inner in classes_in(hint):
                yield f"{kind.__name__}.{name}", inner
                if dataclasses.is_dataclass(inner) or issubclass(inner, BaseModel):
                    yield from fields_below(inner, seen)


def classes_in(hint: Any) -> Iterator[type]:
    """Yield every class that a type mentions."""
    if isinstance(hint, type) and not get_args(hint):
        yield hint
    for part in get_args(hint):
        yield from classes_in(part)


RESULTS_OF_THE_DOOR = [
    kind for kind in (getattr(invclose_xl, n) for n in invclose_xl.__all__)
    if inspect.isclass(kind) and (dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel))
]  # fmt: skip


@pytest.mark.parametrize("kind", RESULTS_OF_THE_DOOR, ids=lambda kind: kind.__name__)
def test_a_result_shows_no_minor_units(kind: type) -> None:
    """What a result was computed from, integers of minor units, stays behind an underscore."""
    found = list(fields_below(kind, {}))
    assert found
    ours = [
        f"{field}: {inner.__name__}"
        for field, inner in found
        if inner.__module__.startswith(COMPUTED) and inner is not PartChanges
    ]
    assert ours == []
    assert [field for field, inner in found if inner in (pl.DataFrame, float)] == []
    assert [field for field, inner in found if inner is int and IN_UNITS.search(field.partition(".")[2])] == []


COMPUTED = tuple(f"invclose_xl.{room}" for room in ("domain.views", "analysis", "closing", "reports.section"))
"""where frames and figures in minor units are at home"""


def test_errors_carry_every_problem(tmp_path: Path) -> None:
    with pytest.raises(invclose_xl.BookUnusable) as unusable:
        invclose_xl.close(tmp_path / "nowhere.xlsx")
    assert (unusable.value.exit_code, isinstance(unusable.value, invclose_xl.InvCloseError)) == (5, True)
    with pytest.raises(invclose_xl.Refused) as refused:
        invclose_xl.reverse(ROOT / "examples" / "january.xlsx", output=tmp_path / "out.xlsx")
    assert [problem.code for problem in refused.value.problems] == ["IC220"]
    assert list(tmp_path.iterdir()) == []


def _no_workbook(folder: Path, kind: str) -> Path:
    """Return what somebody hands in for a book by mistake."""
    book = folder / "book.xlsx"
    january = (ROOT / "examples" / "january.xlsx").read_bytes()
    if kind == "a folder":
        book.mkdir()
    elif kind == "an old Excel file":
        book.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    elif kind != "nothing":
        book.write_bytes({"a text": b"hello", "an empty file": b"", "a part of a file": january[:20_000]}[kind])
    return book


ON_A_BOOK: dict[str, Callable[[Path, Path], Any]] = {
    "attach_buttons": lambda b, o: invclose_xl.attach_buttons(b, o.with_suffix(".xlsm")),
    "audit_package": invclose_xl.audit_package,
    "check": lambda b, _: invclose_xl.check(b),
    "check_report": lambda b, o: invclose_xl.check_report(b, output=o),
    "close": lambda b, o: invclose_xl.close(b, output=o),
    "compare": lambda b, o: invclose_xl.compare(b, output=o),
    "compare_model": lambda b, o: invclose_xl.compare_model(b, "FIFO", output=o),
    "compare_runs": lambda b, _: invclose_xl.compare_runs(b, "IC-000001", "IC-000002"),
    "convert": lambda b, o: invclose_xl.convert(b, o.with_suffix("")),
    "detach_buttons": invclose_xl.detach_buttons,
    "explain": lambda b, _: invclose_xl.explain(b, "P1"),
    "export_voucher": lambda b, o: invclose_xl.export_voucher(b, o.with_suffix(".csv"), "csv"),
    "import_book": lambda b, o: invclose_xl.import_book(b, output=o),
    "recalculate": lambda b, o: invclose_xl.recalculate(b, output=o),
    "reconcile": lambda b, o: invclose_xl.reconcile(b, output=o),
    "reverse": lambda b, o: invclose_xl.reverse(b, output=o),
    "roll_forward": invclose_xl.roll_forward,
    "run_tables": lambda b, _: invclose_xl.run_tables(b),
    "status": lambda b, _: invclose_xl.status(b),
    "verify": lambda b, _: invclose_xl.verify(b),
}


def test_every_function_is_tried_on_what_is_no_workbook() -> None:
    assert sorted([*ON_A_BOOK, "new_book"]) == sorted(FUNCTIONS)


KINDS = ["nothing", "a folder", "a text", "an empty file", "a part of a file", "an old Excel file"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ON_A_BOOK)
def test_what_is_no_workbook_is_refused_with_an_exported_error(name: str, kind: str, tmp_path: Path) -> None:
    book = _no_workbook(tmp_path, kind)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(invclose_xl.InvCloseError) as refused:
        ON_A_BOOK[name](book, tmp_path / "out.xlsx")
    assert type(refused.value).__name__ in invclose_xl.__all__
    said = str(refused.value)
    assert "Traceback" not in said
    assert said.rstrip().endswith((".", ")", "`")), said
    assert len(said) > 20
    assert sorted(tmp_path.iterdir()) == before, "nothing was written"


def test_a_new_book_takes_buttons_and_gives_them_back(tmp_path: Path) -> None:
    made = invclose_xl.new_book(tmp_path / "new.xlsx", now=datetime(2026, 2, 3))
    assert {problem.code for problem in invclose_xl.check(made.written, date(2026, 1, 31))} <= {"IC529"}
    with pytest.raises(invclose_xl.BookUnusable, match="is there already"):
        invclose_xl.new_book(made.written)
    attached = invclose_xl.attach_buttons(ROOT / "examples" / "january.xlsx", tmp_path / "buttons.xlsm")
    assert "Start" in attached.sheets
    detached = invclose_xl.detach_buttons(attached.written, tmp_path / "plain.xlsx")
    assert "Start" in detached.sheets
    assert detached.plain()["schema"] == "detach/1"
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["buttons.xlsm", "new.xlsx", "plain.xlsx"]
