"""The kinds of difference between stock and general ledger: name, likely cause, what to do.

Source  WORKBOOK "Optional sheets" (Ledger); RULES R9.1, R9.3, R9.4.
"""

from enum import IntEnum


class DifferenceKind(IntEnum):
    """How a difference came about, as far as the two sides tell."""

    MISSING = 0
    MANUAL = 1
    OTHER_PERIOD = 2
    OTHER_ACCOUNT = 3
    NOT_AN_INVENTORY_ACCOUNT = 4
    TWICE = 5
    WRONG_SIGN = 6
    DECIMAL_POINT = 7
    DIGITS = 8
    SLIP_AMOUNT = 9
    ROUNDING = 10
    AMOUNT = 11
    SLIP_NOT_POSTED = 12
    NO_ACCOUNT = 13
    CLOSING_NOT_POSTED = 14
    CLOSING_LATER = 15
    GROUP_DOES_NOT_POST = 16
    GROUP_POSTED = 17
    BALANCE = 18
    OTHER_NUMBER = 19
    TAKEN_BACK_LATER = 20


NAMES: dict[DifferenceKind, tuple[str, str, str]] = {
    DifferenceKind.MISSING: (
        "Missing in the ledger", "The voucher was never posted, or was deleted.", "Post the voucher."),
    DifferenceKind.MANUAL: (
        "Manual ledger entry", "A journal was posted to an inventory account by hand; no transaction belongs to it.",
        "Reverse it, or enter what it meant as a transaction or a cost adjustment."),
    DifferenceKind.OTHER_PERIOD: (
        "Posted in another period", "The voucher carries another date in the ledger than in stock.",
        "Move the posting into the period of the transaction, or explain it as timing."),
    DifferenceKind.OTHER_ACCOUNT: (
        "Posted to another inventory account", "The posting profile, or the item group of the item, was changed.",
        "Reclassify between the two accounts; correct the profile."),
    DifferenceKind.NOT_AN_INVENTORY_ACCOUNT: (
        "Posted to an account that is not inventory", "The posting profile sent it elsewhere.",
        "Reclassify to the inventory account; correct the profile."),
    DifferenceKind.TWICE: ("Posted twice", "The same voucher was transferred a second time.", "Reverse one of them."),
    DifferenceKind.WRONG_SIGN: (
        "Posted with the wrong sign", "Debit and credit were exchanged.", "Reverse it and post it correctly."),
    DifferenceKind.DECIMAL_POINT: (
        "Decimal point moved", "The amount is ten, a hundred or a thousand times the other.", "Correct the posting."),
    DifferenceKind.DIGITS: (
        "Digits transposed", "Two digits changed places when the amount was typed.", "Correct the posting."),
    DifferenceKind.SLIP_AMOUNT: (
        "Posted at the packing slip's amount", "The invoice differs from the packing slip, whose amount was posted.",
        "Post the difference."),
    DifferenceKind.ROUNDING: (
        "Rounding", "A few minor units, from a currency or a split.", "Write it off to the rounding account."),
    DifferenceKind.AMOUNT: ("Different amount", "The two amounts differ, and no pattern tells why.",
        "Look at the voucher."),
    DifferenceKind.SLIP_NOT_POSTED: (
        "Physical value not posted", "The goods were moved, the packing slip was not posted to the ledger.",
        "Post the packing slip, or set Post physical inventory to No for the item model group."),
    DifferenceKind.NO_ACCOUNT: (
        "No inventory account", "Neither the transaction nor the posting profile names an account.",
        "Fill in the account, or add a row to the sheet Posting."),
    DifferenceKind.CLOSING_NOT_POSTED: (
        "Voucher of a close not posted", "The voucher that the close proposed is not in the ledger.",
        "Post it as shown on the sheet Vouchers."),
    DifferenceKind.CLOSING_LATER: (
        "Voucher of a close dated later", "The close used a later posting date, so stock is ahead of the ledger.",
        "No action is needed: it disappears at the posting date."),
    DifferenceKind.GROUP_DOES_NOT_POST: (
        "Item model group does not post", "The group keeps its value out of the ledger (R9.4).",
        "No action is needed if that is intended; otherwise, set Post financial inventory to Yes."),
    DifferenceKind.GROUP_POSTED: (
        "Posted although the item model group does not post", "The ledger holds what the group keeps out of it.",
        "Reverse it, or let the group post."),
    DifferenceKind.BALANCE: (
        "Balance without vouchers", "The ledger gives a balance only, so no voucher can be named.",
        "Give the ledger's lines with their vouchers."),
    DifferenceKind.OTHER_NUMBER: (
        "Posted under another voucher number", "Same account, amount and day, but the ledger has another number, or"
        " none.", "Correct the number; the balance is not affected."),
    DifferenceKind.TAKEN_BACK_LATER: (
        "Voucher taken back by a later run", "A row was changed or removed after a recalculation had posted for it; the"
        " run after that took the posting back, and is dated later.",
        "No action is needed: it disappears at the date of the later run."),
}  # fmt: skip
"""kind -> name, likely cause, what to do"""
