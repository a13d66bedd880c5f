"""The sheet *Parameters*: names and values become Parameters, and the Locale the other sheets are read with.

In      a RawTable with the columns name and value.
Out     Parameters; defaults where blank or faulty.
Errors  Findings: values a parameter cannot have, parameters stated twice, names that are nearly one; other unknown
        names are a warning.
Source  WORKBOOK "Optional sheets" (Parameters); RULES R0.
"""

import difflib
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, get_args

import numpy as np
from pydantic import ValidationError

from invclose_xl.domain.days import to_date
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.parameters import Parameters
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.workbook.cells.cells import BLANK
from invclose_xl.workbook.layout import PARAMETERS, heading_key
from invclose_xl.workbook.tables.columns import texts
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.dates import EmptyDate, read_date
from invclose_xl.workbook.values.near import MOST_EDITS, edits, letters
from invclose_xl.workbook.values.numbers import read_number
from invclose_xl.workbook.values.values import (
    Cell,
    Fault,
    Locale,
    read_text,
    read_yes_no,
    shown,
)

OTHER_NAMES = {"maximum_deviation": "Maximum deviation %"}
READ_FIRST = ("decimal_separator", "date_order", "currency")
NAMES = {field: OTHER_NAMES.get(field, field.replace("_", " ").capitalize()) for field in Parameters.model_fields}
NAMES["lifo_issue_order"] = "LIFO issue order"
_FIELDS = index_in_all_languages({name: field for field, name in NAMES.items()}, heading_key)


def parse_parameters(table: RawTable | None, findings: Findings, locale: Locale) -> tuple[Parameters, Locale]:
    """Return the settings of the book and how its texts are to be read."""
    if table is None:
        return Parameters(), locale
    rows = _rows(table, findings)
    values: dict[str, Any] = {}
    empty: list[int] = []
    column = table.column("value")
    for field in sorted(rows, key=lambda name: name not in READ_FIRST):
        value = _value(field, column.cell(rows[field]), locale)
        if isinstance(value, Fault):
            findings.cell(rows[field], "value", value)
        elif isinstance(value, EmptyDate):
            empty.append(rows[field])
        elif value is not None:
            values[field] = value
            if field in READ_FIRST:
                locale = replace(locale, **{field: value})
    if empty:
        findings.empty_dates["value"] = np.array(empty, dtype=np.int64)
    try:
        return Parameters(**values), locale
    except ValidationError as refused:
        for error in refused.errors():
            field = str(error["loc"][0])
            values.pop(field, None)
            cell = column.cell(rows[field])
            limit = next(iter(error.get("ctx", {}).values()), "")
            bound = "at least" if error["type"].startswith("greater") else "at most"
            findings.cell(
                rows[field], "value", _refused(field, cell, locale, f"{NAMES[field]} must be {bound} {limit}.")
            )
    return Parameters(**values), locale


def _rows(table: RawTable, findings: Findings) -> dict[str, int]:
    """Return the row of each parameter; unknown and repeated names are reported."""
    names = texts(table, "name", findings)
    required(table, PARAMETERS.columns[0], names.is_null().to_numpy(), findings)
    rows: dict[str, int] = {}
    value = table.column("value")
    for row in np.flatnonzero(names.is_not_null().to_numpy()).tolist():
        name = str(names[row])
        field = _FIELDS.get(heading_key(name))
        if field is None:
            near = difflib.get_close_matches(heading_key(name), _FIELDS, n=1, cutoff=0.6)
            if near and _is_filled(value.cell(row)) and edits(letters(name), letters(near[0])) <= MOST_EDITS:
                meant = NAMES[_FIELDS[near[0]]]
                problem = f"There is no parameter of this name, and it is nearly {meant}, which would not be set."
                fix = f"Enter {meant}, or delete the row."
                findings.cell(row, "name", Fault("IC194", name, problem, fix))
                continue
            hint = f"Did you mean {NAMES[_FIELDS[near[0]]]}?" if near else f"Known are: {', '.join(NAMES.values())}."
            fault = Fault("IC153", name, "There is no parameter of this name, so it has no effect.", hint)
            findings.cell(row, "name", fault, Severity.WARNING)
        elif field in rows:
            first = findings.cells.cell(rows[field], "name")
            problem = f"{NAMES[field]} is already set in {first.seen_from(findings.cells.cell(row, 'name'))}."
            findings.cell(row, "name", Fault("IC145", name, problem, "Delete one of the two rows."))
        else:
            rows[field] = row
    return rows


def _is_filled(cell: Cell) -> bool:
    return cell.kind != BLANK


def _as_choice(choice: str) -> str:
    """Signs in quotation marks, so that a comma in a list can be seen."""
    return choice if choice.isalnum() or " " in choice else f"'{choice}'"


def _value(field: str, cell: Cell, locale: Locale) -> Any:
    """Read a value as its parameter's type; None where blank, a Fault where it is none."""
    annotation = Parameters.model_fields[field].annotation
    choices = choices_of(annotation)
    kinds = [kind for kind in (*get_args(annotation), annotation) if isinstance(kind, type)]
    if choices:
        text = read_text(cell, locale)
        if text is None or isinstance(text, Fault):
            return text
        known = index_in_all_languages({choice: choice for choice in choices}, heading_key)
        return known.get(heading_key(text)) or _refused(
            field, cell, locale, f"{NAMES[field]} must be {_join_choices([_as_choice(word) for word in choices])}."
        )
    if bool in kinds:
        return read_yes_no(cell, locale)
    if Decimal in kinds or int in kinds:
        number = read_number(cell, locale)
        if int in kinds and isinstance(number, Decimal) and number != int(number):
            return _refused(field, cell, locale, f"{NAMES[field]} must be a whole number.")
        return int(number) if int in kinds and isinstance(number, Decimal) else number
    if str in kinds:
        return read_text(cell, locale)
    day = read_date(cell, locale)
    return to_date(day) if isinstance(day, int) else day


def _join_choices(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def choices_of(annotation: Any) -> list[str]:
    """Return the words that a parameter may be; none where it is a number, date or free text."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    words: list[str] = []
    for part in get_args(annotation):
        if isinstance(part, str):
            words.append(part)
        elif part is not NoneType:
            words += choices_of(part)
    return words


def _refused(field: str, cell: Cell, locale: Locale, problem: str) -> Fault:
    default = Parameters.model_fields[field].default
    word = default.value if isinstance(default, Enum) else default
    meaning = "" if word in (None, "") else f" (which is {'Yes' if word is True else 'No' if word is False else word})"
    return Fault(
        "IC144", shown(cell, locale), problem, f"Enter an allowed value, or empty the cell for the default{meaning}."
    )
