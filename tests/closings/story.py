"""Stories: a book that lives for months, told line by line in the language of the case files.

In      lines as in docs/test-language.md, and what only time brings:
        ``close DATE [posting DATE]``, ``recalculate DATE [item X] [group G]``, ``reverse``: a run through the command
        line; the ``=>`` lines behind it are what that run must have left.
        From a line that begins with ``==`` on it is no story any more.
        Behind ``=>`` also ``said CODE``, ``silent CODE`` (the run's log) and ``state SHEET CLOSING STATUS``.
        ``invoice ID DATE amount X``, ``set ID Heading-of-the-column=VALUE``, ``remove ID``, ``model ITEM MODEL``,
        ``flag ITEM Heading-of-the-model-group=VALUE``,
        ``parameter NAME = VALUE``, ``charge …``, ``discharge ID AMOUNT``, ``receipt …``, ``issue …``: what the user
        does before the next run.
Out     Story: the book before its first run, and the runs.
Errors  ValueError that names the line.
"""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.books import Book, Cell, Item
from tests.language import Case, canonical, take_line, transaction_row
from tests.language import Step as CaseStep

RUNS = ("close", "recalculate", "reverse")


@dataclass
class Step:
    """What the user does, one run, and what it must leave."""

    edits: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @property
    def day(self) -> date | None:
        """The date of the run."""
        return date.fromisoformat(self.run[1]) if len(self.run) > 1 else None

    def arguments(self, book: Path) -> list[str]:
        """Return the run as arguments of the command line."""
        words = [self.run[0], str(book), "--no-backup"]
        names = {"posting": "--posting-date", "item": "--item", "group": "--item-group"}
        if len(self.run) > 1:
            words += ["--date", self.run[1]]
        for name, value in zip(self.run[2::2], self.run[3::2], strict=True):
            words += [names[name], value]
        return words


@dataclass
class Story:
    """A book and its runs."""

    name: str
    book: Book
    steps: list[Step]

    def __str__(self) -> str:
        """Name of the test."""
        return self.name


def read_story(path: Path) -> Story:
    """Read one story."""
    case = Case(path.stem, steps=[CaseStep()])
    steps = [Step()]
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.startswith("== "):
            break
        line = line.split(" # ")[0].strip()
        if not line or line.startswith("#"):
            continue
        try:
            _take(case, steps, line)
        except (ValueError, KeyError, IndexError, ArithmeticError) as fault:
            raise ValueError(f"{path.name}:{number}: {line!r}: {fault}") from fault
    case.book.rows = case.steps[0].rows
    if not case.book.items:
        case.book.items.append(Item("A", "FIFO"))
    return Story(path.stem, case.book, steps)


def _take(case: Case, steps: list[Step], line: str) -> None:
    words = shlex.split(line)
    if words[0] == "=>":
        steps[-1].expected.extend(canonical(line[2:]))
        return
    if steps[-1].run:
        steps.append(Step())
    if words[0] in RUNS:
        steps[-1].run = words
    elif len(steps) == 1:
        take_line(case, line)
    else:
        steps[-1].edits.append(line)


def edit(path: Path, lines: list[str]) -> None:
    """Do to the workbook what a user does, with another program than the one under test."""
    if not lines:
        return
    workbook = openpyxl.load_workbook(path)
    for line in lines:
        words = shlex.split(line)
        EDITS[words[0]](workbook, words, line)
    workbook.save(path)


def _add(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    _append(workbook["Transactions"], transaction_row(words))


def _charge(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    if "Cost adjustments" not in workbook.sheetnames:
        workbook.create_sheet("Cost adjustments")
    _append(
        workbook["Cost adjustments"],
        {"Transaction ID": words[1], "Date": date.fromisoformat(words[2]), "Amount": Decimal(words[3]),
         "Applies to": " ".join(word for word in words[4:] if not word.startswith("account=")),
         "Offset account": "".join(word[8:] for word in words[4:] if word.startswith("account="))},
    )  # fmt: skip


def _discharge(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    sheet = workbook["Cost adjustments"]
    amount = _column(sheet, "Amount")
    rows = [n for n in range(2, sheet.max_row + 1) if Decimal(str(sheet.cell(n, amount).value)) == Decimal(words[2])]
    sheet.delete_rows(next(n for n in rows if sheet.cell(n, 1).value == words[1]))


def _invoice(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    sheet = workbook["Transactions"]
    row = _row_of(sheet, words[1])
    sign = 1 if float(sheet.cell(row, _column(sheet, "Quantity")).value) > 0 else -1
    _put(sheet, row, "Financial date", date.fromisoformat(words[2]))
    if len(words) > 3:
        _put(sheet, row, "Financial cost amount", sign * Decimal(words[4]))


def _set(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    sheet = workbook["Transactions"]
    heading, _, text = words[2].partition("=")
    _put(sheet, _row_of(sheet, words[1]), heading.replace("-", " "), _value(text))


def _remove(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    sheet = workbook["Transactions"]
    sheet.delete_rows(_row_of(sheet, words[1]))


def _model(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    sheet = workbook["Item model groups"]
    _put(sheet, _row_of(sheet, f"G-{words[1]}"), "Inventory model", " ".join(words[2:]))


def _flag(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    sheet = workbook["Item model groups"]
    heading, _, value = words[2].partition("=")
    _put(sheet, _row_of(sheet, f"G-{words[1]}"), heading.replace("-", " "), value)


def _parameter(workbook: openpyxl.Workbook, words: list[str], line: str) -> None:
    name, _, value = line.removeprefix("parameter").partition("=")
    if "Parameters" not in workbook.sheetnames:
        workbook.create_sheet("Parameters")
    sheet = workbook["Parameters"]
    names = [str(cell.value) for cell in sheet["A"]] if sheet.max_row > 1 else []
    if name.strip() in names:
        sheet.cell(names.index(name.strip()) + 1, 2, _value(value.strip()))
    else:
        _append(sheet, {"Name": name.strip(), "Value": _value(value.strip())})


EDITS: dict[str, Callable[[openpyxl.Workbook, list[str], str], None]] = {
    "receipt": _add, "issue": _add, "charge": _charge, "invoice": _invoice, "set": _set, "remove": _remove,
    "discharge": _discharge,
    "model": _model, "flag": _flag, "parameter": _parameter,
}  # fmt: skip


def _value(text: str) -> Cell:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return Decimal(text) if text.replace(".", "", 1).lstrip("-").isdigit() else text or None


def _column(sheet: Worksheet, heading: str) -> int:
    """Return the column of a heading; a new one at the end where there is none."""
    for cell in sheet[1]:
        if cell.value == heading:
            return int(cell.column)
    column = 1 if sheet.max_row == 1 and sheet.cell(1, 1).value is None else sheet.max_column + 1
    sheet.cell(1, column, heading)
    return column


def _row_of(sheet: Worksheet, key: str) -> int:
    return next(int(row[0].row) for row in sheet.iter_rows(min_row=2) if any(c.value == key for c in row))


def _append(sheet: Worksheet, row: dict[str, Cell]) -> None:
    number = sheet.max_row + 1
    for heading, value in row.items():
        if value not in (None, ""):
            _put(sheet, number, heading, value)


def _put(sheet: Worksheet, row: int, heading: str, value: Cell) -> None:
    cell = sheet.cell(row, _column(sheet, heading))
    cell.value = value
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
