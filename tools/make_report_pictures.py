"""Make the pictures of reports.md from examples/january.xlsx: the tool's own, and pages of its workbooks.

In      examples/january.xlsx; LibreOffice and pdftoppm for the pages of workbooks, resvg-py for the pictures.
Out     docs/pictures/report-*.png; run this file to write them, then look at them.
"""

import subprocess
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl

import invclose_xl

DOCS = Path(__file__).parent.parent / "docs"
PICTURES = DOCS / "pictures"
NOW = datetime(2026, 2, 1, 8, 0)


def page(workbook: Path, number: int, name: str) -> None:
    """Keep one page of a workbook as it would be printed."""
    folder = workbook.parent
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(workbook)],
        check=True,
        capture_output=True,
    )
    pdf = workbook.with_suffix(".pdf")
    target = PICTURES / f"report-{name}"
    subprocess.run(
        ["pdftoppm", "-r", "110", "-png", "-singlefile", "-f", str(number), "-l", str(number), str(pdf), str(target)],
        check=True,
    )


def with_ledger(closed: Path) -> Path:
    """Add a general ledger to the closed month: what was posted, with three mistakes a reader can find."""
    made = openpyxl.load_workbook(closed)
    lines = made.create_sheet("Ledger")
    lines.append(["Account", "Date", "Voucher", "Amount"])
    entries = invclose_xl.reconcile(closed, output=closed.with_name("first.xlsx"), now=NOW).frame("Entries")
    rows = [(r["account"], r["ledger_date"], r["voucher"], r["amount"]) for r in entries.iter_rows(named=True)]
    posted = [row for row in rows if row[2] != "IC-000001"]
    wrong = posted.pop(40)
    posted.append(("130100", date(2026, 1, 19), "GJ-0017", Decimal("250.00")))
    posted.append((wrong[0], date(2026, 2, 2), wrong[2], wrong[3]))
    for row in posted:
        lines.append(row)
    path = closed.with_name("january.xlsx")
    made.save(path)
    return path


def main() -> None:
    """Write all pictures."""
    example = DOCS.parent / "examples" / "january.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder) / "closed.xlsx"
        invclose_xl.check_report(example, output=Path(folder) / "check.xlsx", now=NOW)
        page(Path(folder) / "check.xlsx", 1, "check")
        invclose_xl.close(example, output=closed, now=NOW, user="example")
        for name, subject in (("time", "B-TOUR"), ("flow", "T0270")):
            invclose_xl.explain(closed, subject).picture(PICTURES / f"report-{name}.png", force=True)
        book = with_ledger(closed)
        report = Path(folder) / "reconciliation.xlsx"
        invclose_xl.reconcile(book, output=report, now=NOW)
        page(report, 1, "reconcile")


if __name__ == "__main__":
    main()
