"""Edits to the workbook part and what hangs on it: tabs, defined names, recalculation, pivot caches, signatures.

In      a PackageEdit.
Out     splices in the workbook part, its relationships and content types.
Errors  BookUnusable for parts that are not well-formed.
Cost    small parts only.
Source  ECMA-376 part 1, 18.2 and 18.10; part 2, 13 (signatures).
"""

import re
from collections.abc import Collection, Iterable
from xml.sax.saxutils import escape, quoteattr

from invclose_xl.workbook.package.cell_reference import Range, whole_number
from invclose_xl.workbook.package.edit import SPREADSHEET_TYPE, PackageEdit
from invclose_xl.workbook.package.package import TRUE, Package, Relationship
from invclose_xl.workbook.package.pieces import in_utf8
from invclose_xl.workbook.package.xml import Element, XmlPart, found_in_chunks
from invclose_xl.workbook.results.pivot_cache import read_pivot_cache

_ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr",
    "smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip
_LARGEST_SHEET_ID = 65_534
_SHEET_OF_FORMULA = re.compile(rb"\si=[\"'](\d+)")


class WorkbookEdit:
    """Changes the workbook part; new tabs go to the end, so no localSheetId ever moves."""

    def __init__(self, edit: PackageEdit) -> None:
        self._edit = edit
        self._package: Package = edit.package
        self._document = edit.package.workbook
        self._root = self._document.root
        self._new_sheets = 0
        self._used_ids = {s.sheet_id for s in self._package.sheets()}
        self._new_names: list[str] = []

    def add_sheet(self, name: str, part_name: str, *, hidden: bool) -> int:
        """List a new worksheet part as the last tab and return its position."""
        relation = self._edit.relate(self._package.workbook_part, "worksheet", part_name)
        number = self._edit.mentions.free_number("sheet", self._used_ids, _LARGEST_SHEET_ID)
        self._used_ids.add(number)
        sheets = self._root.child("sheets")
        assert sheets is not None
        prefix = sheets.prefix_of(self._package.relations_space)
        declared = ""
        if prefix is None:
            prefix = "r" if "r" not in sheets.namespaces else "icr"
            declared = f" xmlns:{prefix}={quoteattr(self._package.relations_space)}"
        state = ' state="hidden"' if hidden else ""
        self._document.append_child(
            sheets,
            f'<{sheets.tag("sheet")} name={quoteattr(name)} sheetId="{number}"{state}{declared} '
            f'{prefix}:id="{relation}"/>',
        )
        self._new_sheets += 1
        return len(self._package.sheets()) + self._new_sheets - 1

    def set_name(self, name: str, text: str, position: int | None = None, *, hidden: bool = False) -> None:
        """Define a name of the workbook, or one local to the tab at a position; an existing one is changed."""
        listed = self._root.child("definedNames")
        for element in listed.all("definedName") if listed else ():
            local = element.attributes.get("localSheetId")
            same_place = (None if local is None else whole_number(local, -1)) == position
            if element.attributes.get("name", "").casefold() == name.casefold() and same_place:
                if element.text.strip() != text and not element.is_empty:
                    self._document.replace(element.open_end, element.close_start, escape(text))
                return
        tag = self._root.tag("definedName")
        of_tab = "" if position is None else f' localSheetId="{position}"'
        of_tab += ' hidden="1"' * hidden
        self._new_names.append(f'<{tag} name="{name}"{of_tab}>{escape(text)}</{tag}>')

    def finish(self) -> None:
        """Put the new names in and ask for a recalculation on opening."""
        listed = self._root.child("definedNames")
        if self._new_names:
            body = "".join(self._new_names)
            if listed is not None:
                self._document.append_child(listed, body)
            else:
                tag = self._root.tag("definedNames")
                self._insert("definedNames", f"<{tag}>{body}</{tag}>")
        calculation = self._root.child("calcPr")
        if calculation is None:
            self._insert("calcPr", f'<{self._root.tag("calcPr")} calcId="0" fullCalcOnLoad="1"/>')
        elif calculation.attributes.get("fullCalcOnLoad") not in TRUE:
            self._document.set_attribute(calculation, "fullCalcOnLoad", "1")

    def _insert(self, name: str, xml: str) -> None:
        insert_in_order(self._document, self._root, _ORDER, name, xml)

    def drop_calculation_chain(self, sheet_ids: Collection[int]) -> None:
        """Take the calculation chain out if it speaks of rewritten sheets; Excel makes a new one."""
        chain = self._package.related("calcChain")
        if chain is None or not sheet_ids:
            return
        if sheets_in_chain(in_utf8(self._package, chain)) & set(sheet_ids):
            self._edit.remove(chain)
            self._edit.remove_relationships(self._package.workbook_part, chain)

    def refresh_pivots(self, sheets: Collection[str], tables: Collection[str]) -> None:
        """Let pivot caches that are fed by the given sheets or tables refresh when the book is opened."""
        sheet_keys = {s.casefold() for s in sheets}
        table_keys = {t.casefold() for t in tables} | {
            n.name.casefold() for n in self._package.defined_names() if refers_to(n.text, sheet_keys)
        }
        for relationship in self._package.workbook_relationships.values():
            if not relationship.is_a("pivotCacheDefinition") or not self._package.has(relationship.target):
                continue
            cache = read_pivot_cache(self._package, relationship.target)
            sheet, name = cache.source()
            if not cache.refreshes and (sheet in sheet_keys or name in table_keys):
                self._edit.replace(relationship.target, cache.refreshing)

    def drop_signature(self) -> None:
        """Take digital signatures on the whole file out; any change would make them invalid."""
        for part in self._package.signature_parts:
            self._edit.remove(part)
        rels = self._edit.document("_rels/.rels")
        for element in rels.root.children:
            kind = Relationship("", element.attributes.get("Type", ""), "", False)
            if kind.is_a("origin") and "digital-signature" in kind.type:
                rels.remove(element)


def sheets_in_chain(chunks: Iterable[bytes]) -> set[int]:
    """Return the sheets whose formulas a calculation chain lists; it has an entry for every formula of the workbook."""
    return {whole_number(number.decode()) for number in found_in_chunks(_SHEET_OF_FORMULA, chunks)}


def insert_in_order(document: XmlPart, parent: Element, order: tuple[str, ...], name: str, xml: str) -> None:
    """Put a child where the schema's order wants it."""
    later = set(order[order.index(name) + 1 :])
    following = next((c for c in parent.children if c.space == parent.space and c.name in later), None)
    if following is not None:
        document.insert(following.start, xml)
    else:
        document.append_child(parent, xml)


def refers_to(formula: str, sheet_keys: Collection[str]) -> bool:
    """Say whether a defined name speaks of one of the given sheets (casefolded names)."""
    text = formula.casefold()
    return any(f"{key}!" in text or f"'{key.replace(chr(39), chr(39) * 2)}'!" in text for key in sheet_keys)


def quoted_sheet(name: str) -> str:
    """Return a sheet name as formulas write it."""
    return "'" + name.replace("'", "''") + "'"


def table_xml(space: str, number: int, name: str, ref: Range, headings: Iterable[str]) -> str:
    """Return a table part."""
    names = list(headings)
    columns = "".join(f'<tableColumn id="{i}" name={quoteattr(h)}/>' for i, h in enumerate(names, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<table xmlns="{space}" id="{number}" name="{name}" displayName="{name}" ref="{ref}" totalsRowShown="0">'
        f'<autoFilter ref="{ref}"/><tableColumns count="{len(names)}">{columns}</tableColumns>'
        '<tableStyleInfo name="TableStyleLight1" showFirstColumn="0" showLastColumn="0" showRowStripes="1" '
        'showColumnStripes="0"/></table>'
    )


TABLE_TYPE = f"{SPREADSHEET_TYPE}table+xml"
WORKSHEET_TYPE = f"{SPREADSHEET_TYPE}worksheet+xml"
