"""The README of the auditor's package: what it holds, and how to check all of it without this program.

In      the facts of the close.
Out     Markdown: package_readme.md with the facts filled in.
Source  WORKBOOK "Command line" (reconcile --package).
"""

from dataclasses import asdict, dataclass
from datetime import date
from importlib import resources
from string import Template


@dataclass(frozen=True, slots=True)
class CloseFacts:
    """Facts of the close that the README states."""

    book: str
    closing: str
    closed_up_to: date
    digest: str
    currency: str
    inventory_value: str
    change: str
    settled: str
    warnings: int
    version: str


def readme(facts: CloseFacts) -> str:
    """Return the text."""
    text = resources.files("invclose_xl.audit").joinpath("package_readme.md").read_text("utf-8")
    return Template(text).substitute(asdict(facts), unit=f" {facts.currency}" if facts.currency else "")
