"""Every document that ``--json`` prints, by the name of its schema: what docs/schema publishes.

Source  WORKBOOK "Command line" (--json).
"""

from invclose_xl.audit.document import PackageDocument, Verification
from invclose_xl.importing.book.report import ImportDocument, MappingDocument
from invclose_xl.reports.attached import Attached, Detached, LibreOfficeDocument, NewBook
from invclose_xl.reports.check.check import CheckDocument
from invclose_xl.reports.compare import RunComparison
from invclose_xl.reports.comparison.expected import ComparisonDocument
from invclose_xl.reports.comparison.what_if import WhatIfDocument
from invclose_xl.reports.converted import Converted
from invclose_xl.reports.documents.document import Document
from invclose_xl.reports.documents.problems import ErrorDocument
from invclose_xl.reports.explain.document import ExplanationDocument
from invclose_xl.reports.journal.exported import ExportedVoucher
from invclose_xl.reports.reconciliation.text import ReconciliationDocument
from invclose_xl.reports.rollforward import NextBook
from invclose_xl.reports.status import BookStatus
from invclose_xl.reports.summary import Summary

PRINTED_BY: dict[type[Document], str] = {
    Summary: "close, recalculate, reverse",
    BookStatus: "status",
    CheckDocument: "check",
    ExplanationDocument: "explain",
    ReconciliationDocument: "reconcile",
    PackageDocument: "reconcile --package",
    ComparisonDocument: "compare",
    WhatIfDocument: "compare --model",
    NewBook: "new",
    Attached: "attach",
    Detached: "detach",
    LibreOfficeDocument: "install-libreoffice",
    RunComparison: "compare --runs, status --compare",
    Verification: "verify",
    Converted: "convert",
    ExportedVoucher: "voucher",
    ImportDocument: "import",
    MappingDocument: "import --show-map",
    NextBook: "rollforward",
    ErrorDocument: "every command that ends with an error",
}
DOCUMENTS: dict[str, type[Document]] = {document.schema_name: document for document in PRINTED_BY}
