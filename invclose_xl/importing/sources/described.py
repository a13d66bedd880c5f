"""Text files without headings, whose columns are in a description beside them: model.json, *.cdm.json.

In      the folder of an export.
Out     the columns of each table that is described there, by the table's name.
Errors  IC405 for a description that cannot be read.
Source  Common Data Model: model.json (entities, attributes), entity definitions (hasAttributes); Azure Synapse Link.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from invclose_xl.importing.faults import fault
from invclose_xl.importing.sources.table import name_key

Described = Mapping[str, tuple[str, ...]]
"""name of a table, as names are compared -> its columns in their order"""
_VALUE = re.compile(
    r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].*)?"
    r"|[\da-fA-F]{8}-([\da-fA-F]{4}-){3}[\da-fA-F]{12}|true|false|True|False|NULL|null"
)


def described_in(path: Path) -> Described:
    """Return what the descriptions in a folder, those in it, and the one it lies in say; or those beside a file."""
    found: dict[str, tuple[str, ...]] = {}
    within = path.rglob("*.json") if path.is_dir() else ()
    for file in (*sorted(path.absolute().parent.glob("*.json")), *sorted(within)):
        if file.name.casefold() == "model.json" or file.name.casefold().endswith(("-model.json", ".cdm.json")):
            found |= {name_key(name): columns for name, columns in _tables(_read(file)) if columns}
    return found


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as reason:
        raise fault(
            "IC405", file.name, "", f"The description of tables cannot be read: {str(reason).splitlines()[0]}.",
            "Copy the whole folder of the export again.",
        ) from None  # fmt: skip


def _tables(data: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield tables with their columns: of a model, and of definitions of entities."""
    if not isinstance(data, dict):
        return
    for kind, name, attributes in (("entities", "name", "attributes"), ("definitions", "entityName", "hasAttributes")):
        for entity in data.get(kind) or ():
            if isinstance(entity, dict) and isinstance(entity.get(name), str):
                yield entity[name], _columns(entity.get(attributes) or ())


def _columns(attributes: Sequence[Any]) -> tuple[str, ...]:
    return tuple(a if isinstance(a, str) else str(a.get("name", "")) for a in attributes if isinstance(a, str | dict))


def columns_of(file: Path, described: Described) -> tuple[str, ...]:
    """Return the columns that are described of a file: by its name, or that of a folder it lies in."""
    stem = re.sub(r"[\s_.\-]*\(?\d+\)?$", "", file.stem)
    for name in (file.stem, stem, *(folder.name for folder in list(file.parents)[:3])):
        if name_key(name) in described:
            return described[name_key(name)]
    return ()


def is_data(first_line: Sequence[str]) -> bool:
    """Say whether the first line of a file is a row of values: some are numbers, dates or identifiers."""
    return any(_VALUE.fullmatch(cell.strip()) for cell in first_line)


def has_names_of(first_line: Sequence[str], columns: Sequence[str]) -> bool:
    """Say whether the first line of a file are the headings that its description names, or most of them."""
    names = {name_key(name) for name in columns}
    return 2 * sum(name_key(cell) in names for cell in first_line) >= len(first_line)
