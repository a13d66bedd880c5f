"""Which cells of a row the template's conditional formats mark as faulty, by the application's own arithmetic.

In      an open document of the template; its file, for the rules.
Out     the columns that are marked.
"""

import re
from pathlib import Path
from typing import Any

import openpyxl

from invclose_xl.workbook.package.cell_reference import Range as Area

SCRATCH = Area(60, 1, 60, 1)
ROW_OF_RULES = re.compile(r"(?<![A-Za-z!])(\$?[A-Z]{1,2})2(?![0-9])")
GREY = "EDEDED"
"""Rows of a closed period are grey, which is no fault."""


class Faults:
    """The rules of one sheet."""

    def __init__(self, document: Any, path: Path, sheet: str) -> None:
        self.document, self.sheet = document, sheet
        self.rules: list[tuple[str, str]] = []
        for area in openpyxl.load_workbook(path)[sheet].conditional_formatting:
            for rule in area.rules:
                if rule.type == "expression" and not str(rule.dxf.fill.bgColor.rgb).endswith(GREY):
                    self.rules.append((str(area.sqref).split(":")[0].rstrip("0123456789"), rule.formula[0]))

    def of(self, row: int, entries: dict[str, Any]) -> set[str]:
        """Enter a row, return the columns that are marked, and empty it again."""
        for column, entry in entries.items():
            at = openpyxl.utils.column_index_from_string(column)
            self.document.put(self.sheet, Area(at, row, at, row), [[entry]])
        marked = {column for column, formula in self.rules if self._is_true(formula, row)}
        self.document.clear(self.sheet, Area(1, row, 40, row))
        return marked

    def _is_true(self, formula: str, row: int) -> bool:
        moved = ROW_OF_RULES.sub(rf"\g<1>{row}", formula)
        self.document.put(self.sheet, SCRATCH, [[f"={moved}"]])
        ((value,),) = self.document.get(self.sheet, SCRATCH)
        self.document.clear(self.sheet, SCRATCH)
        assert value in (0.0, 1.0), f"{moved} gives {value!r}"
        return bool(value)
