"""Changes to a package, collected first and written once: parts edited, added and removed; all else copied.

In      an opened Package, and edits to its parts.
Out     the members of the new archive, in the old order, additions last; untouched members keep their bytes.
Errors  BookUnusable for a part that is not well-formed.
Cost    as much as the edited parts; the rest is copied compressed.
Source  ECMA-376 part 2 (content types, relationships).
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from itertools import count
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.workbook.package.archive import ArchiveWriter, Member
from invclose_xl.workbook.package.mentions import Mentions, relation_ids
from invclose_xl.workbook.package.package import CONTENT_TYPES, Package, part_key, relationships_part, resolve
from invclose_xl.workbook.package.xml import XmlPart

Content = Callable[[], Iterable[bytes]]

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SPREADSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_RELATIONSHIPS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _whole(document: XmlPart) -> Iterable[bytes]:
    return [document.to_bytes()]


class PackageEdit:
    """The edits of one run. ``save`` writes them; the package itself is never changed."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._documents: dict[str, XmlPart] = {package.workbook_part: package.workbook}
        self._content: dict[str, Content] = {}
        self._new_names: dict[str, str] = {}
        self._new_relations: dict[str, list[str]] = {}
        self._named_relations: dict[str, set[str]] = {}
        self._removed: set[str] = set()
        self._relationships_declared = False

    @cached_property
    def mentions(self) -> Mentions:
        """Return what the package speaks of."""
        return Mentions(self.package)

    def document(self, part: str) -> XmlPart:
        """Return a part for editing; every caller edits the same document."""
        key = part_key(part)
        if key not in self._documents:
            self._documents[key] = self.package.document(key)
        return self._documents[key]

    def replace(self, part: str, content: Content) -> None:
        """Give an existing part other content, produced when the archive is written."""
        self._content[part_key(part)] = content

    def add(self, name: str, content_type: str, content: Content) -> str:
        """Add a part under a free name (see free_name) and return its key."""
        key = part_key(name)
        self._new_names[key] = name
        self._content[key] = content
        types = self.document(CONTENT_TYPES)
        declared = {part_key(c.attributes.get("PartName", "")): c for c in types.root.children}
        if key in declared:  # the file spoke of a part that it did not have
            types.set_attribute(declared[key], "ContentType", content_type)
            return key
        types.append_child(
            types.root,
            f'<{types.root.tag("Override")} PartName="/{name}" ContentType="{content_type}"/>',
        )
        return key

    def free_name(self, folder: str, stem: str, ending: str = ".xml") -> str:
        """Return ``folder/stemN.xml`` with the lowest N that nothing in the package speaks of."""
        taken = {part_key(c.attributes.get("PartName", "")) for c in self.document(CONTENT_TYPES).root.children}
        for number in count(1):
            name = posixpath.join(folder, f"{stem}{number}{ending}")
            key = part_key(name)
            if not (
                key in taken
                or key in self._new_names
                or self.package.has(key)
                or self.package.has(relationships_part(key))
                or posixpath.basename(key) in self.mentions.part_names
            ):
                return name
        raise AssertionError("numbers do not end")

    def folder_of_workbook(self) -> str:
        """Return the folder of the workbook part as the file spells it; ``xl``, as is usual, where it has none."""
        name = self.package.member(self.package.workbook_part).name
        return posixpath.dirname(name.replace("\\", "/").lstrip("/")) or "xl"

    def remove(self, part: str) -> None:
        """Leave a part out, with its content type; the caller removes what points to it."""
        key = part_key(part)
        self._removed.add(key)
        types = self.document(CONTENT_TYPES)
        for override in types.root.children:
            if override.name == "Override" and part_key(override.attributes.get("PartName", "")) == key:
                types.remove(override)

    def remove_relationships(self, source: str, target: str) -> None:
        """Take out the relationships of one part to another."""
        rels = self.document(relationships_part(part_key(source)))
        for element in rels.root.children:
            external = element.attributes.get("TargetMode") == "External"
            if not external and resolve(part_key(source), element.attributes.get("Target", "")) == part_key(target):
                rels.remove(element)

    def relate(self, source: str, kind: str, target_name: str) -> str:
        """Point from a part to another and return the relationship's id; ``kind`` may be a whole type."""
        key = part_key(source)
        rels = relationships_part(key)
        folder = posixpath.dirname(self._new_names.get(key) or self.package.member(key).name.replace("\\", "/"))
        folder = folder.strip("/")
        # some readers take relative targets of a workbook outside any folder to mean xl/
        target = posixpath.relpath("/" + target_name, "/" + folder) if folder else "/" + target_name
        relation = kind if "://" in kind else f"{self.package.relations_space}/{kind}"
        if self.package.has(rels):
            document = self.document(rels)
            named = self._new_relations.setdefault(key, [])
            if key not in self._named_relations:
                self._named_relations[key] = relation_ids(document) | relation_ids(self.document(key))
            used = self._named_relations[key]
            number = next(n for n in count(len(named) + 1) if f"rid{n}" not in used)
            used.add(f"rid{number}")
            named.append(f"rId{number}")
            tag = document.root.tag("Relationship")
            document.append_child(
                document.root, f'<{tag} Id="rId{number}" Type="{relation}" Target={quoteattr(target)}/>'
            )
            return f"rId{number}"
        lines = self._new_relations.setdefault(key, [])
        lines.append(f'<Relationship Id="rId{len(lines) + 1}" Type="{relation}" Target={quoteattr(target)}/>')
        return f"rId{len(lines)}"

    def _new_relationship_parts(self) -> dict[str, bytes]:
        parts: dict[str, bytes] = {}
        for key, lines in self._new_relations.items():
            if self.package.has(relationships_part(key)):
                continue
            name = self._new_names.get(key) or self.package.member(key).name.replace("\\", "/").lstrip("/")
            folder, base = posixpath.split(name)
            body = f'{DECLARATION}<Relationships xmlns="{_RELATIONSHIPS_SPACE}">{"".join(lines)}</Relationships>'
            parts[posixpath.join(folder, "_rels", f"{base}.rels")] = body.encode()
        return parts

    def _declare_relationships_type(self) -> None:
        types = self.document(CONTENT_TYPES)
        known = self._relationships_declared or any(
            c.name == "Default" and c.attributes.get("Extension", "").lower() == "rels" for c in types.root.children
        )
        self._relationships_declared = True
        if not known and types.root.children:
            types.insert(
                types.root.children[0].start,
                f'<{types.root.tag("Default")} Extension="rels" ContentType="{_RELATIONSHIPS_TYPE}"/>',
            )

    def _finished_relationship_parts(self) -> dict[str, bytes]:
        relations = self._new_relationship_parts()
        if relations:
            self._declare_relationships_type()
        return relations

    def _members(self) -> Iterator[tuple[Member, Content | None, bool]]:
        """Yield every member of the old archive, its new content (None: its bytes stay), and whether it stays."""
        done: set[str] = set()
        for member in self.package.archive.members:
            key = part_key(member.name)
            first = key not in done
            done.add(key)
            document = self._documents.get(key)
            content: Content | None = None
            if first and key in self._content:
                content = self._content[key]
            elif first and document is not None and document.is_edited:
                content = partial(_whole, document)
            yield member, content, key not in self._removed

    def changes(self) -> PartChanges:
        """Return what ``save`` will do, once all edits are made."""
        added = (*self._new_names.values(), *self._finished_relationship_parts())
        members = list(self._members())
        return PartChanges(
            sum(stays and content is None for _, content, stays in members),
            tuple(member.name for member, content, stays in members if stays and content is not None),
            added,
            tuple(member.name for member, _, stays in members if not stays),
        )

    def save(self, file: BinaryIO) -> None:
        """Write the package with all edits."""
        writer = ArchiveWriter(file)
        relations = self._finished_relationship_parts()
        for member, content, stays in self._members():
            if not stays:
                continue
            if content is None:
                writer.copy(self.package.archive, member)
            else:
                writer.replace(member, content())
        for key, name in self._new_names.items():
            writer.add(name, self._content[key]())
        for name, body in relations.items():
            writer.add(name, [body])
        writer.finish(self.package.archive.comment)
