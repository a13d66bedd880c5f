"""Nothing is lost on the way: both books hold the same stock, in every item and costing group.

In      the old book and the next one, as its sheets were read.
Out     the rows of the sheet *Roll-forward*.
Errors  InvariantBroken where any quantity or value differs: nothing is written then.
Units   quantities in 10**-quantity_scale of each book, amounts in minor units.
Source  WORKBOOK "Command line" (rollforward); RULES R1.
"""

from datetime import date

import polars as pl

from invclose_xl.closing.stock.stock_value import Period, compute_stock_of_period
from invclose_xl.domain.book import Book
from invclose_xl.domain.id_keys import make_key_column
from invclose_xl.domain.problems.problem import InvariantBroken
from invclose_xl.domain.tables import DAY, TEXT, UNITS, Schema, cast_to_schema

FIGURES = ("quantity", "value", "not_invoiced_quantity", "not_invoiced_value")
ROLL_FORWARD: Schema = {
    "closing": TEXT, "up_to": DAY, "item": TEXT, "group": TEXT,
    **{f"{name}_{side}": UNITS for name in FIGURES for side in ("there", "here")},
    "difference": UNITS, "book": TEXT, "digest": TEXT, "file_digest": TEXT,
}  # fmt: skip


def compare_totals(old: Book, new: Book, up_to: date, closing: str, archive: tuple[str, str, str]) -> pl.DataFrame:
    """Return the totals of both books side by side; ``archive``: the old book's name, Digest and SHA-256."""
    shift = 10 ** (new.scales.quantity_scale - old.scales.quantity_scale) if _is_finer(old, new) else 1
    sides = [_sum_totals(old, up_to, "there", shift), _sum_totals(new, up_to, "here", 1)]
    both = sides[0].join(sides[1], on=["item_key", "group_key"], how="full", coalesce=True)
    both = both.with_columns(
        item=pl.coalesce("item_there", "item_here"),
        group=pl.coalesce("group_there", "group_here"),
        **{f"{n}_{s}": pl.col(f"{n}_{s}").fill_null(0) for n in FIGURES for s in ("there", "here")},
    ).sort("item_key", "group_key")
    differs = pl.any_horizontal(*(pl.col(f"{n}_there") != pl.col(f"{n}_here") for n in FIGURES))
    wrong = both.filter(differs)
    if len(wrong):
        names = ", ".join(f"{item} {group}".strip() for item, group in wrong.select("item", "group").head(5).rows())
        raise InvariantBroken(
            f"The next book would hold other quantities or values than this one for {names}. Nothing was written; "
            "please report this."
        )
    worth = pl.col("value_here") + pl.col("not_invoiced_value_here")
    frame = both.with_columns(
        closing=pl.lit(closing),
        up_to=pl.lit(up_to),
        difference=worth - pl.col("value_there") - pl.col("not_invoiced_value_there"),
        book=pl.lit(archive[0]),
        digest=pl.lit(archive[1]),
        file_digest=pl.lit(archive[2]),
    )
    return cast_to_schema(frame, ROLL_FORWARD)


def _is_finer(old: Book, new: Book) -> bool:
    return new.scales.quantity_scale >= old.scales.quantity_scale


def _sum_totals(book: Book, up_to: date, side: str, shift: int) -> pl.DataFrame:
    value = compute_stock_of_period(book, Period("", None, up_to))
    columns = {name: name if name.startswith("not_") else f"closing_{name}" for name in FIGURES}
    figures = {
        f"{name}_{side}": pl.col(column) * (shift if "quantity" in name else 1) for name, column in columns.items()
    }
    keys = {"item_key": make_key_column("item"), "group_key": make_key_column("group").fill_null("")}
    named = {f"{name}_{side}": pl.col(name) for name in ("item", "group")}
    frame = value.select(**named, **keys, **figures)
    return frame.filter(pl.any_horizontal(*(pl.col(name) != 0 for name in figures)))
