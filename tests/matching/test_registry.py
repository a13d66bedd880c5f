"""A model that is declared has its rule, and one that has none stops the program at its start."""

import pytest

from invclose_xl.domain.models import MODEL_OF_PRINCIPLE, PRINCIPLES, InventoryModel, is_periodic
from invclose_xl.matching.registry import RULES, load_rule


def test_every_periodic_model_has_a_rule() -> None:
    assert {model for model in InventoryModel if model.is_periodic} == set(RULES)


def test_a_model_without_its_file_is_no_silent_model() -> None:
    with pytest.raises(ModuleNotFoundError, match="first_expired"):
        load_rule("FIRST_EXPIRED")


def test_codes_are_positions() -> None:
    assert sorted(InventoryModel) == list(range(len(InventoryModel)))
    for model in InventoryModel:
        assert bool(is_periodic(model)) == model.is_periodic


def test_every_principle_belongs_to_one_model() -> None:
    assert PRINCIPLES[:2] == ("Non-financial transfer", "Marking")
    assert tuple(MODEL_OF_PRINCIPLE) == PRINCIPLES[2:]
    for principle, model in MODEL_OF_PRINCIPLE.items():
        assert PRINCIPLES.index(principle) in {model.principle, model.summarized if model.averages else model.principle}
