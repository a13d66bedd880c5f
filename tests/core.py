"""A book for the engine without a workbook: what the reader makes of the cells, made from a test book directly.

In      a tests.books.Book.
Out     a domain Book, and the result tables of a close as rows in the words of the sheets.
Source  domain/book.py; RULES R0 (IDs compare without regard to case), R3.1 (financial dimensions).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import polars as pl

from invclose_xl.closing.close import execute_run
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.domain import book as domain
from invclose_xl.domain.fingerprint import fingerprint_texts
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.leg_rows import add_leg_hashes, add_leg_rows, find_named_legs
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.parameters import Parameters
from invclose_xl.domain.references import ReferenceWords
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import DIMENSIONS, FINANCIAL_BY_DEFAULT, ClosingType, Specification, SpreadBy
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.books import Book, Cell
from tests.results import Results, Row, Value

QUANTITY_SCALE, CENTS = 3, 2
EPOCH = date(1970, 1, 1)
LABELS = {model.label: model for model in InventoryModel}


def order_up_to(day: date) -> RunRequest:
    """Order a close; clock and user are fixed."""
    now = datetime(2026, 12, 1, 12, 0)
    return RunRequest(ClosingType.CLOSING, day, Specification.ITEM_GROUP, now, "tester", "test")


def close_core(book: Book, day: date, history: Tables | None = None) -> Outcome:
    """Close a test book without Excel."""
    return execute_run(core_book(book, history), order_up_to(day))


def core_book(book: Book, history: Tables | None = None) -> domain.Book:
    """Return the book as the reader would."""
    items = sorted(book.items, key=lambda item: item.number.casefold())
    number = {item.number.casefold(): position for position, item in enumerate(items)}
    rows = book.rows
    item_of = np.array([number[str(row["Item number"]).casefold()] for row in rows], dtype=np.int32)
    financial = {d for d in DIMENSIONS if book.dimensions.get(d, "Yes" if d in FINANCIAL_BY_DEFAULT else "No") == "Yes"}
    keys = [
        (int(item), *(str(row.get(d) or "").casefold() for d in DIMENSIONS if d in financial))
        for item, row in zip(item_of, rows, strict=True)
    ]
    groups = sorted(set(keys))
    labels = {key: _label(row, financial) for key, row in zip(keys, rows, strict=True)}
    tables = history or make_empty_tables()
    own_items = domain.Items(
        pl.Series([i.number for i in items], dtype=pl.String),
        pl.Series([i.item_group for i in items], dtype=pl.String),
        np.arange(len(items), dtype=np.int32),
        _units([i.cost_price for i in items], 4),
        np.zeros(len(items), dtype=np.bool_),
        _cells("Items", len(items)),
    )
    own_groups = domain.CostingGroups(
        np.array([key[0] for key in groups], dtype=np.int32),
        pl.Series([labels[k] for k in groups], dtype=pl.String),
    )
    transactions = _transactions(rows, item_of, np.array([groups.index(k) for k in keys], dtype=np.int32))
    legs = find_named_legs(_texts([c["Transaction ID"] for c in book.cost_adjustments]), tables)
    hashes = {"id": fingerprint_texts(_texts([row["Transaction ID"] for row in rows]))}
    return domain.Book(
        items=own_items,
        model_groups=tuple(domain.ItemModelGroup(f"G-{i.number}", LABELS[i.model], **_flags(i.flags)) for i in items),
        groups=own_groups,
        transactions=add_leg_rows(transactions, legs, own_items, own_groups, tables),
        parameters=Parameters(**{name.lower().replace(" ", "_"): value for name, value in book.parameters.items()}),
        scales=domain.Scales(CENTS, QUANTITY_SCALE, 4),
        posting=tuple(domain.PostingRule(*rule) for rule in book.posting),
        cost_adjustments=_cost_adjustments(book, legs["transaction"].to_list()),
        charges=_charges(book),
        financial_dimensions=tuple(d for d in DIMENSIONS if d in financial),
        history=tables,
        adjustment_hashes={
            name: fingerprint_texts(_texts([str(row.get(heading) or "") for row in book.cost_adjustments]))
            for name, heading in (("transaction", "Transaction ID"), ("date", "Date"), ("amount", "Amount"))
        },
        transaction_hashes=add_leg_hashes(hashes, len(legs)),
    )


def _cost_adjustments(book: Book, legs: list[str]) -> domain.CostAdjustments | None:
    charges = book.cost_adjustments
    if not charges:
        return None
    ids = [*(row["Transaction ID"] for row in book.rows), *legs]
    return domain.CostAdjustments(
        transaction=np.array([ids.index(c["Transaction ID"]) for c in charges], dtype=np.int32),
        day=_days([c["Date"] for c in charges]),
        amount=_units([c.get("Amount") for c in charges], CENTS),
        on_hand=np.array([c.get("Applies to") == "On hand" for c in charges], dtype=np.bool_),
        offset_account=_texts([c.get("Offset account") for c in charges]).fill_null(""),
        text=_texts([c.get("Text") for c in charges]).fill_null(""),
        cells=_cells("Cost adjustments", len(charges)),
        new_unit_cost=_units([c.get("New unit cost") for c in charges], 4),
        unit_cost_scale=4,
    )


def _charges(book: Book) -> domain.Charges | None:
    charges = book.charges
    if not charges:
        return None
    headings = ("Number", "Lot ID", "Item number", "Item group", "Site", "Warehouse")
    hashes = {
        name: fingerprint_texts(_texts([str(row.get(heading) or "") for row in charges]))
        for name, heading in (("date", "Date"), ("amount", "Amount"), ("text", "Text"))
    }
    return domain.Charges(
        day=_days([c["Date"] for c in charges]),
        amount=_units([c["Amount"] for c in charges], CENTS),
        spread_by=tuple(SpreadBy(str(c["Spread by"])) for c in charges),
        criteria={
            name: make_id_keys(_texts([c.get(heading) for c in charges]))
            for name, heading in zip(
                ("number", "lot", "item", "item_group", "site", "warehouse"), headings, strict=True
            )
        },
        received_from=_days([c.get("Received from") for c in charges]),
        received_to=_days([c.get("Received to") for c in charges]),
        offset_account=_texts([c.get("Offset account") for c in charges]).fill_null(""),
        text=_texts([c.get("Text") for c in charges]).fill_null(""),
        hashes=hashes,
        cells=_cells("Charges", len(charges)),
    )


class TableResults(Results):
    """Result tables as the rows that the sheets would show."""

    def __init__(self, book: Book, tables: Tables, decimals: int = CENTS) -> None:
        inputs: dict[str, Sequence[dict[str, Cell]]] = {
            "Items": book.item_rows(), "Item model groups": book.group_rows(), "Transactions": book.rows,
        }  # fmt: skip
        self.sheet_names = list(inputs)
        self._rows: dict[str, list[Row]] = {name: [dict(row) for row in rows] for name, rows in inputs.items()}
        for sheet in OUTPUT_SHEETS:
            frame = tables[sheet.table]
            kinds = {c.field: (c.heading, c.kind) for c in sheet.columns}
            self._rows[sheet.name] = [
                {kinds[name][0]: _shown(value, kinds[name][1], decimals) for name, value in row.items()}
                for row in frame.iter_rows(named=True)
            ]


class CoreResults(TableResults):
    """The same of a run's outcome."""

    def __init__(self, book: Book, outcome: Outcome, decimals: int = CENTS) -> None:
        super().__init__(book, outcome.tables, decimals)


def _shown(value: object, kind: str, decimals: int) -> Value:
    if isinstance(value, int):
        return Decimal(value).scaleb({"quantity": -QUANTITY_SCALE, "amount": -decimals, "unit_cost": -6}.get(kind, 0))
    return value if isinstance(value, date) or value is None else str(value)


def _flags(flags: dict[str, str]) -> dict[str, bool]:
    return {heading.lower().replace(" ", "_"): value == "Yes" for heading, value in flags.items()}


def _label(row: dict[str, Cell], financial: set[str]) -> str:
    return " / ".join(f"{d.lower()}={row[d]}" for d in DIMENSIONS if d in financial and row.get(d))


def _cells(sheet: str, size: int) -> domain.SheetCells:
    return domain.SheetCells(sheet, {}, np.arange(2, size + 2, dtype=np.int32))


def _units(values: Sequence[Cell], decimals: int, blank: int = NO_AMOUNT) -> domain.Int64:
    return np.array([blank if v is None else int(Decimal(str(v)).scaleb(decimals)) for v in values], dtype=np.int64)


def _days(values: Sequence[Cell]) -> domain.Int32:
    return np.array([(v - EPOCH).days if isinstance(v, date) else domain.NO_DATE for v in values], dtype=np.int32)


def _codes(values: Sequence[Cell]) -> tuple[domain.Int32, pl.Series]:
    known: dict[str, int] = {}
    spelling: list[str] = []
    codes = []
    for value in values:
        if not value:
            codes.append(domain.NO_CODE)
            continue
        if str(value).casefold() not in known:
            known[str(value).casefold()] = len(known)
            spelling.append(str(value))
        codes.append(known[str(value).casefold()])
    return np.array(codes, dtype=np.int32), pl.Series(spelling, dtype=pl.String)


def _texts(values: Sequence[Cell]) -> pl.Series:
    return pl.Series([str(v) if v else None for v in values], dtype=pl.String)


def _transactions(rows: Sequence[dict[str, Cell]], item: domain.Int32, group: domain.Int32) -> domain.Transactions:
    def column(heading: str) -> list[Cell]:
        return [row.get(heading) for row in rows]

    quantity = _units(column("Quantity"), QUANTITY_SCALE)
    sign = np.where(quantity > 0, 1, -1)

    def magnitude(heading: str) -> domain.Int64:
        units = _units(column(heading), CENTS)
        return np.where(units == NO_AMOUNT, units, np.where(units == NO_AMOUNT, 0, units) * sign)

    lot, lots = _codes(column("Lot ID"))
    reference = _texts(column("Reference")).fill_null("")
    return domain.Transactions(
        id=_texts(column("Transaction ID")), item=item, group=group,
        reference=reference, meaning=ReferenceWords().find_meanings(reference, quantity),
        physical_date=_days(column("Physical date")), financial_date=_days(column("Financial date")),
        quantity=quantity, physical_amount=magnitude("Physical cost amount"),
        financial_amount=magnitude("Financial cost amount"),
        prior_adjustment=_units(column("Prior adjustment"), CENTS, blank=0) * sign,
        prior_settled_quantity=_units(column("Prior settled quantity"), QUANTITY_SCALE, blank=0),
        prior_settled_amount=_units(column("Prior settled amount"), CENTS, blank=0),
        lot=lot, lot_ids=lots, transfer=_codes(column("Transfer ID"))[0],
        production=_codes(column("Production number"))[0],
        marked_to=_texts(column("Marked to")), marked_quantity=_units(column("Marked quantity"), QUANTITY_SCALE),
        return_lot=_texts(column("Return lot ID")), cost_share=_units(column("Cost share"), 15),
        inventory_account=_texts(column("Inventory account")), offset_account=_texts(column("Offset account")),
        ledger_dimension=_texts(column("Ledger dimension")), cells=_cells("Transactions", len(rows)),
        number=_texts(column("Number")), site=_texts(column("Site")), warehouse=_texts(column("Warehouse")),
    )  # fmt: skip
