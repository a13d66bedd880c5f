"""Sheets of the template put into another workbook, with their tables, notes, buttons and names.

In      the template as a Package (XlsxWriter wrote its sheets, this program its result sheets); the workbook's edits.
Out     the edits, registered: the sheets as the last tabs, formats and texts carried over.
Errors  BookUnusable for a name that the workbook has for something else.
Source  ECMA-376 part 1, 18.3; part 4, 19 (VML).
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invclose_xl.attach.formats import CarriedFormats, carry_formats
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.package.cell_reference import whole_number
from invclose_xl.workbook.package.edit import SPREADSHEET_TYPE, PackageEdit
from invclose_xl.workbook.package.package import MAIN, RELATIONS, Package, Sheet
from invclose_xl.workbook.package.styles import Styles
from invclose_xl.workbook.package.xml import XmlPart
from invclose_xl.workbook.results.workbook_part import TABLE_TYPE, WORKSHEET_TYPE, WorkbookEdit, refers_to

LARGEST_TABLE_ID = (1 << 31) - 1
VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
COMMENTS_TYPE = f"{SPREADSHEET_TYPE}comments+xml"
SHAPES_OF_A_DRAWING = 1024
_SHARED = re.compile(r'<c ([^>]*?) t="s"><v>(\d+)</v></c>')
_CELL_OR_ROW = re.compile(r'(<(?:c|row) [^>]*?\bs=")(\d+)"')
_COLUMN = re.compile(r'(<col [^>]*?\bstyle=")(\d+)"')
_CONDITIONAL = re.compile(r'((?:dxfId|[a-z]+DxfId)=")(\d+)"', re.ASCII)
_RESULT = re.compile(r"(<f>[^<]*</f>)<v>[^<]*</v>")
_VIEWED = re.compile(r' (?:tabSelected="1"|codeName="[^"]*")')
_SHAPE = re.compile(r"(_x0000_s)(\d+)")
_DRAWING = re.compile(r'(<o:idmap [^>]*?data=")([\d,]+)"')


@dataclass(slots=True)
class SheetCarrier:
    """Carries sheets of the template into a workbook; ``sheets`` once, then ``finish``."""

    edit: PackageEdit
    template: Package
    formulas: Mapping[str, str] = field(default_factory=dict)
    """texts in the template's formulas that read otherwise here: columns of the user's own sheets"""
    workbook: WorkbookEdit = field(init=False)
    styles: Styles = field(init=False)
    _formats: CarriedFormats = field(init=False)
    _texts: list[str] = field(init=False)
    _table_ids: set[int] = field(default_factory=set)
    _table_names: set[str] = field(default_factory=set)
    _drawings: int = 0

    def __post_init__(self) -> None:
        package = self.edit.package
        self.workbook, self.styles = WorkbookEdit(self.edit), Styles(self.edit)
        assert self.template.styles is not None
        self._formats = carry_formats(self.styles, self.template.part(self.template.styles))
        self._texts = self._shared_texts()
        for sheet in package.sheets():
            for table in package.tables_of(sheet):
                self._table_names.add(table.name.casefold())
                self._table_ids.add(whole_number(package.document(table.part, depth=1).root.attributes.get("id")))
        self._table_names |= {name.name.casefold() for name in package.defined_names()}
        for key in sorted(package.keys()):
            if key.endswith(".vml"):
                numbers = _DRAWING.findall(package.part(key).decode("utf-8", "replace"))
                used = (int(n) for _, listed in numbers for n in listed.split(",") if n)
                self._drawings = max(self._drawings, *used, 0)

    def _shared_texts(self) -> list[str]:
        """Return the content of every shared text of the template."""
        if self.template.shared_strings is None:
            return []
        document = XmlPart(self.template.part(self.template.shared_strings))
        texts = (document.text(element) for element in document.root.children)
        return [re.sub(r"^<si>|</si>$", "", text) for text in texts]

    def sheets(self, names: Sequence[str]) -> None:
        """Put sheets of the template behind the others, with the names that speak of them."""
        positions = {}
        for name in names:
            sheet = self.template.sheet(name)
            assert sheet is not None
            positions[sheet.position] = self._sheet(sheet)
        keys = {name.casefold() for name in names}
        taken = {n.name.casefold() for n in self.edit.package.defined_names() if n.sheet is None}
        for defined in self.template.defined_names():
            if defined.sheet is not None:
                if defined.sheet in positions:
                    self.workbook.set_name(defined.name, defined.text, positions[defined.sheet])
            elif refers_to(defined.text, keys):
                if defined.name.casefold() in taken:
                    raise BookUnusable(
                        f"{self.edit.package.path.name} has a defined name {defined.name} of its own, and our sheets "
                        "need that name: rename it (Formulas, Name Manager), save, and run again."
                    )
                self.workbook.set_name(defined.name, defined.text)

    def finish(self) -> None:
        """Put everything in."""
        self.workbook.finish()
        self.styles.finish()

    # ---- one sheet

    def _sheet(self, sheet: Sheet) -> int:
        folder = self.edit.folder_of_workbook()
        name = self.edit.free_name(f"{folder}/worksheets", "sheet")
        body = self._here(self._content(self.template.part(sheet.part).decode()))
        part = self.edit.add(name, WORKSHEET_TYPE, lambda: [body])
        for relationship in self.template.relationships(sheet.part).values():
            self._related(part, relationship.target, folder)
        return self.workbook.add_sheet(sheet.name, name, hidden=sheet.visibility != "visible")

    def _content(self, xml: str) -> str:
        """Texts go into their cells, formats become those of this workbook, results of formulas are left out."""

        def text(match: "re.Match[str]") -> str:
            return f'<c {match[1]} t="inlineStr"><is>{self._texts[int(match[2])]}</is></c>'

        xml = _SHARED.sub(text, xml)
        xml = _CELL_OR_ROW.sub(lambda m: f'{m[1]}{self._formats.cells[int(m[2])]}"', xml)
        xml = _COLUMN.sub(lambda m: f'{m[1]}{self._formats.cells[int(m[2])]}"', xml)
        xml = self._conditional(xml)
        for there, here in self.formulas.items():
            xml = xml.replace(there, here)
        return _VIEWED.sub("", _RESULT.sub(r"\1", xml))

    def _conditional(self, xml: str) -> str:
        return _CONDITIONAL.sub(lambda m: f'{m[1]}{self._formats.conditional[int(m[2])]}"', xml)

    def _here(self, xml: str) -> bytes:
        """Speak the dialect of the workbook: strict files have other namespaces."""
        package = self.edit.package
        return xml.replace(f'"{MAIN}"', f'"{package.main_space}"').replace(RELATIONS, package.relations_space).encode()

    def _related(self, source: str, part: str, folder: str) -> None:
        """Carry what a sheet points to: its table, its notes, the drawing that holds notes and buttons."""
        text = self.template.part(part).decode()
        stem = re.sub(r"\d+$", "", posixpath.splitext(posixpath.basename(self.template.member(part).name))[0])
        if stem == "table":
            name, content_type, kind = self.edit.free_name(f"{folder}/tables", "table"), TABLE_TYPE, "table"
            body = self._here(self._conditional(self._table(text)))
        elif stem == "comments":
            name, content_type, kind = self.edit.free_name(folder, "comments"), COMMENTS_TYPE, "comments"
            body = self._here(text)
        else:
            name = self.edit.free_name(f"{folder}/drawings", "vmlDrawing", ".vml")
            content_type, kind = VML_TYPE, "vmlDrawing"
            body = self._drawing(text).encode()
        self.edit.add(name, content_type, lambda: [body])
        self.edit.relate(source, kind, name)

    def _table(self, xml: str) -> str:
        number = self.edit.mentions.free_number("table", self._table_ids, LARGEST_TABLE_ID)
        self._table_ids.add(number)
        match = re.search(r' displayName="([^"]+)"', xml)
        assert match is not None
        name, count = match[1], 1
        while name.casefold() in self._table_names:
            count += 1
            name = f"{match[1]}_{count}"
        self._table_names.add(name.casefold())
        xml = re.sub(r' id="\d+"', f' id="{number}"', xml, count=1)
        return re.sub(r' name="[^"]+" displayName="[^"]+"', f' name="{name}" displayName="{name}"', xml, count=1)

    def _drawing(self, xml: str) -> str:
        """Give the shapes numbers that no other drawing of the workbook has."""
        first = min(int(n) for _, listed in _DRAWING.findall(xml) for n in listed.split(","))
        shift = self._drawings + 1 - first
        numbers = [int(n) for _, listed in _DRAWING.findall(xml) for n in listed.split(",")]
        self._drawings = max(numbers) + shift
        xml = _DRAWING.sub(lambda m: m[1] + ",".join(str(int(n) + shift) for n in m[2].split(",")) + '"', xml)
        return _SHAPE.sub(lambda m: f"{m[1]}{int(m[2]) + shift * SHAPES_OF_A_DRAWING}", xml)
