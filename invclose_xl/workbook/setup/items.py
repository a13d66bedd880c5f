"""The sheets *Items* and *Item model groups*.

In      their raw tables.
Out     Items and ModelGroups as the engine sees them, and the folded item numbers to find them by.
Errors  Findings for every faulty cell; an item that needs a cost price and has none is a warning.
Source  WORKBOOK "Items", "Item model groups"; RULES R7.5, R8.4.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.book import ItemModelGroup, Items
from invclose_xl.domain.id_keys import find_positions, make_id_keys
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.workbook.layout import ITEM_MODEL_GROUPS, ITEMS, heading_key
from invclose_xl.workbook.tables.columns import ids, numbers, scale_of, scaled, texts, yes_no
from invclose_xl.workbook.tables.keys import name_repeats, one_spelling
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.values import Fault

FLAGS = {
    "include_physical_value": False,
    "fixed_receipt_price": False,
    "physical_negative_inventory": True,
    "financial_negative_inventory": True,
    "post_physical_inventory": True,
    "post_financial_inventory": True,
}
MOST_PRICE_DECIMALS = 15
_MODELS = index_in_all_languages({model.label: model for model in InventoryModel}, heading_key)
_IS_SERVICE = index_in_all_languages({"Item": False, "Service": True}, heading_key)


@dataclass(frozen=True, slots=True)
class ModelGroups:
    """The groups, and their names folded, in the order of the sheet."""

    groups: tuple[ItemModelGroup, ...]
    keys: pl.Series


def parse_model_groups(table: RawTable, findings: Findings) -> ModelGroups:
    """Read the item model groups."""
    name = ids(table, "name", findings)
    required(table, ITEM_MODEL_GROUPS.columns[0], name.is_null().to_numpy(), findings)
    name_repeats(table, "name", name, findings, "IC123", "item model group")
    texts(table, "description", findings)
    model = texts(table, "model", findings)
    required(table, ITEM_MODEL_GROUPS.columns[2], model.is_null().to_numpy(), findings)
    flags = {flag: yes_no(table, flag, findings, default) for flag, default in FLAGS.items()}
    groups = []
    for row in range(len(table)):
        label = model[row]
        known = None if label is None else _MODELS.get(heading_key(label))
        if label is not None and known is None:
            allowed = ", ".join(model.label for model in InventoryModel)
            findings.cell(
                row, "model",
                Fault("IC126", label, "There is no inventory model of this name.", f"Enter one of: {allowed}."),
            )  # fmt: skip
        chosen = {flag: values[row] for flag, values in flags.items()}
        groups.append(ItemModelGroup(name[row] or "", known or InventoryModel.FIFO, **chosen))
    return ModelGroups(tuple(groups), make_id_keys(name))


@dataclass(frozen=True, slots=True)
class ParsedItems:
    """The item master, its scale, and the item numbers folded."""

    items: Items
    keys: pl.Series
    price_scale: int


def parse_items(table: RawTable, groups: ModelGroups | None, findings: Findings) -> ParsedItems:
    """Read the item master; without model groups (their sheet has errors) nothing is said about them."""
    number = ids(table, "number", findings)
    required(table, ITEMS.columns[0], number.is_null().to_numpy(), findings)
    name_repeats(table, "number", number, findings, "IC122", "item number")
    group_name = ids(table, "model_group", findings)
    required(table, ITEMS.columns[3], group_name.is_null().to_numpy(), findings)
    group = np.zeros(len(table), dtype=np.int32) if groups is None else find_positions(group_name, groups.keys)
    for row in np.flatnonzero((group < 0) & group_name.is_not_null().to_numpy()).tolist():
        findings.cell(
            row, "model_group",
            Fault("IC125", str(group_name[row]), "The sheet Item model groups has no such group.",
                  "Correct the name, or add the group there."),
        )  # fmt: skip
    price = numbers(table, "cost_price", findings)
    largest = int(np.abs(price.value).max(initial=0))
    scale = scale_of([price], min(MOST_PRICE_DECIMALS, 18 - len(str(largest))))
    cost_price = scaled(price, "cost_price", max(scale, 0), "IC152", findings)
    items = Items(
        number=number.fill_null(""),
        item_group=one_spelling([ids(table, "item_group", findings)])[0].fill_null(""),
        model_group=np.maximum(group, 0).astype(np.int32),
        cost_price=cost_price,
        is_service=np.array(_services(table, findings), dtype=np.bool_),
        cells=table.cells,
        name=texts(table, "name", findings),
        unit=ids(table, "unit", findings),
    )
    if groups is not None and groups.groups:
        _warn_of_missing_prices(items, group, groups, findings)
    return ParsedItems(items, make_id_keys(number), max(scale, 0))


def _services(table: RawTable, findings: Findings) -> list[bool]:
    kinds = texts(table, "type", findings)
    for row in np.flatnonzero(kinds.is_not_null().to_numpy()).tolist():
        if heading_key(kinds[row]) not in _IS_SERVICE:
            problem = "The item type must be Item or Service."
            findings.cell(row, "type", Fault("IC127", kinds[row], problem, "Enter Item or Service."))
    return [kind is not None and _IS_SERVICE.get(heading_key(kind), False) for kind in kinds]


def _warn_of_missing_prices(items: Items, group: np.ndarray, groups: ModelGroups, findings: Findings) -> None:
    """Standard cost and fixed receipt prices are the item's cost price (RULES R7.5, R8.4)."""
    needs = np.array([g.model == InventoryModel.STANDARD_COST or g.fixed_receipt_price for g in groups.groups])
    missing = (group >= 0) & needs[np.maximum(group, 0)] & (items.cost_price == NO_AMOUNT)
    for row in np.flatnonzero(missing & ~findings.is_bad("cost_price")).tolist():
        model = groups.groups[int(group[row])]
        why = "standard cost" if model.model == InventoryModel.STANDARD_COST else "fixed receipt prices"
        findings.cell(
            row, "cost_price" if "cost_price" in items.cells.columns else "number",
            Fault("IC154", "", f"The item has no cost price, but its model group {model.name} uses {why}.",
                  "Enter the cost price."),
            Severity.WARNING,
        )  # fmt: skip
