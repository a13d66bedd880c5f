"""Whatever happens while a button works, the book and the application's settings are as before.

Source  WORKBOOK "Written"; RULES R10.
"""

import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("xlwings", reason="the macros speak to the open book through xlwings")
pytest.importorskip("pyopenvba", reason="the template's VBA project is built with pyOpenVBA")

from invclose_xl import macros
from invclose_xl.api import runs
from invclose_xl.cli.main import main
from invclose_xl.template_builder.build import new_book
from invclose_xl.workbook.open_book.book import WHILE_WORKING, OpenBook, Stopped
from invclose_xl.workbook.open_book.changes import apply, changes
from invclose_xl.workbook.results.earlier_cells import result_sheets
from tests.macros.memory import Injected, Memory
from tests.macros.pressing import JANUARY, LATER, NOW, RESULTS, opened


def count_of_calls(template: Path, tmp_path: Path) -> int:
    shutil.copy(template, tmp_path / "count.xlsm")
    memory = opened(tmp_path / "count.xlsm")
    macros.close(NOW, "Ann")
    return memory.calls


@pytest.mark.parametrize(("source", "every"), [("template", 1), ("january", 6)])
@pytest.mark.sampled(2)
def test_a_failure_at_any_step_leaves_the_book_as_it_was(
    source: str, every: int, template: Path, tmp_path: Path
) -> None:
    """Calls that change something are made to fail one after the other: with result sheets there, and without any."""
    original = template if source == "template" else JANUARY
    path, closed = tmp_path / original.name, tmp_path / f"closed{original.suffix}"
    shutil.copy(original, path)
    assert main([str(path), "--output", str(closed)], NOW, "Ann") == 0
    before, after = result_sheets(path), result_sheets(closed)
    memory = opened(path)
    live = OpenBook.caller()
    whole, ours = memory.state(), memory.state(tuple(RESULTS))
    failed = 0
    while True:
        memory.calls, memory.fail_at = 0, 1 + failed * every
        try:
            live.replace_results(before, after)
        except Injected:
            failed += 1
            memory.fail_at = 0
            assert memory.state(tuple(RESULTS)) == ours, f"call {1 + (failed - 1) * every}"
            continue
        break
    assert failed > 20
    others = tuple(name for name in whole["sheets"] if name not in RESULTS)
    assert memory.state(others)["sheets"] == {name: whole["sheets"][name] for name in others}


PRESSED = {
    "check": macros.check, "close": macros.close, "reverse": macros.reverse, "remove": macros.remove_examples,
}  # fmt: skip
POSITIONS = 7


@pytest.mark.parametrize("name", PRESSED)
@pytest.mark.sampled(3)
def test_a_button_that_fails_anywhere_leaves_the_book_as_it_was(name: str, template: Path, tmp_path: Path) -> None:
    """Calls that read or write are made to fail, from the first to the last: the work is done whole, or not at all."""
    path = tmp_path / "month.xlsx"
    new_book(path, date(2026, 2, 3))
    if name == "reverse":
        assert main([str(path)], NOW, "Ann") == 0

    def pressed(fail_at: int) -> tuple[Memory, Any, dict[str, Any]]:
        for kept in tmp_path.glob("month.before*"):
            kept.unlink()
        memory = opened(path, "yes", "yes")
        if name == "check":
            memory.book["Transactions"]["I3"] = 0
        table = next(iter(memory.book["Transactions"].tables.values()))
        table.ref = table.ref.replace("501", "7")
        before, settings = memory.state(), dict(memory.settings)
        memory.counts_reading, memory.fail_at = True, fail_at
        PRESSED[name](LATER, "Ann")
        return memory, before, settings

    whole, before, _ = pressed(0)
    assert whole.state() != before
    done = 0
    for position in range(POSITIONS):
        memory, before, settings = pressed(1 + position * (whole.calls - 1) // (POSITIONS - 1))
        assert memory.settings == settings
        if memory.said[-1] == whole.said[-1]:
            assert memory.state()["sheets"] == whole.state()["sheets"]
            done += 1
        else:
            assert memory.state() == before, memory.said
            assert "othing was changed" in memory.said[-1]
    assert done <= 2, "of the calls, few may be left out: the first and the last"


@pytest.mark.long
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_failing_button_gives_settings_back_and_says_so(share: float, template: Path, tmp_path: Path) -> None:
    calls = count_of_calls(template, tmp_path)
    path = tmp_path / "month.xlsm"
    shutil.copy(template, path)
    memory = opened(path)
    state, settings = memory.state(), dict(memory.settings)
    memory.fail_at = max(1, round(share * calls))
    macros.close(NOW, "Ann")
    assert memory.calls >= memory.fail_at
    assert memory.state() == state
    assert memory.settings == settings
    assert "Nothing was changed" in memory.said[-1]
    assert not list(tmp_path.glob("month.before*"))


def test_escape_stops_and_changes_nothing(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = opened(book)
    state = memory.state()
    monkeypatch.setattr(OpenBook, "is_escape_pressed", lambda self: memory.calls > 20)
    macros.close(NOW, "Ann")
    assert memory.said[-1] == "Stopped with Esc. Nothing was changed."
    assert memory.state() == state


def test_settings_come_back_after_any_end(book: Path) -> None:
    memory = opened(book, "no")
    memory.settings["calculation"] = "manual"
    settings = dict(memory.settings)
    for press in (macros.check, macros.close, macros.reverse):
        press(NOW, "Ann")
        assert memory.settings == settings


@pytest.mark.long
def test_what_cannot_be_taken_back_is_said_with_the_copy(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = opened(book)

    def broken(*_: Any) -> None:
        raise Injected("The application has gone away.")

    memory.meanwhile = lambda call: broken() if call > 30 else None
    macros.close(NOW, "Ann")
    kept = book.with_name("month.before-IC-000001.xlsm")
    assert kept.name in memory.said[-1]
    assert "without saving" in memory.said[-1]
    assert kept.exists()


def test_everything_is_computed_and_kept_before_the_first_cell(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And while cells are written, the screen stands still, no event runs and nothing is calculated."""
    memory = opened(book)
    kept, computed, seen = book.with_name("month.before-IC-000001.xlsm"), [], []
    close = runs.close

    def closing(*args: Any, **how: Any) -> Any:
        computed.append(summary := close(*args, **how))
        return summary

    def writing(_call: int) -> None:
        settings = {name: memory.settings[name] for name in WHILE_WORKING}
        seen.append((len(computed), kept.exists(), settings == WHILE_WORKING))

    monkeypatch.setattr(runs, "close", closing)
    memory.meanwhile = writing
    macros.close(NOW, "Ann")
    assert len(seen) > 20
    assert set(seen) == {(1, True, True)}


def test_the_plan_is_whole_before_the_first_cell(book: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed.xlsm"
    assert main([str(book), "--output", str(closed)], NOW, "Ann") == 0
    memory = opened(book)
    planned = changes(result_sheets(book), result_sheets(closed), True)
    assert memory.calls == 0
    with pytest.raises(Stopped):
        apply(OpenBook.caller().book, planned, lambda done, total: (_ for _ in ()).throw(Stopped("no")))
    assert memory.calls == 0


def test_escape_is_asked_of_windows(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only while the application is in front, so that Esc in another window stops nothing."""
    opened(book)
    live = OpenBook.caller()
    keys, front = {"value": 0x8000}, {"value": live.app.hwnd}
    user = SimpleNamespace(
        GetAsyncKeyState=lambda key: keys["value"] if key == 0x1B else 0, GetForegroundWindow=lambda: front["value"]
    )
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("ctypes.windll", SimpleNamespace(user32=user), raising=False)
    assert live.is_escape_pressed()
    with pytest.raises(Stopped):
        live.progress("writing", 1, 2)
    front["value"] = 99
    assert not live.is_escape_pressed()
    front["value"], keys["value"] = live.app.hwnd, 0
    assert not live.is_escape_pressed()
