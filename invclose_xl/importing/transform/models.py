"""Every item needs an inventory model: from the export, or from the user where the export does not say.

In      the rows of the sheets, the model that the user names for items without one, the rows of the book that is added
        to.
Out     the rows with groups filled in, a group of the model's name added.
Errors  IC419 names the items without a group, and groups without a row; IC445 (a warning) what the book has otherwise.
Source  WORKBOOK "Items", "Item model groups"; EXPORTS §1 (a flat grid has no model groups).
"""

from collections.abc import Callable, Mapping

import polars as pl

from invclose_xl.domain.id_keys import make_id_key, make_id_keys
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.transform.sheets import Sheets

MODELS = tuple(model.label for model in InventoryModel)


def with_models(
    sheets: Sheets, model: str, faults: Faults, where: str, in_book: Mapping[str, pl.DataFrame] | None = None
) -> None:
    """Give items and groups without an inventory model the one that the user named; ``where`` names what says it.

    ``in_book`` are the rows that a book has already: its own items and groups stand.
    """
    items = _with_column(sheets.get("Items", pl.DataFrame(schema={"number": pl.String})), "model_group")
    groups = _with_column(sheets.get("Item model groups", pl.DataFrame(schema={"name": pl.String})), "model")
    item_there = _known(in_book, "Items", "number", "model_group")
    group_there = _known(in_book, "Item model groups", "name", "model")
    _name_others(items, item_there, make_id_key, "Items", "item model group", faults)
    _name_others(groups, group_there, _model_key, "Item model groups", "inventory model", faults)
    known = groups.get_column("name").to_list()
    in_items = make_id_keys(items.get_column("number")).is_in(list(item_there))
    without = items.filter(pl.col("model_group").is_null() & ~in_items)
    if model and without.height:
        items = items.with_columns(pl.col("model_group").fill_null(model))
        without = without.clear()
    named = items.filter(~in_items).get_column("model_group").drop_nulls().unique(maintain_order=True).to_list()
    keys = {make_id_key(name) for name in known} | group_there.keys()
    lacking = [name for name in named if make_id_key(name) not in keys]
    if model and lacking:
        more = pl.DataFrame({"name": lacking, "model": [model] * len(lacking)}, schema_overrides={"name": pl.String})
        groups, lacking = pl.concat([groups, more], how="diagonal"), []
    _name(without.get_column("number").to_list(), "item", "item model group", "Items", where, faults)
    _name(lacking, "item model group", "inventory model", "Item model groups", where, faults)
    sheets["Items"], sheets["Item model groups"] = items, groups


def _known(in_book: Mapping[str, pl.DataFrame] | None, sheet: str, key: str, field: str) -> dict[str, str]:
    """Return what the rows of a book say in a column, by the key of the row; rows that say nothing are left out."""
    rows = (in_book or {}).get(sheet)
    if rows is None or not {key, field} <= set(rows.columns):
        return {}
    filled = rows.drop_nulls([key, field])
    return {make_id_key(k): value for k, value in filled.select(key, field).iter_rows()}


def _model_key(model: str) -> str:
    """Return an inventory model as it is compared; a word of another language counts as none."""
    return next((label for label in MODELS if label.casefold() == model.strip().casefold()), "")


def _name_others(
    rows: pl.DataFrame, there: dict[str, str], as_key: Callable[[str], str], sheet: str, what: str, faults: Faults
) -> None:
    """Name rows whose model is another one in the book: the book's own stands."""
    others = [
        f"{name} ({there[key]}, in the export {value})"
        for name, value in rows.select(pl.first(), "model_group" if sheet == "Items" else "model").drop_nulls().rows()
        if (key := make_id_key(name)) in there and as_key(there[key]) and as_key(value) != as_key(there[key])
    ]
    if others:
        faults.add(
            "IC445", CellRef(sheet), "",
            f"{format_count(len(others), 'row')} of {sheet} {choose_form(len(others), 'has', 'have')} another {what} in"
            f" the book than in the export: {listed(others, 5)}. The book's own stands.",
            f"Change the {what} on the sheet {sheet}, if it changed in the system. No action is needed if the book's"
            " own is meant.", Severity.WARNING,
        )  # fmt: skip


def _with_column(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame if name in frame.columns else frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))


def _name(lacking: list[str], what: str, of: str, sheet: str, where: str, faults: Faults) -> None:
    if lacking:
        faults.add(
            "IC419", CellRef(sheet), "",
            f"The export does not say the {of} of {format_count(len(lacking), what)}: {listed(lacking, 10)}.",
            f"Export what says which item has which inventory model and put it beside the rest ({where}), or name one"
            f" model for all of these with --model, such as --model FIFO ({', '.join(MODELS)}).",
        )  # fmt: skip
