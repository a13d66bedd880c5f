"""An inventory model, or a flag of an item model group, that is not what it was: the change applies to what is open.

In      a Run.
Out     one Problem (information) per item with another model, and per item model group with other flags.
Source  RULES R3.3, R11.
"""

from collections.abc import Iterator

import polars as pl

from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.closing.state.locked_rows import FLAGS, write_flags
from invclose_xl.domain.formats.upgrade import YES
from invclose_xl.domain.id_keys import make_id_key
from invclose_xl.domain.models import MODEL_OF_PRINCIPLE, InventoryModel
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import LockedKind


def find_changed_models(run: Run) -> Iterator[Problem]:
    """Compare each item's model with the principle of its latest active settlement by a model."""
    settled, book = run.state.settled, run.book
    models = {principle: int(model) for principle, model in MODEL_OF_PRINCIPLE.items()}
    latest = (
        pl.DataFrame(
            {
                "item": run.movements.item[settled.issue],
                "closing": settled.closing,
                "quantity": settled.quantity,
                "model": settled.principle.replace_strict(models, default=None, return_dtype=pl.Int64),
            }
        )
        # What is handed down later (quantity 0) repeats the principle of the settlement it follows.
        .filter((pl.col("quantity") > 0) & pl.col("model").is_not_null())
        .sort("closing", maintain_order=True)
        .group_by("item")
        .agg(pl.col("model").last())
        .sort("item")
    )
    now = book.get_item_models()
    for item, before in latest.rows():
        if int(now[item]) == before:
            continue
        old, new = InventoryModel(before).label, InventoryModel(int(now[item])).label
        number = str(book.items.number[item])
        yield Problem(
            "IC530", Severity.INFORMATION, book.items.cells.cell(item, "model_group"), new,
            f"Item {number} was settled by {old} before and now has {new}; the new model applies to what is open.",
            "No action is needed if that is intended.", "R3.3", number,
        )  # fmt: skip


def find_changed_flags(run: Run) -> Iterator[Problem]:
    """Compare the flags of each item model group with those that the latest active close kept."""
    history = run.book.history
    closings = list_active_closings(history["lock"])
    if not len(closings):
        return
    rows = select_locked_rows(history, LockedKind.MODEL_GROUP).filter(pl.col("closing") == closings[-1])
    before = {make_id_key(name): flags for name, flags in rows.select("transaction", "fingerprint").rows()}
    for group in run.book.model_groups:
        now = write_flags(group)
        known = zip(FLAGS.values(), before.get(make_id_key(group.name), now), now, strict=False)
        if changed := [f"{flag} {'Yes' if old == YES else 'No'}" for flag, old, new in known if old != new]:
            yield Problem(
                "IC575", Severity.INFORMATION, CellRef("Item model groups"), group.name,
                f"The item model group {group.name} had other settings at the last closing ({', '.join(changed)}); "
                "those of today apply to what is open.",
                "No action is needed if that is intended.", "R3.3",
            )  # fmt: skip
