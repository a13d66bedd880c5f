"""The inventory close of an ERP in an Excel workbook: settlements, adjustments, vouchers and a locked period.

The Python API is the same as the commands of the same names:

    invclose_xl.close("book.xlsx", date(2026, 1, 31))    -> Summary
    invclose_xl.recalculate("book.xlsx")                 -> Summary
    invclose_xl.reverse("book.xlsx")                     -> Summary
    invclose_xl.check("book.xlsx")                       -> list[Problem]
    invclose_xl.check_report("book.xlsx")                -> CheckReport
    invclose_xl.status("book.xlsx")                      -> BookStatus
    invclose_xl.explain("book.xlsx", "T0270")            -> Explained
    invclose_xl.reconcile("book.xlsx")                   -> Reconciliation
    invclose_xl.compare_expected("book.xlsx")            -> ComparedWithExpected

They are loaded on first use, so that importing the package (and ``invclose-xl --help``) costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "__version__", "check", "check_report", "close", "compare_expected", "explain", "recalculate", "reconcile",
    "reverse", "status",
]  # fmt: skip

if TYPE_CHECKING:
    from invclose_xl.api import close, recalculate, reverse, status
    from invclose_xl.comparing import compare_expected
    from invclose_xl.looking import check, check_report, explain, reconcile

MODULES = {
    **dict.fromkeys(("check", "check_report", "explain", "reconcile"), "invclose_xl.looking"),
    "compare_expected": "invclose_xl.comparing",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(MODULES.get(name, "invclose_xl.api")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
