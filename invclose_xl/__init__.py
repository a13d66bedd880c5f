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
    invclose_xl.compare_model("book.xlsx", "LIFO")       -> ComparedModels
    invclose_xl.export_voucher("book.xlsx", "v.csv", "d365") -> Exported
    invclose_xl.import_book(["export"], output="b.xlsx") -> ImportReport
    invclose_xl.roll_forward("book.xlsx", "next.xlsx")   -> Made

They are loaded on first use, so that importing the package (and ``invclose-xl --help``) costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "__version__", "check", "check_report", "close", "compare_expected", "compare_model", "explain", "export_voucher",
    "import_book",
    "recalculate", "reconcile", "reverse", "roll_forward", "status",
]  # fmt: skip

if TYPE_CHECKING:
    from invclose_xl.api.book_status import status
    from invclose_xl.api.checking import check, check_report
    from invclose_xl.api.comparing import compare_expected, compare_model
    from invclose_xl.api.explaining import explain
    from invclose_xl.api.exporting import export_voucher
    from invclose_xl.api.importing import import_book
    from invclose_xl.api.reconciling import reconcile
    from invclose_xl.api.rolling_forward import roll_forward
    from invclose_xl.api.runs import close, recalculate, reverse

MODULES = {
    **dict.fromkeys(("close", "recalculate", "reverse"), "runs"),
    **dict.fromkeys(("check", "check_report"), "checking"),
    "compare_expected": "comparing",
    "compare_model": "comparing",
    "explain": "explaining",
    "export_voucher": "exporting",
    "import_book": "importing",
    "reconcile": "reconciling",
    "roll_forward": "rolling_forward",
    "status": "book_status",
}
"""The module of ``invclose_xl.api`` that has it"""


def __getattr__(name: str) -> Any:
    if name in MODULES:
        return getattr(import_module(f"invclose_xl.api.{MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
