"""The words of the column Reference: what each of them means, whatever spelling, number or language it comes in.

In      a word as it is in the sheet: a label, a name of Dynamics' own enumeration, in a column headed
        *ReferenceCategory* also its number, or a word of the user's own with a row of the sheet *References*.
Out     its Meaning, by which feeds, columns and posting profiles go; the word itself stays as it was written.
Source  WORKBOOK "Words of Reference"; RULES R6.2, R9.1.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.languages.translations import index_in_all_languages

Int8 = npt.NDArray[np.int8]
Bool = npt.NDArray[np.bool_]


class Meaning(IntEnum):
    """Meaning of the Reference of a row."""

    UNKNOWN = 0
    BLANK = 1
    SALES_ORDER = 2
    PRODUCTION = 3
    PURCHASE_ORDER = 4
    MOVEMENT = 5
    ADJUSTMENT = 6
    TRANSFER = 7
    TRANSFER_SHIPMENT = 8
    TRANSFER_RECEIPT = 9
    TRANSFER_SCRAP = 10
    OTHER_CLOSING = 11
    """a leg of another system's own average closing"""
    PRODUCTION_LINE = 12
    PROJECT = 13
    COUNTING = 14
    QUARANTINE_ORDER = 15
    QUALITY_ORDER = 16
    FIXED_ASSETS = 17
    BLOCKING = 18
    RETURN_ORDER = 19
    OPENING = 20
    KANBAN = 21
    """of a word; a row is Production or Production line, by the sign of its quantity"""


LABELS: dict[Meaning, str] = {
    Meaning.BLANK: "",
    Meaning.SALES_ORDER: "Sales order",
    Meaning.PRODUCTION: "Production",
    Meaning.PURCHASE_ORDER: "Purchase order",
    Meaning.MOVEMENT: "Movement",
    Meaning.ADJUSTMENT: "Adjustment",
    Meaning.TRANSFER: "Transfer",
    Meaning.TRANSFER_SHIPMENT: "Transfer",
    Meaning.TRANSFER_RECEIPT: "Transfer",
    Meaning.TRANSFER_SCRAP: "Transfer",
    Meaning.OTHER_CLOSING: "Weighted average inventory closing",
    Meaning.PRODUCTION_LINE: "Production line",
    Meaning.PROJECT: "Project",
    Meaning.COUNTING: "Counting",
    Meaning.QUARANTINE_ORDER: "Quarantine order",
    Meaning.QUALITY_ORDER: "Quality order",
    Meaning.FIXED_ASSETS: "Fixed assets",
    Meaning.BLOCKING: "Inventory blocking",
    Meaning.RETURN_ORDER: "Return order",
    Meaning.OPENING: "Opening",
    Meaning.KANBAN: "Kanban",
}
"""The word that stands for a meaning in posting profiles."""

OF_KANBAN = (Meaning.PRODUCTION, Meaning.PRODUCTION_LINE)
TRANSFERS = (Meaning.TRANSFER, Meaning.TRANSFER_SHIPMENT, Meaning.TRANSFER_RECEIPT, Meaning.TRANSFER_SCRAP)

_WORDS: tuple[tuple[Meaning, tuple[str, ...], tuple[int, ...]], ...] = (
    (Meaning.SALES_ORDER, ("Sales order", "Sales"), (0,)),
    (Meaning.PRODUCTION, ("Production", "Prod"), (2,)),
    (Meaning.PRODUCTION, ("BOM", "BOMMain"), (10,)),
    (Meaning.PRODUCTION, ("Co-product", "PmfProdCoBy"), (100,)),
    (Meaning.PURCHASE_ORDER, ("Purchase order", "Purch"), (3,)),
    (Meaning.MOVEMENT, ("Movement", "InventTransaction", "Transaction"), (4,)),
    (Meaning.ADJUSTMENT, ("Adjustment", "Profit/Loss", "InventLossProfit"), (5,)),
    (Meaning.TRANSFER, ("Transfer", "InventTransfer"), (6,)),
    (Meaning.TRANSFER_SHIPMENT, ("Transfer order shipment", "TransferOrderShip"), (21,)),
    (Meaning.TRANSFER_RECEIPT, ("Transfer order receive", "TransferOrderReceive"), (22,)),
    (Meaning.TRANSFER_SCRAP, ("Transfer order scrap", "TransferOrderScrap"), (23,)),
    (Meaning.OTHER_CLOSING, ("Weighted average inventory closing", "SummedUp"), (7,)),
    (Meaning.PRODUCTION_LINE, ("Production line", "ProdLine"), (8,)),
    (Meaning.PRODUCTION_LINE, ("BOM line", "BOMLine"), (9,)),
    (Meaning.KANBAN, ("Kanban", "KanbanJobProcess", "KanbanJobTransferReceipt", "KanbanJobTransferIssue",
                      "KanbanJobPickingList", "KanbanJobWIP", "KanbanEmptied"), (27, 28, 29, 30, 31, 32)),
    (Meaning.PROJECT, ("Project",), (12,)),
    (Meaning.COUNTING, ("Counting", "InventCounting"), (13,)),
    (Meaning.QUARANTINE_ORDER, ("Quarantine order", "QuarantineOrder"), (15,)),
    (Meaning.QUALITY_ORDER, ("Quality order", "QualityOrder"), (25,)),
    (Meaning.FIXED_ASSETS, ("Fixed assets", "Asset"), (20,)),
    (Meaning.BLOCKING, ("Inventory blocking", "Blocking"), (26,)),
    (Meaning.RETURN_ORDER, ("Return order",), ()),
    (Meaning.OPENING, ("Opening",), ()),
)  # fmt: skip

NUMBERS = {str(number): meaning for meaning, _, numbers in _WORDS for number in numbers}
FIRST_WORDS = tuple(dict.fromkeys(LABELS[meaning] for meaning, _, _ in _WORDS))


def make_word_key(word: str) -> str:
    """Return what two spellings of one word share."""
    return " ".join(unicodedata.normalize("NFC", word).split()).casefold()


WORDS = index_in_all_languages({word: meaning for meaning, words, _ in _WORDS for word in words}, make_word_key)


@dataclass(frozen=True, slots=True)
class ReferenceWords:
    """Meanings of the words of one book: the contract's own, and those of its sheet *References*, which go first."""

    own: Mapping[str, Meaning] = field(default_factory=dict)
    """by ``make_word_key``"""
    rules_with_numbers: bool = False
    """numbers stand for words in the posting profile: it, or a sheet of transactions, is headed *ReferenceCategory*"""

    def find_meaning(self, word: str, *, numbered: bool = False) -> Meaning:
        """Return what a word means; KANBAN where the sign of the quantity decides.

        ``numbered``: it comes from a column headed *ReferenceCategory*, where numbers stand for words.
        """
        key = make_word_key(word)
        if not key:
            return Meaning.BLANK
        found = self.own.get(key, WORDS.get(key))
        if found is None and numbered:
            found = NUMBERS.get(key)
        return Meaning.UNKNOWN if found is None else found

    def find_meanings(
        self, references: pl.Series, quantity: npt.NDArray[np.int64], numbered: Bool | None = None
    ) -> Int8:
        """Return the meaning of each row's Reference; ``numbered`` says where numbers stand for words."""
        codes = self._look_up_codes(references, numbered=False)
        if numbered is not None and numbered.any():
            codes = np.where(numbered, self._look_up_codes(references, numbered=True), codes)
        by_sign = np.where(quantity > 0, Meaning.PRODUCTION, Meaning.PRODUCTION_LINE)
        return np.where(codes == Meaning.KANBAN, by_sign, codes).astype(np.int8)

    def _look_up_codes(self, references: pl.Series, *, numbered: bool) -> Int8:
        different = references.unique().drop_nulls().to_list()
        known = {word: int(self.find_meaning(word, numbered=numbered)) for word in different}
        return references.replace_strict(known, default=int(Meaning.BLANK), return_dtype=pl.Int8).to_numpy()

    def list_posting_words(self, word: str, meaning: Meaning) -> list[str]:
        """Return what a posting profile may call a row of this Reference, nearest first: itself, then its meaning."""
        names = [make_word_key(word)]
        if meaning in OF_KANBAN and self.find_meaning(word, numbered=True) is Meaning.KANBAN:
            names.append(LABELS[Meaning.KANBAN].casefold())
        if meaning is not Meaning.UNKNOWN:
            names.append(LABELS[meaning].casefold())
        return list(dict.fromkeys(names))

    def find_rule_word(self, word: str) -> str:
        """Return the word of ``list_posting_words`` that a posting rule of this Reference stands for by its meaning."""
        meaning = self.find_meaning(word, numbered=self.rules_with_numbers)
        return make_word_key(word) if meaning is Meaning.UNKNOWN else LABELS[meaning].casefold()
