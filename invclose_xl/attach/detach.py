"""Detaching: what attach put into a workbook is taken out again, wherever nothing was entered since.

In      an .xlsm with our sheet Start, as attach wrote it or as Excel or LibreOffice saved it since.
Out     the workbook without Start, without our VBA modules, without the sheets that were added and are still empty; an
        .xlsx where no macro is left. Sheets with entries stay.
Errors  BookUnusable where there is nothing of ours; WrongUsage for endings.
Source  WORKBOOK "Command line" (detach).
"""

import re
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from invclose_xl.attach.attach import ATTACHED_NAME, declare
from invclose_xl.attach.vba import OUR_MODULES, modules_of, without_our_modules
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file
from invclose_xl.files.target import refuse_output
from invclose_xl.template_builder.build import CONFIGURATION, MACRO_TYPE, PLAIN_TYPE, new_book
from invclose_xl.template_builder.start import START
from invclose_xl.workbook.cells.cells import BLANK, NUMBER, Cells
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package.cell_reference import whole_number
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Package, Sheet, relationships_part
from invclose_xl.workbook.results.workbook_part import refers_to
from invclose_xl.workbook.tables.sheet import Sheets

RESULT_SHEETS = {spec.name for spec in OUTPUT_SHEETS}
_PLAIN_MODULES = {"thisworkbook"}
_CLOSING = re.compile(r"IC-\d{6,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Detachment:
    """The sheets that were taken out, and those that stay because something was entered there."""

    path: Path
    sheets: tuple[str, ...]
    kept: tuple[str, ...]
    parts: PartChanges


def detach(book: Path, output: Path, *, force: bool = False, landing: Landing | None = None) -> Detachment:
    """Write ``output``: the workbook without what attach put in."""
    with Package.open(book) as package:
        project = package.related("vbaProject")
        added = _added(package)
        only_ours = project is not None and _is_only_ours(book)
        endings = (".xlsx",) if project is None or only_ours else (".xlsm",)
        refuse_output(output, book, endings, is_ours=lambda: False, force=force)
        kept = _with_entries(package, added)
        if any(sheet.name in RESULT_SHEETS for sheet in kept):  # they belong together
            kept = [sheet for sheet in added if sheet in kept or sheet.name in RESULT_SHEETS]
        gone = [sheet for sheet in added if sheet not in kept]
        edit = PackageEdit(package)
        for sheet in gone:
            _remove_with_parts(edit, sheet.part)
            edit.remove_relationships(package.workbook_part, sheet.part)
        _forget(edit, gone)
        if project is not None and only_ours:
            _remove_with_parts(edit, project)
            edit.remove_relationships(package.workbook_part, project)
        elif project is not None:
            changed = without_our_modules(book)
            edit.replace(project, lambda: [changed])
        declare(edit, (PLAIN_TYPE if endings == (".xlsx",) else MACRO_TYPE).decode())
        parts = edit.changes()
        if landing is not None:
            landing.what = f"{output} was written, whole."
        replace_file(output, edit.save, like=book, landing=landing)
    return Detachment(output, tuple(s.name for s in gone), tuple(s.name for s in kept), parts)


def _added(package: Package) -> list[Sheet]:
    """Return the sheets that attach put in and that are there; raise BookUnusable where it put in nothing."""
    noted = [n.text for n in package.defined_names() if n.name.casefold() == ATTACHED_NAME.casefold()]
    if not noted:
        raise BookUnusable(f"{package.path.name} has nothing that attach put in; it was left alone.")
    names = "".join(re.findall(r'"([^"]*)"', noted[0])).split(",")
    found = [package.sheet(name) for name in names]
    return [sheet for sheet in found if sheet is not None and sheet.part]


def _is_only_ours(book: Path) -> bool:
    """Say whether a VBA project has no code but ours; the modules of its sheets and of the book are empty then."""
    modules = modules_of(book)
    others = {n: text for n, text in modules.items() if n not in OUR_MODULES and n.casefold() not in _PLAIN_MODULES}
    is_ours = any("TellWhatIsMissing" in text for n, text in modules.items() if n.casefold() in _PLAIN_MODULES)
    code = [line for text in others.values() for line in text.splitlines() if line.strip()]
    return is_ours and all(
        line.startswith(("Attribute ", "VERSION ", "BEGIN", "END", "  ", "Option ")) for line in code
    )


def _with_entries(package: Package, added: list[Sheet]) -> list[Sheet]:
    """Return the added sheets that do not stand as the template has them; of result sheets those with results."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.xlsx"
        new_book(template, date(2026, 1, 1), with_examples=False)
        with Package.open(template) as plain:
            here, there = Sheets(package), Sheets(plain)
            return [sheet for sheet in added if _has_entries(here, there, sheet)]


def _has_entries(here: Sheets, there: Sheets, sheet: Sheet) -> bool:
    cells = here.cells(sheet)
    if sheet.name in (START, CONFIGURATION):
        return False
    if sheet.name in RESULT_SHEETS:
        return any(_CLOSING.fullmatch(text.strip()) for text in cells.texts.drop_nulls().to_list())
    original = there.find(sheet.name)
    return original is None or _entries(cells) != _entries(there.cells(original))


def _entries(cells: Cells) -> list[tuple[int, int, int, float, str | None]]:
    """Return what is in the cells of a sheet, blanks aside."""
    texts = cells.texts.gather(cells.text_at).to_list()
    number = np.where(cells.kind == NUMBER, cells.number, 0.0)
    columns = (cells.row.tolist(), cells.column.tolist(), cells.kind.tolist(), number.tolist(), texts)
    return sorted(entry for entry in zip(*columns, strict=True) if entry[2] != BLANK)


def _remove_with_parts(edit: PackageEdit, part: str) -> None:
    """Take out a part, its relationships, and what only it points to."""
    for relationship in edit.package.relationships(part).values():
        if not relationship.external and edit.package.has(relationship.target):
            edit.remove(relationship.target)
    if edit.package.has(relationships_part(part)):
        edit.remove(relationships_part(part))
    edit.remove(part)


def _forget(edit: PackageEdit, gone: list[Sheet]) -> None:
    """Take tabs and the names that speak of them out of the workbook part; later tabs move up, and names with them."""
    document, root = edit.package.workbook, edit.package.workbook.root
    positions = {sheet.position for sheet in gone}
    keys = {sheet.name.casefold() for sheet in gone}
    listed = root.child("sheets")
    for position, element in enumerate(listed.all("sheet") if listed else ()):
        if position in positions:
            document.remove(element)
    names = root.child("definedNames")
    elements = list(names.all("definedName")) if names else []
    leaving = []
    for element in elements:
        local = whole_number(element.attributes.get("localSheetId"), -1)
        is_note = element.attributes.get("name", "").casefold() == ATTACHED_NAME.casefold()
        if is_note or local in positions or (local < 0 and refers_to(element.text, keys)):
            leaving.append(element)
        elif local >= 0 and (before := sum(p < local for p in positions)):
            document.set_attribute(element, "localSheetId", str(local - before))
    if names is not None and len(leaving) == len(elements):
        document.remove(names)
    else:
        for element in leaving:
            document.remove(element)
    views = root.child("bookViews")
    for view in views.all("workbookView") if views else ():
        for attribute in ("activeTab", "firstSheet"):
            at = whole_number(view.attributes.get(attribute), -1)
            if at >= 0 and (before := sum(p <= at for p in positions)):
                document.set_attribute(view, attribute, str(max(at - before, 0)))
