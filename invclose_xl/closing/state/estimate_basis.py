"""How an estimate came about.

Source  RULES R8.1-R8.5.
"""

from enum import IntEnum


class Basis(IntEnum):
    """Where an estimate was taken from; the wording is in ``closing.estimates.basis_in_words``."""

    RUNNING_AVERAGE = 0
    MARKED_RECEIPTS = 1
    ORIGINAL_ISSUE = 2
    COST_PRICE = 3
    NO_PRICE = 4
    STANDARD_COST = 5
    MOVING_AVERAGE = 6
    PACKING_SLIP = 7
