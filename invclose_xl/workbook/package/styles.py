"""The formats of our sheets, added to the end of the workbook's own; existing indexes never move.

In      the styles part of a package (or none: then one is made).
Out     the index of a cell format for each look that our sheets need; equal formats are used again, so that
        closing every month does not fill the file with copies.
Errors  BookUnusable for a styles part that is not well-formed.
Cost    one pass over the styles part.
Source  ECMA-376 part 1, 18.8.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from xml.sax.saxutils import quoteattr

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.package.cell_reference import whole_number
from invclose_xl.workbook.package.edit import DECLARATION, SPREADSHEET_TYPE, PackageEdit
from invclose_xl.workbook.package.mentions import MOST_CELL_FORMATS
from invclose_xl.workbook.package.xml import Element, XmlPart

HEADER_FILL = "FF1F4E78"
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles")
_BUILT_IN = {"": 0, "0": 1, "#,##0": 3, "@": 49}
_FIRST_OWN_FORMAT = 164
_GREY = "FF8C8C8C"
_LINK_COLOR = "FF0563C1"
MOST_GAPS = 1_000
"""Formats that something names and the file does not have; beyond that the file is damaged."""

_START = re.compile(r"(</?)(?=\w)")

Signature = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is to look."""

    number_format: str = ""
    bold: bool = False
    header: bool = False
    """white on dark blue, wrapped"""
    link: bool = False
    align: str = ""
    """left, right, or fill (cut at the edge of the cell), where it is not what the kind of value does by itself"""
    indent: int = 0
    """from the side that it is aligned to"""
    wrap: bool = False
    """in several lines where it is long"""
    top: bool = False


@dataclass(slots=True)
class _List:
    """One counted list of the styles part and what is added to it."""

    name: str
    element: Element | None
    known: dict[Signature, int] = field(default_factory=dict)
    count: int = 0
    added: list[str] = field(default_factory=list)
    named: Callable[[], int] = lambda: -1
    """the highest index that anything in the file names"""
    filler: str = ""
    """is at an index that is named and was not there: it goes on meaning nothing"""
    filled: bool = False
    limit: int = 1 << 31

    def index(self, signature: Signature, xml: str) -> int:
        """Return the index of a format; a new one is behind every index that is named."""
        if signature not in self.known:
            self._fill_gaps()
            self.append(signature, xml)
        return self.known[signature]

    def append(self, signature: Signature, xml: str) -> None:
        """Put a format right behind the others."""
        self.known[signature] = self.count
        self.added.append(xml)
        self.count += 1

    def refuse_too_many(self) -> None:
        """Raise BookUnusable where the list became longer than Excel's, with what it had and what was needed."""
        over, more = self.count - self.limit, len(self.added)
        if over > 0 and more:
            raise BookUnusable(
                f"The workbook has {self.count - more:,} cell formats, and the results need {more:,} more than those; "
                f"Excel holds {self.limit:,}: remove at least {over:,} that nothing uses (Excel's add-in Inquire, "
                "Clean Excess Cell Formatting), save, and run again."
            )

    def _fill_gaps(self) -> None:
        gaps = 0 if self.filled else self.named() + 1 - self.count
        self.filled = True
        if gaps > MOST_GAPS:
            raise BookUnusable(
                f"The workbook is damaged: it names entry {self.count + gaps - 1:,} of the list {self.name} of its "
                f"formats, which has {self.count:,}. Open it in Excel, let Excel repair it, and save it."
            )
        self.added += [self.filler] * gaps
        self.count += max(gaps, 0)


class Styles:
    """Appends formats; call ``finish`` once, after the last look was asked for."""

    def __init__(self, edit: PackageEdit) -> None:
        self._edit = edit
        package = edit.package
        self._is_new = package.styles is None
        self._document = (
            XmlPart(_empty_styles(package.main_space)) if package.styles is None else edit.document(package.styles)
        )
        root = self._document.root
        self._root = root
        self._lists = {name: _List(name, root.child(name)) for name in (*_ORDER[:6], "dxfs")}
        for kind in self._lists.values():
            for child in kind.element.children if kind.element else ():
                kind.known.setdefault(_signature(kind.name, child), kind.count)
                kind.count += 1
        self._reserve()
        self._number_formats = {
            c.attributes.get("formatCode", ""): whole_number(c.attributes.get("numFmtId"))
            for c in (self._lists["numFmts"].element.children if self._lists["numFmts"].element else ())
        }
        self._looks: dict[Look, int] = {}

    def _reserve(self) -> None:
        """Say which indexes are named already, so that a new format never answers to one of them."""
        tag = self._root.tag
        fillers = {
            "fonts": ("fontId", f"<{tag('font')}/>"),
            "fills": ("fillId", f'<{tag("fill")}><{tag("patternFill")} patternType="none"/></{tag("fill")}>'),
            "borders": ("borderId", f"<{tag('border')}/>"),
        }
        formats = [c for n in ("cellStyleXfs", "cellXfs") if (e := self._lists[n].element) for c in e.children]
        for name, (attribute, filler) in fillers.items():
            highest = max((whole_number(c.attributes.get(attribute)) for c in formats), default=-1)
            self._lists[name].filler, self._lists[name].named = filler, partial(int, highest)
        cells, mentions = self._lists["cellXfs"], self._edit.mentions
        cells.filler = f'<{tag("xf")} numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        cells.named, cells.limit = partial(mentions.highest_cell_format, MOST_CELL_FORMATS), MOST_CELL_FORMATS

    def index(self, look: Look) -> int:
        """Return the cell format of a look."""
        if look not in self._looks:
            self._looks[look] = self._add(look)
        return self._looks[look]

    def grey(self) -> int:
        """Return the conditional format of rows that do not count any more."""
        font, color = self._root.tag("font"), self._root.tag("color")
        dxf = self._root.tag("dxf")
        xml = f'<{dxf}><{font}><{color} rgb="{_GREY}"/></{font}></{dxf}>'
        return self._lists["dxfs"].index(_signature_of_xml("dxfs", xml, self._root), xml)

    def adopt(self, kind: str, xml: str) -> int:
        """Return the index of an entry of another workbook's list, written without prefixes; it is added as it is.

        Of a cell format the caller has put in the indexes that its number format, font, fill and border have here.
        """
        self._ensure_defaults()
        prefix = f"{self._root.prefix}:" if self._root.prefix else ""
        here = _START.sub(rf"\1{prefix}", xml) if prefix else xml
        return self._lists[kind].index(_signature_of_xml(kind, here, self._root), here)

    def number_format(self, code: str) -> int:
        """Return the number of a number format."""
        return self._number_format(code)

    def _add(self, look: Look) -> int:
        self._ensure_defaults()
        number = self._number_format(look.number_format)
        font = self._font(look) if look.bold or look.header or look.link else 0
        fill = self._fill() if look.header else 0
        alignment: tuple[tuple[str, str], ...] = (("horizontal", look.align),) if look.align else ()
        alignment += (("indent", str(look.indent)),) if look.indent else ()
        if look.header:
            alignment += (("vertical", "center"), ("wrapText", "1"))
        alignment += (("vertical", "top"),) * look.top + (("wrapText", "1"),) * look.wrap
        signature: Signature = (number, font, fill, 0, alignment)
        tag = self._root.tag
        attributes = f'numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0"'
        if self._lists["cellStyleXfs"].count:
            attributes += ' xfId="0"'
        attributes += ' applyNumberFormat="1"' * bool(number) + ' applyFont="1"' * bool(font)
        attributes += ' applyFill="1"' * bool(fill)
        if not alignment:
            return self._lists["cellXfs"].index(signature, f"<{tag('xf')} {attributes}/>")
        inner = "".join(f" {name}={quoteattr(value)}" for name, value in alignment)
        xml = f'<{tag("xf")} {attributes} applyAlignment="1"><{tag("alignment")}{inner}/></{tag("xf")}>'
        return self._lists["cellXfs"].index(signature, xml)

    def _ensure_defaults(self) -> None:
        """An index of 0 must mean the default even where the file left its list out."""
        tag = self._root.tag
        plain = (
            ("fonts", f'<{tag("font")}><{tag("sz")} val="11"/><{tag("name")} val="Calibri"/></{tag("font")}>'),
            ("borders", f"<{tag('border')}/>"),
            ("fills", f'<{tag("fill")}><{tag("patternFill")} patternType="none"/></{tag("fill")}>'),
            ("fills", f'<{tag("fill")}><{tag("patternFill")} patternType="gray125"/></{tag("fill")}>'),
        )
        missing = {name for name, _ in plain if not self._lists[name].count}
        for position, (name, xml) in enumerate(plain):
            if name in missing:
                self._lists[name].append(("default", position), xml)
        cell_formats = self._lists["cellXfs"]
        if not cell_formats.count:
            cell_formats.append((0, 0, 0, 0, ()), f'<{tag("xf")} numFmtId="0" fontId="0" fillId="0" borderId="0"/>')

    def _number_format(self, code: str) -> int:
        if code in _BUILT_IN:
            return _BUILT_IN[code]
        if code not in self._number_formats:
            used = set(self._number_formats.values())
            named = self._edit.mentions.is_number
            number = next(n for n in count(_FIRST_OWN_FORMAT) if n not in used and not named("format", n))
            self._number_formats[code] = number
            tag = self._root.tag("numFmt")
            self._lists["numFmts"].index(("own", code), f'<{tag} numFmtId="{number}" formatCode={quoteattr(code)}/>')
        return self._number_formats[code]

    def _font(self, look: Look) -> int:
        """The workbook's default font, bold or coloured."""
        fonts = self._lists["fonts"]
        base = fonts.element.children[0] if fonts.element and fonts.element.children else None
        kept = {c.name: c.attributes.get("val", "") for c in base.children} if base else {"sz": "11", "name": "Calibri"}
        parts: list[tuple[str, str]] = []
        if look.bold or look.header:
            parts.append(("b", ""))
        if look.link:
            parts.append(("u", ""))
        parts.append(("sz", f"val={quoteattr(kept.get('sz', '11'))}"))
        if look.header or look.link:
            parts.append(("color", f'rgb="{_LINK_COLOR if look.link else "FFFFFFFF"}"'))
        elif base and (color := base.child("color")):
            parts.append(("color", " ".join(f"{k}={quoteattr(v)}" for k, v in color.attributes.items())))
        parts.append(("name", f"val={quoteattr(kept.get('name') or 'Calibri')}"))
        parts += [(n, f"val={quoteattr(kept[n])}") for n in ("family", "charset", "scheme") if kept.get(n)]
        tag = self._root.tag
        body = "".join(f"<{tag(name)}{' ' if text else ''}{text}/>" for name, text in parts)
        xml = f"<{tag('font')}>{body}</{tag('font')}>"
        return fonts.index(_signature_of_xml("fonts", xml, self._root), xml)

    def _fill(self) -> int:
        tag = self._root.tag
        xml = (
            f'<{tag("fill")}><{tag("patternFill")} patternType="solid"><{tag("fgColor")} rgb="{HEADER_FILL}"/>'
            f'<{tag("bgColor")} indexed="64"/></{tag("patternFill")}></{tag("fill")}>'
        )
        return self._lists["fills"].index(_signature_of_xml("fills", xml, self._root), xml)

    def finish(self) -> None:
        """Put what was added into the styles part."""
        for kind in self._lists.values():
            if not kind.added:
                continue
            kind.refuse_too_many()
            body = "".join(kind.added)
            if kind.element is not None:
                self._document.append_child(kind.element, body)
                self._document.set_attribute(kind.element, "count", str(kind.count))
                continue
            tag = self._root.tag(kind.name)
            xml = f'<{tag} count="{kind.count}">{body}</{tag}>'
            after = _ORDER[_ORDER.index(kind.name) + 1 :]
            following = next((c for c in self._root.children if c.name not in _ORDER or c.name in after), None)
            if following is not None:
                self._document.insert(following.start, xml)
            else:
                self._document.append_child(self._root, xml)
        if self._is_new:
            self._add_part()

    def _add_part(self) -> None:
        """Add the part, where the workbook already points to if it does."""
        package = self._edit.package
        folder = self._edit.folder_of_workbook()
        dangling = [r for r in package.workbook_relationships.values() if r.is_a("styles") and not r.external]
        name = f"{folder}/styles.xml"
        if dangling:
            name = posixpath.normpath(posixpath.join("/" + folder, dangling[0].written.replace("\\", "/"))).lstrip("/")
        elif package.has(name):
            name = self._edit.free_name(folder, "styles")
        body = self._document.to_bytes()
        self._edit.add(name, f"{SPREADSHEET_TYPE}styles+xml", lambda: [body])
        if not dangling:
            self._edit.relate(package.workbook_part, "styles", name)


def _signature(kind: str, element: Element) -> Signature:
    """Return what two formats of a kind must share to be the same one."""
    if kind in ("cellXfs", "cellStyleXfs"):
        numbers = [whole_number(element.attributes.get(n)) for n in ("numFmtId", "fontId", "fillId", "borderId")]
        beside = [c for c in element.children if c.name != "alignment"]
        special = [
            n for n in ("quotePrefix", "pivotButton", "xfId") if element.attributes.get(n, "0") not in ("0", "false")
        ]
        alignment = element.child("alignment")
        rest: Signature = tuple(sorted(alignment.attributes.items())) if alignment else ()
        if beside or special:
            rest = (*rest, "special", *special, len(beside))
        return (*numbers, rest)
    return _deep(element)


def _deep(element: Element) -> Signature:
    return (element.name, tuple(sorted(element.attributes.items())), *(_deep(c) for c in element.children))


def _signature_of_xml(kind: str, xml: str, root: Element) -> Signature:
    declared = f'xmlns:{root.prefix}="{root.space}"' if root.prefix else f'xmlns="{root.space}"'
    wrapped = XmlPart(f"<x {declared}>{xml}</x>".encode())
    return _signature(kind, wrapped.root.children[0])


def _empty_styles(space: str) -> bytes:
    return f'{DECLARATION}<styleSheet xmlns="{space}"></styleSheet>'.encode()
