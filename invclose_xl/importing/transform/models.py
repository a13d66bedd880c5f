"""Every item needs an inventory model: from the export, or from the user where the export does not say.

In      the rows of the sheets, the model that the user names for items without one.
Out     the rows with groups filled in, a group of the model's name added.
Errors  IC419 names the items without a group, and groups without a row.
Source  WORKBOOK "Items", "Item model groups"; EXPORTS §1 (a flat grid has no model groups).
"""

import polars as pl

from invclose_xl.domain.id_keys import make_id_key
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import CellRef
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.transform.sheets import Sheets

MODELS = tuple(model.label for model in InventoryModel)


def with_models(sheets: Sheets, model: str, faults: Faults, where: str) -> None:
    """Give items and groups without an inventory model the one that the user named; ``where`` names what says it."""
    items = _with_column(sheets.get("Items", pl.DataFrame(schema={"number": pl.String})), "model_group")
    groups = _with_column(sheets.get("Item model groups", pl.DataFrame(schema={"name": pl.String})), "model")
    known = groups.get_column("name").to_list()
    without = items.filter(pl.col("model_group").is_null())
    if model and without.height:
        items = items.with_columns(pl.col("model_group").fill_null(model))
        without = without.clear()
    named = items.get_column("model_group").drop_nulls().unique(maintain_order=True).to_list()
    keys = {make_id_key(name) for name in known}
    lacking = [name for name in named if make_id_key(name) not in keys]
    if model and lacking:
        more = pl.DataFrame({"name": lacking, "model": [model] * len(lacking)}, schema_overrides={"name": pl.String})
        groups, lacking = pl.concat([groups, more], how="diagonal"), []
    _name(without.get_column("number").to_list(), "item", "item model group", "Items", where, faults)
    _name(lacking, "item model group", "inventory model", "Item model groups", where, faults)
    sheets["Items"], sheets["Item model groups"] = items, groups


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
