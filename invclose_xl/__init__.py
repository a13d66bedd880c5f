"""The inventory close of an ERP in an Excel workbook: settlements, adjustments, vouchers and a locked period.

The functions are the commands of the same or a longer name; ``help(invclose_xl.close)`` describes their parameters:

    close, recalculate, reverse     run, and write the workbook                     -> Summary
    check, check_report             what a close would do and warn about            -> list[Problem], CheckReport
    status                          closed date, history, what is open              -> BookStatus
    run_tables                      the rows of a run as DataFrames                 -> RunTables
    explain                         where a cost comes from and went                -> Explained
    reconcile, audit_package        stock against the ledger; for an auditor        -> Reconciliation, AuditPackage
    compare                         with another system's result                    -> ComparedWithExpected
    compare_model                   with another inventory model                    -> ComparedModels
    compare_runs                    two runs of a book                              -> RunComparison
    verify                          a closed book checked from its sheets alone     -> Verification
    export_voucher                  the voucher for another system                  -> ExportedVoucher
    roll_forward                    next year's book                                -> NextBook
    import_book                     a book from another system's export             -> ImportReport
    convert                         a workbook as tables, tables as a workbook      -> Converted
    new_book                        an empty workbook to start from                 -> NewBook
    attach_buttons, detach_buttons  our buttons into a workbook, and out again      -> Attached, Detached

Amounts are ``decimal.Decimal`` in the currency of the book, quantities in the unit of the item; DataFrames are polars
with exact decimal columns. Results have ``plain()`` or ``document().plain()``: what ``--json`` prints, by the schemas
in docs/schema. Errors are InvCloseError: InputFault and Refused with all their ``problems``, BookUnusable, WrongUsage
(with UnknownRun and UnknownSubject), NoVoucher, InvariantBroken; nothing is written then.

Everything is loaded on first use, so that importing the package (and ``invclose-xl --help``) costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from invclose_xl.analysis.compare.runs import UnknownRun
    from invclose_xl.api.attaching import attach_buttons, detach_buttons, new_book
    from invclose_xl.api.auditing import AuditPackage, audit_package, verify
    from invclose_xl.api.book_status import status
    from invclose_xl.api.checking import check, check_report
    from invclose_xl.api.comparing import ComparedModels, ComparedWithExpected, compare, compare_model, compare_runs
    from invclose_xl.api.converting import convert
    from invclose_xl.api.explaining import Explained, explain
    from invclose_xl.api.exporting import NoVoucher, export_voucher
    from invclose_xl.api.importing import import_book
    from invclose_xl.api.reconciling import reconcile
    from invclose_xl.api.rolling_forward import roll_forward
    from invclose_xl.api.run_tables import RunTables, run_tables
    from invclose_xl.api.runs import close, recalculate, reverse
    from invclose_xl.audit.document import Verification
    from invclose_xl.domain.problems.problem import (
        BookUnusable,
        CellRef,
        InputFault,
        InvariantBroken,
        InvCloseError,
        Problem,
        Refused,
        Severity,
        WrongUsage,
    )
    from invclose_xl.importing.book.report import ImportReport
    from invclose_xl.reports.attached import Attached, Detached, NewBook
    from invclose_xl.reports.check.check import CheckReport
    from invclose_xl.reports.compare import RunComparison
    from invclose_xl.reports.converted import Converted
    from invclose_xl.reports.costs.explanation import UnknownSubject
    from invclose_xl.reports.journal.exported import ExportedVoucher
    from invclose_xl.reports.journal.lines import JournalOptions
    from invclose_xl.reports.reconciliation.result import Reconciliation
    from invclose_xl.reports.rollforward import NextBook
    from invclose_xl.reports.status import BookStatus
    from invclose_xl.reports.summary import Summary

__all__ = [
    "Attached", "AuditPackage", "BookStatus", "BookUnusable", "CellRef", "CheckReport", "ComparedModels",
    "ComparedWithExpected", "Converted", "Detached", "Explained", "ExportedVoucher", "ImportReport", "InputFault",
    "InvCloseError", "InvariantBroken", "JournalOptions", "NewBook", "NextBook", "NoVoucher", "Problem",
    "Reconciliation", "Refused", "RunComparison", "RunTables", "Severity", "Summary", "UnknownRun",
    "UnknownSubject", "Verification", "WrongUsage", "__version__", "attach_buttons", "audit_package", "check",
    "check_report", "close", "compare", "compare_model", "compare_runs", "convert", "detach_buttons", "explain",
    "export_voucher", "import_book", "new_book", "recalculate", "reconcile", "reverse", "roll_forward",
    "run_tables", "status", "verify",
]  # fmt: skip

_PROBLEMS = "domain.problems.problem"
MODULES = {
    **dict.fromkeys(("close", "recalculate", "reverse"), "api.runs"),
    **dict.fromkeys(("check", "check_report"), "api.checking"),
    **dict.fromkeys(("ComparedModels", "ComparedWithExpected"), "api.comparing"),
    **dict.fromkeys(("compare", "compare_model", "compare_runs"), "api.comparing"),
    **dict.fromkeys(("AuditPackage", "audit_package", "verify"), "api.auditing"),
    **dict.fromkeys(("Explained", "explain"), "api.explaining"),
    **dict.fromkeys(("RunTables", "run_tables"), "api.run_tables"),
    **dict.fromkeys(("BookUnusable", "CellRef", "InputFault", "InvCloseError", "InvariantBroken"), _PROBLEMS),
    **dict.fromkeys(("Problem", "Refused", "Severity", "WrongUsage"), _PROBLEMS),
    **dict.fromkeys(("attach_buttons", "detach_buttons", "new_book"), "api.attaching"),
    **dict.fromkeys(("Attached", "Detached", "NewBook"), "reports.attached"),
    "convert": "api.converting",
    "export_voucher": "api.exporting",
    "ExportedVoucher": "reports.journal.exported",
    "ImportReport": "importing.book.report",
    "import_book": "api.importing",
    "JournalOptions": "reports.journal.lines",
    "NoVoucher": "api.exporting",
    "NextBook": "reports.rollforward",
    "roll_forward": "api.rolling_forward",
    "reconcile": "api.reconciling",
    "status": "api.book_status",
    "BookStatus": "reports.status",
    "CheckReport": "reports.check.check",
    "Converted": "reports.converted",
    "Reconciliation": "reports.reconciliation.result",
    "RunComparison": "reports.compare",
    "Summary": "reports.summary",
    "UnknownRun": "analysis.compare.runs",
    "UnknownSubject": "reports.costs.explanation",
    "Verification": "audit.document",
}
"""Where each name is at home"""


def __getattr__(name: str) -> Any:
    if name in MODULES:
        found = getattr(import_module(f"invclose_xl.{MODULES[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
