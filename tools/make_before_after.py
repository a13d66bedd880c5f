"""Make the picture of the README: the rows of one item before the close, what the close made of them, the voucher.

In      examples/january.xlsx; LibreOffice, pdftoppm and ImageMagick.
Out     docs/pictures/before-after.png; run this file to write it, then look at it.
"""

import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

import invclose_xl

DOCS = Path(__file__).parent.parent / "docs"
ITEM, SITES = "B-TOUR", ("2", "site=2")
WIDTH = 1370
NOW = datetime(2026, 2, 1, 8, 0)
SHOWN = {
    "Transactions": ("Before: the transactions, as they were posted during the month", (
        "Transaction ID", "Item number", "Reference", "Number", "Financial date", "Quantity", "Financial cost amount",
        "Site")),
    "Adjustments": ("After: the adjustments, with what each of them really cost", (
        "Item number", "Costing group", "Transaction ID", "Transaction date", "Reference", "Quantity", "Old cost",
        "New cost", "Adjustment", "Cause")),
    "Vouchers": ("After: the voucher, the entry to post", (
        "Voucher", "Date", "Line", "Account", "Ledger dimension", "Specification", "Debit", "Credit")),
}  # fmt: skip


def keep(sheet: Worksheet, headings: tuple[str, ...]) -> None:
    """Hide what is not shown: other columns, and rows of other items and sites."""
    head = next(row for row in sheet.iter_rows(max_row=4) if headings[0] in [cell.value for cell in row])
    item, site = (
        next((cell.column for cell in head if cell.value in names), 0)
        for names in (("Item number",), ("Site", "Costing group"))
    )
    widths = {}
    for group in sheet.column_dimensions.values():
        widths |= {get_column_letter(k): group.width for k in range(group.min, group.max + 1)}
    sheet.column_dimensions.clear()
    for cell in head:
        dimension = sheet.column_dimensions[cell.column_letter]
        dimension.width, dimension.hidden = widths[cell.column_letter], cell.value not in headings
    for row in sheet.iter_rows(min_row=head[0].row + 1):
        own = not item or (row[item - 1].value == ITEM and row[site - 1].value in SITES)
        sheet.row_dimensions[row[0].row].hidden = not own
    if item and head[0].row > 1:  # the total of all items
        sheet.row_dimensions[head[0].row - 1].hidden = True
    sheet.page_setup.orientation, sheet.page_setup.scale = "landscape", 72
    sheet.sheet_properties.pageSetUpPr = None
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = ""
    sheet.oddFooter.left.text = sheet.oddFooter.right.text = ""
    sheet.print_options.gridLines = True


def part(closed: Path, name: str, folder: Path) -> Path:
    """Print one sheet of the closed book and cut the paper away."""
    title, headings = SHOWN[name]
    book = openpyxl.load_workbook(closed)
    keep(book[name], headings)
    for other in book.sheetnames:
        if other != name:
            book[other].sheet_state = "hidden"
    book.active = book.sheetnames.index(name)
    path = folder / f"{name}.xlsx"
    book.save(path)
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["pdftoppm", "-r", "140", "-png", "-singlefile", str(path.with_suffix(".pdf")), str(folder / name)],
                   check=True)  # fmt: skip
    picture = folder / f"{name}.png"
    caption = ["-background", "#1F4E78", "-fill", "white", "-pointsize", "22", "-gravity", "west", f"label: {title}"]
    cut = ["convert", str(picture), "-trim", "+repage", "-extent", f"{WIDTH}x", str(picture)]
    subprocess.run(cut, check=True)
    join = ["convert", "(", *caption, "-extent", f"{WIDTH}x40", ")", str(picture), "-append", str(picture)]
    subprocess.run(join, check=True)
    return picture


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        closed = folder / "closed.xlsx"
        invclose_xl.close(DOCS.parent / "examples" / "january.xlsx", output=closed, now=NOW, user="example")
        parts = [str(part(closed, sheet, folder)) for sheet in SHOWN]
        made = ["convert", *parts, "-background", "white", "-append", str(DOCS / "pictures" / "before-after.png")]
        subprocess.run(made, check=True)


if __name__ == "__main__":
    main()
