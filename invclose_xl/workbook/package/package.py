"""A workbook as a package of parts: which sheets, tables and names it holds, whatever program wrote it.

In      the path of an .xlsx, .xlsm, .xltx, .xltm or .xlam file: also strict Open XML, prefixed namespaces,
        UTF-16 parts, absolute or oddly written part names. Parts are found by relationship, never by file name.
Out     sheets, tables, defined names and part contents. Nothing is written.
Errors  BookUnusable, one sentence, for every file that is no such package.
Cost    the directory, the workbook part and its relationships; sheets only when asked for.
Source  ECMA-376 parts 1, 2 and 4.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.package.archive import LOOKS_HARMFUL, Archive, Member, damaged
from invclose_xl.workbook.package.cell_reference import whole_number
from invclose_xl.workbook.package.file_kind import refuse_other_formats
from invclose_xl.workbook.package.parts import (
    CONTENT_TYPES,
    MAIN,
    RELATIONS,
    ROOTS,
    STRICT_MAIN,
    STRICT_RELATIONS,
    TRUE,
    DefinedName,
    ExcelTable,
    Relationship,
    Sheet,
    SheetKind,
    Visibility,
    kind_of_type,
    part_key,
    read_prologue,
    relation_id,
    relationships_part,
    resolve,
    sheet_kind,
)
from invclose_xl.workbook.package.xml import BadXml, XmlPart

LARGEST_PARSED_PART = 48 << 20
"""Of the parts that are held as a tree: the workbook, its formats, relationships, tables. Others are streamed."""

__all__ = [
    "CONTENT_TYPES",
    "MAIN",
    "RELATIONS",
    "STRICT_MAIN",
    "STRICT_RELATIONS",
    "TRUE",
    "DefinedName",
    "ExcelTable",
    "Package",
    "Relationship",
    "Sheet",
    "SheetKind",
    "Visibility",
    "part_key",
    "relation_id",
    "relationships_part",
    "resolve",
]  # fmt: skip


class Package:
    """An opened workbook; close it, or use it as a context manager."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.path = archive.path
        self._members: dict[str, Member] = {}
        self.formats_named: dict[str, int] = {}
        """highest cell format that a part names, by part, where its cells were read"""
        for member in archive.members:
            self._members.setdefault(part_key(member.name), member)
        if part_key(CONTENT_TYPES) not in self._members:
            if "content.xml" in self._members:
                raise BookUnusable(
                    f"{self.path.name} is an OpenDocument file (.ods): save it from LibreOffice as .xlsx."
                )
            raise BookUnusable(
                f"{self.path.name} is a zip archive but not an Excel workbook: unpack it, and name the workbook in it."
            )
        main = [r.target for r in self.relationships("").values() if r.is_a("officeDocument") and self.has(r.target)]
        if not main:
            raise BookUnusable(damaged(self.path, "it names no workbook"))
        self.workbook_part = main[0]
        if self.workbook_part.endswith(".bin"):
            raise BookUnusable(f"{self.path.name} is a binary workbook (.xlsb): save it from Excel as .xlsx or .xlsm.")
        self.workbook = self.document(self.workbook_part)
        if self.workbook.root.name != "workbook" or self.workbook.root.space not in (MAIN, STRICT_MAIN):
            raise BookUnusable(f"{self.path.name} is an Office file but not an Excel workbook: name the workbook.")

    @classmethod
    def open(cls, path: Path) -> "Package":
        """Open a workbook; raises BookUnusable, with what to do, for everything that is none."""
        refuse_other_formats(path)
        archive = Archive(path)
        try:
            return cls(archive)
        except BaseException:
            archive.close()
            raise

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self.archive.close()

    # ---- parts

    def has(self, part: str) -> bool:
        """Say whether the package holds a part."""
        return part_key(part) in self._members

    def keys(self) -> frozenset[str]:
        """Return the keys of all parts."""
        return frozenset(self._members)

    def member(self, part: str) -> Member:
        """Return the archive member of a part."""
        try:
            return self._members[part_key(part)]
        except KeyError:
            raise BookUnusable(damaged(self.path, f"the part {part} is missing")) from None

    def part(self, part: str) -> bytes:
        """Return a part's content as it is stored."""
        return self.archive.read(self.member(part))

    def chunks(self, part: str) -> Iterator[bytes]:
        """Yield a part's content piece by piece."""
        return self.archive.chunks(self.member(part))

    def document(self, part: str, depth: int = 100) -> XmlPart:
        """Parse a part; not meant for sheets, which can be large."""
        member = self.member(part)
        if member.size > LARGEST_PARSED_PART:
            raise BookUnusable(damaged(self.path, f"{member.name} is {member.size >> 20} MB large"))
        try:
            return XmlPart(self.archive.read(member), depth)
        except BadXml as fault:
            raise BookUnusable(damaged(self.path, f"{member.name}: {fault}")) from fault

    def relationships(self, part: str) -> dict[str, Relationship]:
        """Return a part's relationships by id; '' stands for the package itself."""
        rels = relationships_part(part_key(part))
        if not self.has(rels):
            return {}
        found: dict[str, Relationship] = {}
        for element in self.document(rels).root.children:
            target = element.attributes.get("Target", "")
            external = element.attributes.get("TargetMode") == "External"
            relationship = Relationship(
                element.attributes.get("Id", ""),
                element.attributes.get("Type", ""),
                target if external else resolve(part_key(part), target),
                external,
                target,
            )
            found[relationship.id] = relationship
        return found

    @cached_property
    def workbook_relationships(self) -> dict[str, Relationship]:
        """The relationships of the workbook part."""
        return self.relationships(self.workbook_part)

    def related(self, kind: str) -> str | None:
        """Return the workbook's part of a kind (``styles``, ``sharedStrings``, ``calcChain``, ``theme``), if any."""
        for relationship in self.workbook_relationships.values():
            if relationship.is_a(kind) and not relationship.external and self.has(relationship.target):
                return relationship.target
        return None

    @property
    def shared_strings(self) -> str | None:
        """The part that holds the shared texts."""
        return self.related("sharedStrings")

    @property
    def styles(self) -> str | None:
        """The part that holds the formats."""
        return self.related("styles")

    # ---- what the workbook holds

    @property
    def is_strict(self) -> bool:
        """Written in strict Open XML, with its own namespaces."""
        return self.workbook.root.space == STRICT_MAIN

    @property
    def main_space(self) -> str:
        """The namespace of sheets in this file."""
        return self.workbook.root.space

    @property
    def relations_space(self) -> str:
        """The namespace of r:id and of relationship types in this file."""
        return STRICT_RELATIONS if self.is_strict else RELATIONS

    @property
    def uses_1904(self) -> bool:
        """Days count from 1904-01-01 (an old Macintosh workbook)."""
        properties = self.workbook.root.child("workbookPr")
        return properties is not None and properties.attributes.get("date1904") in TRUE

    @property
    def structure_is_protected(self) -> bool:
        """No tab may be added, by the user's own wish."""
        protection = self.workbook.root.child("workbookProtection")
        return protection is not None and protection.attributes.get("lockStructure") in TRUE

    @property
    def signature_parts(self) -> tuple[str, ...]:
        """Keys of the parts of digital signatures on the whole file (not those of a VBA project)."""
        signed = any(r.is_a("origin") and "digital-signature" in r.type for r in self.relationships("").values())
        return tuple(sorted(k for k in self._members if k.startswith("_xmlsignatures/"))) if signed else ()

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the tabs in their order."""
        return self._tabs

    @cached_property
    def _tabs(self) -> tuple[Sheet, ...]:
        listed = self.workbook.root.child("sheets")
        found: list[Sheet] = []
        for position, element in enumerate(listed.all("sheet") if listed else ()):
            relationship = self.workbook_relationships.get(relation_id(element))
            state = element.attributes.get("state", "visible")
            visibility: Visibility = (
                "hidden" if state == "hidden" else "veryHidden" if state == "veryHidden" else "visible"
            )
            number = element.attributes.get("sheetId", "0")
            target = relationship.target if relationship and self.has(relationship.target) else ""
            found.append(
                Sheet(
                    element.attributes.get("name", ""),
                    target,
                    visibility,
                    sheet_kind(relationship),
                    whole_number(number),
                    position,
                )
            )
        return tuple(found)

    def sheet(self, name: str) -> Sheet | None:
        """Return the tab of a name, without regard to case."""
        return next((s for s in self.sheets() if s.name.casefold() == name.casefold()), None)

    def defined_names(self) -> tuple[DefinedName, ...]:
        """Return the workbook's names."""
        listed = self.workbook.root.child("definedNames")
        found: list[DefinedName] = []
        for element in listed.all("definedName") if listed else ():
            local = element.attributes.get("localSheetId", "")
            found.append(
                DefinedName(
                    element.attributes.get("name", ""), element.text, whole_number(local, -1) if local else None
                )
            )
        return tuple(found)

    def tables_of(self, sheet: Sheet) -> tuple[ExcelTable, ...]:
        """Return the Excel tables on a sheet."""
        if not sheet.part:
            return ()
        tables: list[ExcelTable] = []
        for relationship in self.relationships(sheet.part).values():
            if relationship.is_a("table") and not relationship.external and self.has(relationship.target):
                self.check_kind(relationship)
                tables.append(self.table(relationship.target))
        return tuple(tables)

    def table(self, part: str) -> ExcelTable:
        """Read one table part."""
        root = self.document(part).root
        columns = root.child("tableColumns")
        return ExcelTable(
            root.attributes.get("displayName") or root.attributes.get("name", ""),
            part,
            root.attributes.get("ref", ""),
            tuple(c.attributes.get("name", "") for c in (columns.all("tableColumn") if columns else ())),
            whole_number(root.attributes.get("headerRowCount"), 1),
            whole_number(root.attributes.get("totalsRowCount")),
        )

    def refuse_expanding_parts(self) -> None:
        """Raise BookUnusable if any part opens with a document type that declares entities, whatever it is called."""
        for member in self.archive.members:
            if member.size and read_prologue(self.archive.chunks(member)).declares_entities:
                raise BookUnusable(
                    f"{self.path.name} holds text that would grow without end while it is read ({member.name}):"
                    f" {LOOKS_HARMFUL}"
                )

    def check_kind(self, relationship: Relationship) -> None:
        """Raise BookUnusable where a relationship leads to a part of another kind than it says."""
        wanted = ROOTS.get(relationship.type.rsplit("/", 1)[-1])
        if wanted is None or relationship.external or not self.has(relationship.target):
            return
        name, root = self.member(relationship.target).name, read_prologue(self.chunks(relationship.target)).root
        if root and root != wanted:
            raise BookUnusable(damaged(self.path, f"it takes {name} for a {wanted}, and it is a {root}"))
        kind, declared = relationship.type.rsplit("/", 1)[-1], self._declared_kinds.get(relationship.target, "")
        if declared and declared != kind:
            raise BookUnusable(damaged(self.path, f"it takes {name} for a {kind}, and declares it a {declared}"))

    @cached_property
    def _declared_kinds(self) -> dict[str, str]:
        """Return what the content types say of parts, where they tell a kind."""
        listed = self.document(CONTENT_TYPES).root.all("Override")
        return {
            part_key(e.attributes.get("PartName", "")): kind
            for e in listed
            if (kind := kind_of_type(e.attributes.get("ContentType", "")))
        }

    def refuse_wrong_kinds(self) -> None:
        """Raise BookUnusable where any part leads to one of another kind, or two tabs to one part."""
        ahead, seen = [self.workbook_part], {self.workbook_part}
        while ahead:
            part = ahead.pop()
            leads = self.workbook_relationships if part == self.workbook_part else self.relationships(part)
            for relationship in leads.values():
                self.check_kind(relationship)
                if not relationship.external and relationship.target not in seen:
                    seen.add(relationship.target)
                    ahead.append(relationship.target)
        tabs: dict[str, str] = {}
        for sheet in self.sheets():
            if sheet.part and sheet.part in tabs:
                both = f"its tabs {tabs[sheet.part]} and {sheet.name} are one part, {self.member(sheet.part).name}"
                raise BookUnusable(damaged(self.path, both))
            tabs[sheet.part] = sheet.name
