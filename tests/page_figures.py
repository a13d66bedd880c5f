"""The figures that stand between the blocks of a page, and where a figure may come from.

In      the text of a page; what its commands printed; the books they made.
Out     decimals: those of the page, and those that were printed or stand in a cell.
"""

import ast
import operator
import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from python_calamine import CalamineWorkbook

NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
FIGURE = re.compile(rf"(?<![\w.,/#$-])([+−-]?{NUMBER})(?![\w%/]|[.,-]\w)")
OTHER_THAN_FIGURES = re.compile(
    r"^```.*?^```$"  # blocks: their commands are run
    r"|`[^`\n]*`|\]\([^)]*\)|<[^>\n]+>"  # names, links
    r"|^#+ \d+\. |^\d+\. "  # numbers of headings and steps
    r"|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}\.? (?:January|February|March|April|December|Jan|Feb|Mar)\b|\b20\d\d\b"  # dates
    r"|\bR\d+(?:\.\d+)?\b|\bIC\d{3}\b|\bsites? \d\b"  # rules, codes, sites
    r"|Dynamics (?:AX / )?365|AX 2012|Odoo \d\d|Python 3\.\d+",  # programs
    re.M | re.S,
)
OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
SUM = re.compile(rf"(?<![\w.])(\(?{NUMBER}(?:\)? [-+×/−] \(?{NUMBER}\)?)+) = ([+−-]?{NUMBER})")


def prose(page: str) -> str:
    """Return a page without its blocks, names, dates and what else has digits and is no figure."""
    return OTHER_THAN_FIGURES.sub(" ", page)


def figures(page: str) -> set[str]:
    """Return the figures of a page as they are written there."""
    return set(FIGURE.findall(prose(page)))


def as_number(figure: str) -> Decimal:
    """Return what a figure says."""
    return Decimal(figure.replace(",", "").replace("−", "-"))


def calculate(expression: str) -> Decimal:
    """Return what arithmetic of a page comes to: four operations, brackets, × and −."""
    plain = expression.replace(",", "").replace("×", "*").replace("−", "-")
    return _value(ast.parse(plain.strip(), mode="eval").body, plain.strip())


def _value(node: ast.expr, source: str) -> Decimal:
    if isinstance(node, ast.BinOp):
        return Decimal(OPERATIONS[type(node.op)](_value(node.left, source), _value(node.right, source)))
    return Decimal(ast.get_source_segment(source, node) or "")


def sums(page: str) -> list[tuple[str, str]]:
    """Return the lines of arithmetic of a page: what is calculated, and what it is said to come to."""
    return SUM.findall(prose(page))


def wrong_sums(page: str) -> list[str]:
    """Return the lines of arithmetic that do not come to what the page says, rounded to as many decimals."""
    return [f"{left} = {right}" for left, right in sums(page) if not comes_to(left, right)]


def comes_to(expression: str, figure: str) -> bool:
    """Tell whether arithmetic comes to a figure, rounded to its decimals as a ledger rounds."""
    return calculate(expression).quantize(as_number(figure), ROUND_HALF_UP) == as_number(figure)


def printed(texts: Iterable[str]) -> Iterator[Decimal]:
    """Return every number in what was printed or pasted."""
    for text in texts:
        for figure in re.findall(rf"(?<![\w.])[-−]?{NUMBER}", text):
            yield as_number(figure)


def in_cells(book: Path) -> Iterator[Decimal]:
    """Return every number in the cells of a workbook."""
    workbook = CalamineWorkbook.from_path(str(book))
    for sheet in workbook.sheet_names:
        for row in workbook.get_sheet_by_name(sheet).to_python():
            for cell in row:
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    yield Decimal(format(cell, ".15g"))


def without_source(page: str, known: set[Decimal], calculated: dict[str, str]) -> set[str]:
    """Return the figures that nothing accounts for: neither known, nor calculated from what is known.

    A sign before a figure must be the sign of what is known; without one, an amount stands for either.
    """
    known = known | {abs(number) for number in known}
    for expression, figure in [*((how, figure) for figure, how in calculated.items()), *sums(page)]:
        operands = {as_number(operand) for operand in re.findall(NUMBER, expression)}
        if operands <= known and comes_to(expression, figure):
            known.add(as_number(figure))
    return {figure for figure in figures(page) if as_number(figure) not in known}
