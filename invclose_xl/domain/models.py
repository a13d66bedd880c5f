"""The inventory models, one line each: everything that differs between them and is no rule of matching.

Adding a model is one line below and one file of the same name in ``matching/``, in lower case (CONTRIBUTING.md).
Sheets, drop-downs, explanations and lookups follow from the line; ``matching.registry`` fails at import where the file
is missing.

Source  WORKBOOK "Item model groups", "Written" (Principles); RULES 5, R2.2, R2.6.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8] | npt.NDArray[np.int64]


class InventoryModel(IntEnum):
    """How issues find the receipts that pay for them; the value is the code in columns and never changes."""

    label: str
    """the name as sheets show it"""
    group_name: str
    """the item model group of this model in the template"""
    description: str
    rule: str
    """id of the model's rule (docs/spec/rules.md)"""
    in_words: str
    """what an explanation says of a settlement"""
    in_words_summarized: str
    """what it says where the settlement ran through a closing transfer; blank: the model makes none"""
    is_periodic: bool
    """settled by the close; standard cost and moving average are not (RULES R2.6)"""
    settles_physical: bool
    """may take physical-only transactions into its queue (RULES R2.2)"""

    FIFO = (
        0, "FIFO", "FIFO", "First in, first out", "R5.4",
        "FIFO: the oldest open receipt is settled with the oldest issue", "", True, True,
    )  # fmt: skip
    LIFO = (
        1, "LIFO", "LIFO", "Last in, first out", "R5.5",
        "LIFO: the newest open receipt is settled with the newest issue", "", True, True,
    )  # fmt: skip
    LIFO_DATE = (
        2, "LIFO date", "LIFO-D", "Last in, first out, by date", "R5.6",
        "LIFO date: the newest receipt dated up to the issue is settled with it", "", True, True,
    )  # fmt: skip
    WEIGHTED_AVERAGE = (
        3, "Weighted average", "AVG", "Weighted average of the period", "R5.7",
        "one receipt in the period, so the average is its price",
        "all receipts of the period go into one closing transfer: their average", True, False,
    )  # fmt: skip
    WEIGHTED_AVERAGE_DATE = (
        4, "Weighted average date", "AVG-D", "Weighted average by day", "R5.8",
        "one receipt that day, so the average is its price",
        "all that is left and comes in that day goes into one closing transfer: its average", True, False,
    )  # fmt: skip
    MONTHLY_AVERAGE = (
        7, "Monthly average", "AVG-M", "Weighted average by month", "R5.11",
        "one receipt that month, so the average is its price",
        "all that is left and comes in that month goes into one closing transfer: its average", True, False,
    )  # fmt: skip
    STANDARD_COST = 5, "Standard cost", "STD", "Standard cost", "R2.6", "", "", False, False
    MOVING_AVERAGE = 6, "Moving average", "MOV", "Moving average", "R8.4", "", "", False, False

    def __new__(
        cls, code: int, label: str = "", group_name: str = "", description: str = "", rule: str = "",
        in_words: str = "", in_words_summarized: str = "", is_periodic: bool = False,
        settles_physical: bool = False,
    ) -> "InventoryModel":  # fmt: skip
        """Make a member of its line; afterwards ``InventoryModel(code)`` finds it."""
        model = int.__new__(cls, code)
        model._value_ = code
        model.label, model.group_name, model.description, model.rule = label, group_name, description, rule
        model.in_words, model.in_words_summarized = in_words, in_words_summarized
        model.is_periodic, model.settles_physical = is_periodic, settles_physical
        return model

    @property
    def averages(self) -> bool:
        """Return whether issues settle from an average of several receipts (RULES R5.9)."""
        return bool(self.in_words_summarized)

    @property
    def principle(self) -> int:
        """Code of the principle by which its issues settle straight from a receipt."""
        return PRINCIPLES.index(f"{self.label} (direct)" if self.averages else self.label)

    @property
    def summarized(self) -> int:
        """Code of the principle by which its issues settle from a closing transfer."""
        return PRINCIPLES.index(f"{self.label} (summarized)")


NON_FINANCIAL_TRANSFER, MARKING = 0, 1
"""Codes of the principles that come before every model (RULES R4.1, R5.1)."""


def _name_principles(model: InventoryModel) -> tuple[str, ...]:
    if not model.is_periodic:
        return ()
    return (f"{model.label} (direct)", f"{model.label} (summarized)") if model.averages else (model.label,)


MODEL_OF_PRINCIPLE = {principle: model for model in InventoryModel for principle in _name_principles(model)}
"""principle -> the model that settles by it; the principles that come before the models are not in it"""

PRINCIPLES = ("Non-financial transfer", "Marking", *MODEL_OF_PRINCIPLE)
"""By which rule a pair was found; the code is the position."""

_PERIODIC = np.array([model.is_periodic for model in sorted(InventoryModel)], dtype=np.bool_)
_SETTLES_PHYSICAL = np.array([model.settles_physical for model in sorted(InventoryModel)], dtype=np.bool_)


def is_periodic(models: Codes) -> Bool:
    """Return whether the close settles a model, for a column of codes (RULES R2.6)."""
    return np.asarray(_PERIODIC[models])


def may_settle_physical(models: Codes) -> Bool:
    """Return whether a model may settle physical-only transactions, for a column of codes (RULES R2.2)."""
    return np.asarray(_SETTLES_PHYSICAL[models])
