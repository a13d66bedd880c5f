"""The rules in a reader's words: what an explanation says instead of, or beside, a rule's number.

Source  RULES R4-R8.
"""

from invclose_xl.domain.words import Cause

OF_PRINCIPLE: dict[str, tuple[str, str]] = {
    "Non-financial transfer": ("R4.1", "a transfer inside one costing group is settled with its own other leg"),
    "Marking": ("R5.1", "a mark set by a user beats the inventory model"),
    "FIFO": ("R5.4", "FIFO: the oldest open receipt pays for the oldest issue"),
    "LIFO": ("R5.5", "LIFO: the newest open receipt pays for the newest issue"),
    "LIFO date": ("R5.6", "LIFO date: the newest receipt dated up to the issue pays for it"),
    "Weighted average (direct)": ("R5.9", "one receipt in the period, so the average is its price"),
    "Weighted average (summarized)": ("R5.9", "all receipts of the period go into one closing transfer: their average"),
    "Weighted average date (direct)": ("R5.9", "one receipt that day, so the average is its price"),
    "Weighted average date (summarized)": ("R5.9", "all that is left and comes in that day goes into one closing"
                                           " transfer: its average"),
}  # fmt: skip
"""principle -> rule, in words"""

OF_CAUSE: dict[str, tuple[str, str]] = {
    Cause.SETTLEMENT: ("R7.1", "an issue costs what it takes from its receipts"),
    Cause.VALUE_LINK: ("R5.2", "not invoiced yet: the value is taken, nothing is settled"),
    Cause.TRANSFER: ("R6.2", "goods received by transfer cost what they cost where they came from"),
    Cause.RETURN: ("R6.2", "goods given back cost what they cost when they were sold"),
    Cause.PRODUCTION: ("R6.2", "a produced item takes what its components cost"),
    Cause.NON_FINANCIAL_TRANSFER: OF_PRINCIPLE["Non-financial transfer"],
    Cause.MANUAL_ADJUSTMENT: ("R7.4", "a cost adjustment entered by hand on the sheet Cost adjustments"),
    Cause.BECAME_FINANCIAL: ("R7.2", "the invoice came: what was adjusted before it is taken back"),
}
"""cause -> rule, in words"""

IN_WORDS: dict[str, str] = {
    "R5.2": "not invoiced yet: the value is taken, nothing is settled",
    "R5.9": "one receipt: its price is the average; several: a closing transfer takes them all in and gives their"
    " average out",
    "R5.10": "what no receipt covers stays open at its posted cost and is never re-priced",
    "R6.2": "transfers, production and returns hand cost on; cents are shared by cumulative rounding",
    "R6.4": "a loop of transactions that pay for each other is solved exactly",
    "R6.7": "cents that a feed cannot hand on go to the rounding difference account",
    "R7.1": "an issue costs what it takes from its receipts, and the posted cost of what none covers",
    "R7.4": "a later change of a receipt's cost is handed down the settlements it took part in",
    "R8.1": "an issue without an amount is estimated at the running average of its moment",
    "R10.4": "a recalculation adjusts, it does not settle",
}
"""rule -> words, where no principle or cause says it"""


def words_of(rules: list[str]) -> dict[str, str]:
    """Return each cited rule in words, in order of citation."""
    spoken = dict(IN_WORDS)
    for rule, words in (*OF_CAUSE.values(), *OF_PRINCIPLE.values()):
        spoken.setdefault(rule, words)
    return {rule: spoken.get(rule, "") for rule in dict.fromkeys(rules)}
