"""Parts of an explanation, and its days, quantities and amounts in writing.

Units   as in domain.trace.
Source  WORKBOOK "Command line".
"""

from dataclasses import dataclass, field

from invclose_xl.domain.book import NO_DATE
from invclose_xl.domain.days import to_date
from invclose_xl.domain.money import format_amount, format_quantity
from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.ends import End
from invclose_xl.reports.costs.parts import NOWHERE, CostPart


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a cost, and what the place it leads to consists of in turn."""

    part: CostPart
    children: tuple["Node", ...] = ()
    seen: bool = False
    """explained elsewhere in the same tree, or too far away"""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the way from the posted cost to the cost."""

    what: str
    amount: int
    closing: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of an item or a voucher line: a caption, headings, cells as text, and which columns are numbers."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one subject."""

    subject: str
    """issue, receipt, closing leg, item, voucher, voucher line, document or lot"""
    id: str
    title: str
    movement: int = NOWHERE
    facts: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...] = ()
    cost: int = 0
    sources: tuple[Node, ...] = ()
    origins: tuple[End, ...] = ()
    uses: tuple[Node, ...] = ()
    destinations: tuple[End, ...] = ()
    tables: tuple[TextTable, ...] = ()
    rules: dict[str, str] = field(default_factory=dict)
    """every rule that is cited, in words"""


def day(trace: Trace, movement: int) -> str:
    """Return the date of a place as text."""
    number = int(trace.movements.date[movement])
    return "no date" if number == NO_DATE else to_date(number).isoformat()


def quantity(trace: Trace, units: int) -> str:
    """Write a quantity as a magnitude, with thousands apart."""
    whole, point, part = format_quantity(abs(int(units)), trace.quantity_scale).partition(".")
    return f"{int(whole):,}{point}{part}"


def amount(trace: Trace, units: int) -> str:
    """Write an amount."""
    return format_amount(int(units), trace.currency_decimals)
