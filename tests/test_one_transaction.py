"""docs/one-transaction.md is true: its functions exist, are called in its order, and leave the cells that it says."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import CodeType, FrameType

import invclose_xl
from invclose_xl.closing.compute import select_items
from invclose_xl.closing.state.ledger_state import read_state

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "one-transaction.md").read_text("utf-8")
STEPS = re.findall(r"^\| \d+ \| `([\w/]+)\.py` `([\w.]+)` \|", PAGE, re.MULTILINE)


@contextmanager
def calls() -> Iterator[dict[CodeType, int]]:
    """Count the calls of every Python function, in the order of their first."""
    noted: dict[CodeType, int] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            noted[frame.f_code] = noted.get(frame.f_code, 0) + 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield noted
    finally:
        sys.setprofile(before)


def test_the_steps_are_numbered_and_the_page_is_on_the_map() -> None:
    assert [int(n) for n in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)] == list(range(1, len(STEPS) + 1))
    assert len(STEPS) > 20
    assert "(one-transaction.md)" in (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_each_function_is_called_in_this_order_and_leaves_these_cells(tmp_path: Path) -> None:
    named = [
        attrgetter(function)(import_module(f"invclose_xl.{module.replace('/', '.')}")) for module, function in STEPS
    ]
    book = tmp_path / "fifo.xlsx"
    shutil.copy(ROOT / "examples" / "fifo.xlsx", book)
    with calls() as noted:
        summary = invclose_xl.close(book, date(2026, 2, 28), backup=False)
    called = [code for code in noted if code in {function.__code__ for function in named}]
    assert [code.co_qualname for code in called] == [function.__code__.co_qualname for function in named]

    assert noted[read_state.__code__] == 1, "what earlier runs left is read once in a run"
    assert noted[select_items.__code__] == 1
    settled, adjusted, lines = (summary.frame(name) for name in ("Settlements", "Adjustments", "Vouchers"))
    assert settled.select("issue", "receipt", "quantity", "amount").rows() == [("S1", "P1", 1, 10)]
    assert adjusted.select("transaction", "old_cost", "new_cost", "adjustment").rows() == [("S1", 20, 10, -10)]
    assert sorted(lines.select("account", "debit", "credit").rows()) == [
        ("Cost of goods sold", 0, 10), ("Inventory", 10, 0)
    ]  # fmt: skip
