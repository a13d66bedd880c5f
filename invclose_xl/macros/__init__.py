"""Functions that the buttons of a workbook call, in old books and new: ``invclose_xl.macros.close()`` and its like."""

from invclose_xl.macros.buttons import (
    check,
    close,
    compare,
    explain,
    import_export,
    preview,
    recalculate,
    reconcile,
    remove_examples,
    reverse,
    voucher,
    what_if,
)

__all__ = [
    "check", "close", "compare", "explain", "import_export", "preview", "recalculate", "reconcile", "remove_examples",
    "reverse", "voucher", "what_if",
]  # fmt: skip
