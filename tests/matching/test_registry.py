"""A model that is declared has its rule, and one that has none stops the program at its start."""

import subprocess
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from invclose_xl.domain.links.marks import UNLIMITED, Marks
from invclose_xl.domain.models import MODEL_OF_PRINCIPLE, PRINCIPLES, InventoryModel, is_periodic
from invclose_xl.matching.queue import Matched
from invclose_xl.matching.registry import RULES, ModelWithoutRule, load_rule, match
from tests.books import Book, Item
from tests.core import core_book
from tests.matching.lines import movements_of, pairs_in_words, transfers_in_words


def test_every_periodic_model_has_a_rule() -> None:
    assert {model for model in InventoryModel if model.is_periodic} == set(RULES)


def test_a_model_without_its_file_is_no_silent_model() -> None:
    with pytest.raises(ModelWithoutRule, match=r"FIRST_EXPIRED .* write invclose_xl/matching/first_expired\.py"):
        load_rule("FIRST_EXPIRED")
    with pytest.raises(ImportError, match=r"write invclose_xl/matching/averages\.py with a function match"):
        load_rule("AVERAGES")


DECLARED = """
import sys, types
import invclose_xl.domain
file = invclose_xl.domain.__path__[0] + "/models.py"
line = "    FIRST_EXPIRED = 99, 'First expired', 'FEFO', 'First expired, first out', 'R5.4', 'it', '', True, True\\n"
before = "    STANDARD_COST = 5"
source = open(file, encoding="utf-8").read()
assert before in source
models = types.ModuleType("invclose_xl.domain.models")
exec(compile(source.replace(before, line + before), file, "exec"), models.__dict__)
sys.modules["invclose_xl.domain.models"] = models
import invclose_xl.api.runs
"""
"""The program, as if somebody had added the line of a model and forgotten its file."""


def test_a_model_that_is_declared_without_its_file_stops_every_run_at_import() -> None:
    done = subprocess.run([sys.executable, "-c", DECLARED], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "invclose_xl.matching.registry.ModelWithoutRule: The inventory model FIRST_EXPIRED is declared in"
        " domain/models.py and has no rule: write invclose_xl/matching/first_expired.py with a function match"
        " (CONTRIBUTING.md, Adding an inventory model), or take the line out."
    )


def test_the_command_line_says_it_to_the_engineer() -> None:
    """No fault to report with a workbook: the sentence says what to write."""
    program = "from invclose_xl.cli.main import main\nsys.exit(main(['x.xlsx']))"
    command = DECLARED.replace("import invclose_xl.api.runs", program)
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert done.returncode == 70
    assert done.stderr.startswith("The inventory model FIRST_EXPIRED is declared")
    assert "Traceback" not in done.stderr
    assert "report" not in done.stderr


def test_codes_are_positions() -> None:
    assert sorted(InventoryModel) == list(range(len(InventoryModel)))
    for model in InventoryModel:
        assert bool(is_periodic(model)) == model.is_periodic


def test_every_principle_belongs_to_one_model() -> None:
    assert PRINCIPLES[:2] == ("Non-financial transfer", "Marking")
    assert tuple(MODEL_OF_PRINCIPLE) == PRINCIPLES[2:]
    for principle, model in MODEL_OF_PRINCIPLE.items():
        assert PRINCIPLES.index(principle) in {model.principle, model.summarized if model.averages else model.principle}


MIXED = (
    "A1 01-02 +2", "A2 01-03 +2", "B1 01-02 +1", "B2 01-02 +3", "T1 01-04 -2", "T2 01-04 +2", "SA 01-10 -1",
    "SB 01-10 -2", "SM 01-11 -1", "C1 01-02 +1", "C2 01-20 +1", "SC 01-20 -1", "SH 01-21 -2", "H1 01-22 +2",
    "B3 01-12 +2", "B4 01-12 +1", "SB2 01-12 -4", "D1 01-02 +1", "D2 01-03 +1", "SD 01-03 -1",
)  # fmt: skip
"""A: weighted average; B: average by the day, of an item that stands before A; T: a transfer; M: marked to A2; C: FIFO,
its sale marked to a leg of the transfer; D: monthly average; SH is marked to H1, which is not there yet"""


def test_transfers_marks_models_and_the_numbers_of_their_legs() -> None:
    lines = list(MIXED)
    names = [line.split()[0] for line in lines]
    book = Book([Item("A", "FIFO")])
    for line in lines:
        name, _, quantity = line.split()
        more = {"transfer_id": "X", "reference": "Transfer"} if name.startswith("T") else {"reference": "Counting"}
        book.add("A", name, quantity, financial_date=date(2026, 1, 2), **more)
    group = np.array([{"B": 0, "C": 2, "D": 3}.get(name[1] if name[0] == "S" else name[0], 1) for name in names])
    movements = replace(movements_of(lines), group=group.astype(np.int32))
    eligible = np.array([name != "H1" for name in names])
    movements = replace(movements, eligible=eligible)
    models = (
        InventoryModel.WEIGHTED_AVERAGE_DATE, InventoryModel.WEIGHTED_AVERAGE, InventoryModel.FIFO,
        InventoryModel.MONTHLY_AVERAGE,
    )  # fmt: skip
    pair_of = [[names.index(name) for name in side] for side in (("SM", "SH", "SC"), ("A2", "H1", "T2"))]
    marks = Marks(*(np.array(side, dtype=np.int64) for side in (*pair_of, [UNLIMITED] * 3)))
    t = core_book(book).transactions
    transactions = replace(t, group=group.astype(np.int32), quantity=movements.quantity)
    found = match(
        transactions, movements, np.array([models[g] for g in group], dtype=np.int64), marks,
        np.zeros(3, dtype=np.int64), ~eligible, False,
    )  # fmt: skip
    matched = Matched(found.pairs, found.transfers)
    assert pairs_in_words(movements, matched) == [
        "T1 T2 2", "SM A2 1", "SC C1 1",
        "W3/I A1 2", "W3/I A2 1", "SA W3/R 1",
        "W1/I B1 1", "W1/I B2 3", "SB W1/R 2", "W2/I W1/R 2", "W2/I B3 2", "W2/I B4 1", "SB2 W2/R 4",
        "W4/I D1 1", "W4/I D2 1", "SD W4/R 1",
    ]  # fmt: skip
    assert transfers_in_words(matched) == ["01-10 4", "01-12 5", "12-31 3", "01-31 2"]
    assert [PRINCIPLES[code] for code in found.pairs.principle[:3]] == ["Non-financial transfer", "Marking", "FIFO"]
    assert found.marked.held.tolist() == [0, 2, 0]
    assert found.marked.unfulfilled.tolist() == [0, 0, 0], "a mark to a leg does not count"
    assert len(found.non_financial) == 1
