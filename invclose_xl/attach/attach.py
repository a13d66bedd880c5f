"""Attaching: the sheet Start, buttons and macros for a workbook that somebody has already.

In      an .xlsx, or an .xlsm with or without macros of its own; where the .xlsm goes.
Out     the .xlsm: the template's sheets that it lacks behind its own, our VBA modules beside its own. Every part not
        named in ``Attached.parts`` keeps its bytes.
Errors  BookUnusable: a sheet, name, module or procedure of the workbook's own has a name that ours need; a protected
        structure; a signature, unless it is to be dropped. WrongUsage for endings.
Source  WORKBOOK "Command line" (attach); ECMA-376 part 2; MS-OVBA.
"""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from invclose_xl.attach.carry_sheets import SheetCarrier
from invclose_xl.attach.vba import PROJECT_RELATION, PROJECT_TYPE, project_alone, with_our_modules
from invclose_xl.domain.problems.problem import BookUnusable, WrongUsage
from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file
from invclose_xl.files.target import refuse_output
from invclose_xl.template_builder.build import MACRO_TYPE, new_book
from invclose_xl.template_builder.start import START
from invclose_xl.workbook.layout import TRANSACTIONS
from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import CONTENT_TYPES, Package, part_key
from invclose_xl.workbook.results.workbook_part import insert_in_order
from invclose_xl.workbook.results.write import results_in
from invclose_xl.workbook.tables.sheet import Sheets
from invclose_xl.workbook.values.values import Locale

ATTACHED_NAME = "InvCloseXL.Attached"
"""hidden name of the workbook: which sheets were put in"""
BOOK_ENDINGS = (".xlsx", ".xlsm")
_BEFORE_PROPERTIES = ("fileVersion", "fileSharing")
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Attachment:
    """The sheets and parts that were put in."""

    path: Path
    sheets: tuple[str, ...]
    has_own_macros: bool
    """the workbook has a VBA project of its own; ours are beside it"""
    parts: PartChanges


def attach(
    book: Path,
    output: Path,
    today: date,
    *,
    drop_signature: bool = False,
    force: bool = False,
    landing: Landing | None = None,
) -> Attachment:
    """Write ``output``: the workbook with our sheet Start, buttons and macros."""
    if book.suffix.lower() not in BOOK_ENDINGS:
        raise WrongUsage(f"{book.name}: buttons go into an .xlsx or .xlsm workbook; save it as one first.")
    refuse_output(output, book, (".xlsm",), is_ours=lambda: False, force=force)
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.xlsm"
        new_book(template, today, with_examples=False)
        with Package.open(book) as package, Package.open(template) as ours:
            package.refuse_expanding_parts()
            package.refuse_wrong_kinds()
            results_in(package, drop_signature=drop_signature)
            names = _sheets_to_add(package, ours)
            edit = PackageEdit(package)
            project = package.related("vbaProject")
            _add_project(edit, book, ours, project, drop_signature=drop_signature)
            carrier = SheetCarrier(edit, ours, _columns_here(package))
            if drop_signature and package.signature_parts:
                carrier.workbook.drop_signature()
            carrier.sheets(names)
            carrier.workbook.set_name(ATTACHED_NAME, _as_formula(names), hidden=True)
            carrier.finish()
            _declare_macros(edit)
            parts = edit.changes()
            if landing is not None:
                landing.what = f"{output} was written, whole."
            replace_file(output, edit.save, like=book, landing=landing)
    return Attachment(output, tuple(names), project is not None, parts)


def _sheets_to_add(package: Package, ours: Package) -> list[str]:
    """Return the template's sheets that the workbook lacks; raise BookUnusable where it cannot take them."""
    name = package.path.name
    if any(n.name.casefold() == ATTACHED_NAME.casefold() for n in package.defined_names()):
        raise BookUnusable(f"{name} has our buttons already: take them out with detach first.")
    if package.sheet(START) is not None:
        raise BookUnusable(
            f"{name} has a sheet called {START} of its own, and the buttons need that name: rename the sheet, save, "
            "and run again."
        )
    if package.structure_is_protected:
        raise BookUnusable(
            f"The structure of {name} is protected, so no sheet can be added: remove the protection in Excel (Review, "
            "Protect Workbook), run again, and protect it anew."
        )
    there = {sheet.name.strip().casefold() for sheet in package.sheets()}
    return [sheet.name for sheet in ours.sheets() if sheet.name.casefold() not in there]


def _columns_here(package: Package) -> dict[str, str]:
    """Return how the template's formulas read where the workbook has a sheet Transactions of its own."""
    sheets = Sheets(package)
    sheet = sheets.find(TRANSACTIONS.name)
    if sheet is None:
        return {}
    table, _ = sheets.table(sheet, TRANSACTIONS.columns, Locale(uses_1904=sheets.uses_1904))
    found = {}
    for number, column in enumerate(TRANSACTIONS.columns, 1):
        if column.field in ("physical_date", "financial_date") and table is not None and table.has(column.field):
            there, here = column_letters(number), column_letters(table.numbers[column.field])
            found[f"Transactions!${there}$2:${there}$"] = f"Transactions!${here}$2:${here}$"
    return found


def _as_formula(names: list[str]) -> str:
    """Return names as the text of a formula, in pieces that Excel takes."""
    text = ",".join(names)
    pieces = (text[at : at + _LONGEST_TEXT] for at in range(0, len(text), _LONGEST_TEXT))
    return "&".join(f'"{piece}"' for piece in pieces)


def _add_project(edit: PackageEdit, book: Path, ours: Package, project: str | None, *, drop_signature: bool) -> None:
    """Put our modules into the workbook's VBA project, or our project where it has none."""
    if project is None:
        body = project_alone(ours.path)
        folder = edit.folder_of_workbook()
        usual = f"{folder}/vbaProject.bin"
        name = edit.free_name(folder, "vbaProject", ".bin") if edit.package.has(usual) else usual
        edit.add(name, PROJECT_TYPE, lambda: [body])
        edit.relate(edit.package.workbook_part, PROJECT_RELATION, name)
        _name_the_book(edit)
        return
    signatures = [r.target for r in edit.package.relationships(project).values() if "ignature" in r.type]
    if signatures and not drop_signature:
        raise BookUnusable(
            f"The VBA project of {book.name} is digitally signed, and our macros would break the signature: use "
            "--drop-signature to write the workbook without it, and sign it anew in the VBA editor."
        )
    changed = with_our_modules(book)
    edit.replace(project, lambda: [changed])
    for part in signatures:
        edit.remove(part)
        edit.remove_relationships(project, part)


def _name_the_book(edit: PackageEdit) -> None:
    """Give the workbook the name that its module has in the VBA project."""
    document = edit.package.workbook
    properties = document.root.child("workbookPr")
    if properties is not None:
        document.set_attribute(properties, "codeName", "ThisWorkbook")
    else:
        order = (*_BEFORE_PROPERTIES, "workbookPr", "workbookProtection", "bookViews", "sheets")
        insert_in_order(document, document.root, order, "workbookPr",
                        f'<{document.root.tag("workbookPr")} codeName="ThisWorkbook"/>')  # fmt: skip


def _declare_macros(edit: PackageEdit) -> None:
    """Say in the content types that this is a workbook with macros."""
    declare(edit, MACRO_TYPE.decode())


def declare(edit: PackageEdit, content_type: str) -> None:
    """Give the workbook part a content type."""
    types, part = edit.document(CONTENT_TYPES), edit.package.workbook_part
    for override in types.root.children:
        if override.name == "Override" and part_key(override.attributes.get("PartName", "")) == part_key(part):
            if override.attributes.get("ContentType") != content_type:
                types.set_attribute(override, "ContentType", content_type)
            return
    name = edit.package.member(part).name.replace("\\", "/").lstrip("/")
    tag = types.root.tag("Override")
    types.append_child(types.root, f'<{tag} PartName="/{name}" ContentType="{content_type}"/>')
