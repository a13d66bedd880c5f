"""Headings match without regard to case, blanks and underscores; aliases are those of the contract, and no others.

Source  WORKBOOK, opening paragraph, and the bracketed names of its tables.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from invclose_xl.workbook.layout import INPUT_SHEETS, InputColumn, InputSheet
from invclose_xl.workbook.tables.headings import match_headings

CONTRACT = Path(__file__).parent.parent.parent / "docs" / "spec" / "workbook.md"
COLUMNS = [(spec, column) for spec in INPUT_SHEETS for column in (*spec.columns, *spec.exported)]
VARIANTS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "blanks around": lambda text: f"  {text}\u00a0 ",
    "blanks repeated": lambda text: text.replace(" ", "   "),
    "line break": lambda text: text.replace(" ", "\n"),
    "underscores": lambda text: text.replace(" ", "_"),
    "underscores around": lambda text: f"_{text}__",
}
every_column = pytest.mark.parametrize(
    ("spec", "column"), COLUMNS, ids=[f"{spec.name}-{column.heading}" for spec, column in COLUMNS]
)


def _field(spec: InputSheet, text: str) -> str | None:
    found = match_headings(1, {3: text}, (*spec.columns, *spec.exported)).columns
    return next(iter(found), None)


@every_column
@pytest.mark.parametrize("variant", VARIANTS)
def test_headings_and_aliases_in_every_spelling(spec: InputSheet, column: InputColumn, variant: str) -> None:
    for name in (column.heading, *column.aliases):
        assert _field(spec, VARIANTS[variant](name)) == column.field, name


@every_column
def test_words_written_together_are_no_heading(spec: InputSheet, column: InputColumn) -> None:
    """``FinancialDate`` is the user's own column unless the contract lists it."""
    known = {name.casefold() for c in (*spec.columns, *spec.exported) for name in (c.heading, *c.aliases)}
    together = column.heading.title().replace(" ", "")
    assert (_field(spec, together) is not None) == (together.casefold() in known)


def test_the_aliases_are_those_of_the_contract() -> None:
    text = CONTRACT.read_text("utf-8").split("## Written")[0]
    listed = {
        name.strip()
        for line in re.findall(r"^(?:\| .+? \||\* \*\*.+)", text, re.MULTILINE)
        for group in re.findall(r"\[(.+?)\]", line)
        for name in group.split(",")
    }
    ours = {alias for _, column in COLUMNS for alias in column.aliases}
    ours |= {column.heading for spec in INPUT_SHEETS for column in spec.exported}
    assert ours == listed
