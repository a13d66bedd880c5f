"""A book as the engine sees it: items, transactions in columns, parameters, and what earlier closings left.

Every array of Transactions has one element per row, in row order (RULES R1, "row order"). Days are int32 days
since 1970-01-01, NO_DATE where blank; amounts int64 minor units as magnitudes (positive on issues too), NO_AMOUNT
where blank; quantities int64 in units of 10**-quantity_scale. Codes are int32, -1 where blank. Text compares
trimmed and without regard to case (RULES R0): codes stand for equal texts, the text columns keep the spelling.

Source  WORKBOOK "Read"; RULES R1, R3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.days import to_date
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT, format_amount
from invclose_xl.domain.parameters import Parameters
from invclose_xl.domain.problems.problem import CellRef
from invclose_xl.domain.references import Int8, ReferenceWords
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import SpreadBy

NO_DATE = -(2**31)
NO_CODE = -1

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Bool = npt.NDArray[np.bool_]
Integers = Int64 | Int32
Hashes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class SheetCells:
    """Where the fields of one input sheet stand, so that a finding about row i can name its cell."""

    sheet: str
    columns: Mapping[str, tuple[str, str]]
    """field -> (column letter, heading as the user wrote it); fields without a column are missing"""
    rows: Int32
    """sheet row of every row of the table"""
    parts: tuple["SheetCells", ...] = ()
    """the sheets that a table goes on in, the first of them this one; none where it is one sheet"""
    part: Int32 | None = None
    """which of the parts every row is in"""

    def cell(self, row: int, field_name: str) -> CellRef:
        """Return the cell of one field of one row; the row alone where the field has no column."""
        own = self if self.part is None else self.parts[int(self.part[row])]
        letter, heading = own.columns.get(field_name, ("A", ""))
        return CellRef(own.sheet, int(self.rows[row]), letter, heading)

    def take_rows(self, chosen: Int64 | Bool) -> "SheetCells":
        """Return some rows, or all in another order."""
        part = None if self.part is None else self.part[chosen]
        return replace(self, rows=self.rows[chosen], part=part)


@dataclass(frozen=True, slots=True)
class ItemModelGroup:
    """Holds the inventory model and its flags."""

    name: str
    model: InventoryModel
    include_physical_value: bool = False
    fixed_receipt_price: bool = False
    physical_negative_inventory: bool = True
    financial_negative_inventory: bool = True
    post_physical_inventory: bool = True
    post_financial_inventory: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """The item master, one element per row of the sheet."""

    number: pl.Series
    item_group: pl.Series
    """text, '' where blank"""
    model_group: Int32
    """index into Book.model_groups"""
    cost_price: Int64
    """per unit, in 10**-price_scale of the currency; NO_AMOUNT where blank"""
    is_service: Bool
    cells: SheetCells
    name: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    """product name, null where blank; empty where the book was not read from a sheet; likewise the next one"""
    unit: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))

    def __len__(self) -> int:
        """Number of items."""
        return len(self.number)


@dataclass(frozen=True, slots=True)
class CostingGroups:
    """Item + values of all financial dimensions; codes ascend by item number, then by dimension values."""

    item: Int32
    label: pl.Series
    """``site=1 / warehouse=11``; '' where no financial dimension is filled"""

    def __len__(self) -> int:
        """Number of groups."""
        return len(self.item)


@dataclass(frozen=True, slots=True)
class Transactions:
    """Inventory transactions in row order."""

    id: pl.Series
    item: Int32
    group: Int32
    reference: pl.Series
    """text, '' where blank; the contract's references in the contract's spelling"""
    meaning: Int8
    """domain.references.Meaning of the reference"""
    physical_date: Int32
    financial_date: Int32
    quantity: Int64
    physical_amount: Int64
    financial_amount: Int64
    prior_adjustment: Int64
    """change of the financial cost made before the workbook's time; 0 where blank"""
    prior_settled_quantity: Int64
    prior_settled_amount: Int64
    lot: Int32
    """equal Lot IDs have equal codes; the codes of lot_ids"""
    lot_ids: pl.Series
    transfer: Int32
    """equal Transfer IDs have equal codes"""
    production: Int32
    marked_to: pl.Series
    """text as written, null where blank"""
    marked_quantity: Int64
    """positive; NO_AMOUNT where blank"""
    return_lot: pl.Series
    """text as written, null where blank"""
    cost_share: Int64
    """in 10**-15; NO_AMOUNT where blank"""
    inventory_account: pl.Series
    """text, null where blank; likewise the next two"""
    offset_account: pl.Series
    ledger_dimension: pl.Series
    cells: SheetCells
    number: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    """document number, null where blank; empty where the book was not read from a sheet; likewise the next four"""
    site: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    warehouse: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    voucher: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    physical_voucher: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))

    def __len__(self) -> int:
        """Number of transactions."""
        return len(self.quantity)

    @property
    def stands_for_leg(self) -> Bool:
        """Rows without any date: they stand for legs of closing transfers that are charged (domain.leg_rows)."""
        return np.asarray((self.physical_date == NO_DATE) & (self.financial_date == NO_DATE))


@dataclass(frozen=True, slots=True)
class PostingRule:
    """A row of the posting profile; '' means any."""

    item_group: str
    reference: str
    inventory_account: str
    offset_account: str
    inventory_account_name: str = ""
    """'' where the sheet gives none; likewise the next one"""
    offset_account_name: str = ""


@dataclass(frozen=True, slots=True)
class CostAdjustments:
    """Manual changes of a receipt's cost (RULES R7.4): the sheet *Cost adjustments*, or all that a run has to post."""

    transaction: Int32
    """row of Transactions, NO_CODE where unknown (an input error)"""
    day: Int32
    amount: Int64
    """NO_AMOUNT where the sheet gives a new unit cost instead, until the run knows what that comes to"""
    on_hand: Bool
    offset_account: pl.Series
    text: pl.Series
    cells: SheetCells
    new_unit_cost: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """in 10**-unit_cost_scale of the currency, NO_AMOUNT where blank; empty where no row has one"""
    unit_cost_scale: int = 0
    """never less than the decimals of the currency"""
    charge: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """row of the sheet Charges that a share belongs to, NO_CODE elsewhere; empty where there are none"""

    def has_unit_cost(self) -> Bool:
        """Rows that give a new unit cost."""
        if not len(self.new_unit_cost):
            return np.zeros(len(self.amount), dtype=np.bool_)
        return np.asarray(self.new_unit_cost != NO_AMOUNT)

    def charge_of(self, row: int) -> int:
        """Row of the sheet *Charges* that a row is a share of; NO_CODE where it is none."""
        return int(self.charge[row]) if len(self.charge) else NO_CODE


@dataclass(frozen=True, slots=True)
class Charges:
    """The sheet *Charges*: amounts that belong to many receipts, such as freight or duty (RULES R7.4).

    Every criterion that is filled in must hold; a blank one means any.
    """

    day: Int32
    amount: Int64
    spread_by: tuple[SpreadBy, ...]
    criteria: Mapping[str, pl.Series]
    """number, lot, item, item_group, site, warehouse -> names as they stand there, null where blank"""
    received_from: Int32
    received_to: Int32
    offset_account: pl.Series
    """text, '' where blank; likewise the next one"""
    text: pl.Series
    hashes: Mapping[str, Hashes]
    """column of the contract -> fingerprint of every row's value (domain.fingerprint)"""
    cells: SheetCells

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.amount)

    def names_nothing(self, row: int) -> bool:
        """Say whether no criterion of a row is filled in."""
        days = (self.received_from[row], self.received_to[row])
        return all(day == NO_DATE for day in days) and all(names[row] is None for names in self.criteria.values())

    def label(self, row: int, currency_decimals: int) -> str:
        """Name a row as messages, the sheet *Adjustments* and explanations do."""
        facts = f"{to_date(int(self.day[row]))}, {format_amount(int(self.amount[row]), currency_decimals)}"
        return f"{self.text[row]} ({facts})" if self.text[row] else facts


@dataclass(frozen=True, slots=True)
class Ledger:
    """The sheet *Ledger*: lines or balances of the general ledger, for the reconciliation."""

    account: pl.Series
    day: Int32
    """NO_DATE where blank: a balance brought forward"""
    voucher: pl.Series
    """text, '' where blank"""
    amount: Int64
    """signed: debit +, credit -"""
    cells: SheetCells

    def __len__(self) -> int:
        """Number of lines."""
        return len(self.amount)


@dataclass(frozen=True, slots=True)
class Scales:
    """How many decimals the integers of a book stand for."""

    currency_decimals: int
    quantity_scale: int
    price_scale: int


def count_unit_cost_decimals(sheet: CostAdjustments, scales: Scales) -> int:
    """Return how many decimals new unit cost x quantity has more than the currency."""
    return max(sheet.unit_cost_scale, scales.currency_decimals) + scales.quantity_scale - scales.currency_decimals


@dataclass(frozen=True, slots=True)
class ResultCells:
    """Where the rows of one result table stand; a table may go on in further sheets."""

    parts: tuple[SheetCells, ...]
    order: Int64 | None = None
    """row of the table -> row of the sheets, one after the other; None where the two agree"""

    def cell(self, position: int, field_name: str) -> CellRef:
        """Return the cell of one field of one row of the table."""
        at = position if self.order is None else int(self.order[position])
        for part in self.parts:
            if at < len(part.rows):
                return part.cell(at, field_name)
            at -= len(part.rows)
        return CellRef()

    def reorder(self, order: Int64) -> "ResultCells":
        """Return the cells of a table whose row k was row order[k] of the sheets."""
        return ResultCells(self.parts, order)


@dataclass(frozen=True, slots=True)
class Book:
    """Everything a run needs; read once, never changed."""

    items: Items
    model_groups: tuple[ItemModelGroup, ...]
    groups: CostingGroups
    transactions: Transactions
    parameters: Parameters
    scales: Scales
    posting: tuple[PostingRule, ...] = ()
    cost_adjustments: CostAdjustments | None = None
    charges: Charges | None = None
    financial_dimensions: tuple[str, ...] = ()
    history: Tables = field(default_factory=make_empty_tables)
    """the result tables of earlier runs, as the sheets hold them"""
    history_cells: Mapping[str, ResultCells] = field(default_factory=dict)
    transaction_hashes: Mapping[str, Hashes] = field(default_factory=dict)
    """column of the contract -> fingerprint of every transaction's value (domain.fingerprint)"""
    adjustment_hashes: Mapping[str, Hashes] = field(default_factory=dict)
    """likewise for the sheet Cost adjustments"""
    ledger: Ledger | None = None
    references: ReferenceWords = field(default_factory=ReferenceWords)
    """what the words of Reference mean"""
    accounts_elsewhere: bool = False
    """another part of a book that is closed in parts fills in accounts"""

    def get_result_cell(self, table: str, position: int, field_name: str) -> CellRef:
        """Return the cell of one field of one row of a result table."""
        cells = self.history_cells.get(table)
        return cells.cell(position, field_name) if cells else CellRef()

    def get_result_sheet(self, table: str) -> str:
        """Return the name of a result table's sheet."""
        cells = self.history_cells.get(table)
        return cells.parts[0].sheet if cells and cells.parts else ""

    def get_item_models(self) -> npt.NDArray[np.int8]:
        """Return the inventory model of each item."""
        models = np.array([g.model for g in self.model_groups], dtype=np.int8)
        return models[self.items.model_group] if len(models) else np.zeros(0, dtype=np.int8)

    def get_item_flags(self, flag: str) -> Bool:
        """Return a yes/no field of the item model group for each item."""
        flags = np.array([getattr(g, flag) for g in self.model_groups], dtype=np.bool_)
        return flags[self.items.model_group]
