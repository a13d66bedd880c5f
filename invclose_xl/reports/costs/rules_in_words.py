"""The rules in a reader's words: what an explanation says instead of, or beside, a rule's number.

Source  RULES R4-R8.
"""

from invclose_xl.domain.models import MODEL_OF_PRINCIPLE, PRINCIPLES, InventoryModel
from invclose_xl.domain.words import Cause


def _of_model(principle: str, model: InventoryModel) -> tuple[str, str]:
    """Name the rule of a settlement by a model: its own, or that of averages (RULES R5.9)."""
    if not model.averages:
        return model.rule, model.in_words
    return "R5.9", model.in_words_summarized if principle == PRINCIPLES[model.summarized] else model.in_words


OF_PRINCIPLE: dict[str, tuple[str, str]] = {
    "Non-financial transfer": (
        "R4.1",
        "issue and receipt of a transfer inside one costing group are settled with each other",
    ),
    "Marking": ("R5.1", "a mark takes precedence over the inventory model"),
    **{principle: _of_model(principle, model) for principle, model in MODEL_OF_PRINCIPLE.items()},
}
"""principle -> rule, in words"""

COSTED_AT_POSTING = frozenset(model.label for model in InventoryModel if not model.is_periodic)
"""models whose issues no receipt has to cover (RULES R2.6, R8.4)"""

OF_CAUSE: dict[str, tuple[str, str]] = {
    Cause.SETTLEMENT: ("R7.1", "an issue costs what the receipts it is settled with cost"),
    Cause.VALUE_LINK: ("R5.2", "not invoiced yet: the value is taken, nothing is settled"),
    Cause.TRANSFER: ("R6.2", "goods received by transfer cost what they cost where they came from"),
    Cause.RETURN: ("R6.2", "goods given back cost what they cost when they were sold"),
    Cause.PRODUCTION: ("R6.2", "a produced item takes what its components cost"),
    Cause.NON_FINANCIAL_TRANSFER: OF_PRINCIPLE["Non-financial transfer"],
    Cause.MANUAL_ADJUSTMENT: ("R7.4", "a cost adjustment entered by hand, or the share of a charge"),
    Cause.BECAME_FINANCIAL: ("R7.2", "the invoice came: what was adjusted before it is taken back"),
    Cause.SETTLED_BEFORE: ("R7.4", "the share of a charge that belongs to what a former system settled is expensed"),
}
"""cause -> rule, in words"""

IN_WORDS: dict[str, str] = {
    "R5.2": "not invoiced yet: the value is taken, nothing is settled",
    "R5.9": "one receipt: its price is the average; several: a closing transfer takes them all in and gives their"
    " average out",
    "R5.10": "what no receipt covers stays open at its posted cost and keeps that cost",
    "R6.2": "transfers, production and returns pass cost on; cents are shared by cumulative rounding",
    "R6.4": "costs that depend on each other in a circle are solved exactly",
    "R6.7": "cents that cannot be passed on go to the rounding difference account",
    "R7.1": "an issue costs what the receipts it is settled with cost, and the posted cost of what none covers",
    "R7.4": "a later change of a receipt's cost is passed on to the issues it was settled with",
    "R8.1": "an issue without an amount is estimated at the running average at that time",
    "R8.4": "standard cost and moving average: each posting has its cost at once, and nothing is settled",
    "R10.4": "a recalculation adjusts, it does not settle",
}
"""rule -> words, where no principle or cause says it"""


def words_of(rules: list[str]) -> dict[str, str]:
    """Return each cited rule in words, in order of citation."""
    spoken = dict(IN_WORDS)
    for rule, words in (*OF_CAUSE.values(), *OF_PRINCIPLE.values()):
        spoken.setdefault(rule, words)
    return {rule: spoken.get(rule, "") for rule in dict.fromkeys(rules)}
