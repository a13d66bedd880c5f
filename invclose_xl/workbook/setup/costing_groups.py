"""Costing groups: an item and the values of its financial dimensions; the sheet *Dimensions* says which those are.

In      the raw table of the sheet *Dimensions*; the dimension columns of the transactions.
Out     the financial dimensions in the contract's order; CostingGroups and the group of every transaction.
Errors  Findings for unknown, impossible and contradicting rows.
Source  RULES R3.1; WORKBOOK "Optional sheets" (Dimensions), "Written" (Costing group).
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from invclose_xl.domain.book import CostingGroups, Int32
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.words import DIMENSIONS, FINANCIAL_BY_DEFAULT, NEVER_FINANCIAL
from invclose_xl.workbook.layout import DIMENSIONS as DIMENSIONS_SHEET
from invclose_xl.workbook.layout import heading_key
from invclose_xl.workbook.tables.columns import texts, yes_no
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.values import Fault

FIELDS = {dimension: heading_key(dimension).replace(" ", "_") for dimension in DIMENSIONS}
"""Dimension -> field of the transactions"""
NAMES = index_in_all_languages({dimension: dimension for dimension in DIMENSIONS}, heading_key)
"""What a dimension may be called -> the dimension"""


def parse_dimensions(table: RawTable | None, findings: Findings) -> tuple[str, ...]:
    """Return the financial dimensions."""
    financial = {dimension: dimension in FINANCIAL_BY_DEFAULT for dimension in DIMENSIONS}
    if table is None:
        return tuple(d for d in DIMENSIONS if financial[d])
    name = texts(table, "dimension", findings)
    required(table, DIMENSIONS_SHEET.columns[0], name.is_null().to_numpy(), findings)
    blank = table.column("financial_inventory").kind == 0
    required(table, DIMENSIONS_SHEET.columns[1], blank, findings)
    claims = yes_no(table, "financial_inventory", findings, False)
    stated: dict[str, int] = {}
    for row in np.flatnonzero(name.is_not_null().to_numpy()).tolist():
        dimension = NAMES.get(heading_key(name[row]))
        if dimension is None:
            fault = Fault(
                "IC137", name[row], "There is no dimension of this name.", f"Use one of: {', '.join(DIMENSIONS)}."
            )
            findings.cell(row, "dimension", fault)
        elif dimension in stated:
            first = findings.cells.cell(stated[dimension], "dimension")
            problem = f"{dimension} is already entered in {first.seen_from(findings.cells.cell(row, 'dimension'))}."
            findings.cell(row, "dimension", Fault("IC139", name[row], problem, "Delete one of the two rows."))
        else:
            stated[dimension] = row
            if claims[row] and dimension in NEVER_FINANCIAL:
                fault = Fault(
                    "IC138", "Yes", f"{dimension} is never a financial dimension.", "Enter No, or delete the row."
                )
                findings.cell(row, "financial_inventory", fault)
            elif not findings.is_bad("financial_inventory")[row] and not blank[row]:
                financial[dimension] = claims[row]
    return tuple(d for d in DIMENSIONS if financial[d])


def costing_groups(
    item: Int32, item_keys: pl.Series, values: dict[str, pl.Series], dimensions: Sequence[str]
) -> tuple[CostingGroups, Int32]:
    """Return the groups in order of item number and dimension values, and the group of every transaction."""
    used = [d for d in dimensions if values[FIELDS[d]].null_count() < len(item)]
    keys = [make_id_keys(values[FIELDS[d]]).fill_null("").alias(f"key {d}") for d in used]
    frame = pl.DataFrame(
        [
            pl.Series("item", item, dtype=pl.Int32),
            item_keys.gather(pl.Series(np.maximum(item, 0), dtype=pl.Int64)).alias("number")
            if len(item_keys)
            else pl.repeat("", len(item), eager=True).alias("number"),
            *keys,
            *(values[FIELDS[d]].alias(d) for d in used),
        ]
    )
    by = ["number", *(key.name for key in keys)]
    groups = frame.unique(by, keep="first", maintain_order=True).sort(by).with_row_index("code")
    code = frame.join(groups.select("code", *by), on=by, how="left", maintain_order="left")["code"]
    named = [pl.format(f"{heading_key(d)}={{}}", pl.col(d)) for d in used]
    label = groups.select(pl.concat_str(named, separator=" / ", ignore_nulls=True) if named else pl.lit(""))
    labels = label.to_series() if len(label) == len(groups) else pl.repeat("", len(groups), eager=True)
    return (
        CostingGroups(groups["item"].cast(pl.Int32).to_numpy(), labels.alias("label")),
        code.cast(pl.Int32).to_numpy(),
    )
