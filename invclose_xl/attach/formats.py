"""Cell formats of one workbook put to the formats of another.

In      the styles part of the template, as XlsxWriter writes it; the Styles of the workbook it goes into.
Out     for every index that the template's sheets name, the index it has in the other workbook.
Source  ECMA-376 part 1, 18.8.
"""

import re
from dataclasses import dataclass

from invclose_xl.workbook.package.cell_reference import whole_number
from invclose_xl.workbook.package.styles import Styles
from invclose_xl.workbook.package.xml import Element, XmlPart

_LISTS = {"fontId": "fonts", "fillId": "fills", "borderId": "borders"}
_FIRST_OWN_FORMAT = 164


@dataclass(frozen=True, slots=True)
class CarriedFormats:
    """Index in the template -> index in the workbook."""

    cells: dict[int, int]
    conditional: dict[int, int]


def carry_formats(styles: Styles, template: bytes) -> CarriedFormats:
    """Add every format of the template that the workbook does not have, and say where each one is."""
    document = XmlPart(template)
    root = document.root

    def entries(name: str) -> list[Element]:
        listed = root.child(name)
        return listed.children if listed else []

    indexes = {
        attribute: [styles.adopt(name, document.text(entry)) for entry in entries(name)]
        for attribute, name in _LISTS.items()
    }
    codes = {whole_number(e.attributes.get("numFmtId")): e.attributes.get("formatCode", "") for e in entries("numFmts")}
    cells = {}
    for index, entry in enumerate(entries("cellXfs")):
        text = document.text(entry)
        for attribute, places in indexes.items():
            text = _with(text, attribute, places[whole_number(entry.attributes.get(attribute))])
        number = whole_number(entry.attributes.get("numFmtId"))
        if number >= _FIRST_OWN_FORMAT:
            text = _with(text, "numFmtId", styles.number_format(codes[number]))
        cells[index] = styles.adopt("cellXfs", text)
    conditional = {k: styles.adopt("dxfs", document.text(entry)) for k, entry in enumerate(entries("dxfs"))}
    return CarriedFormats(cells, conditional)


def _with(xml: str, attribute: str, value: int) -> str:
    return re.sub(rf'\b{attribute}="\d+"', f'{attribute}="{value}"', xml, count=1)
