"""The extension for LibreOffice, as one file (.oxt): the service that the buttons call, and a menu with every button.

In      the Python that has this program, and the version.
Out     the bytes of the extension; the same input gives the same bytes.
Source  LibreOffice Developer's Guide, Extensions and Add-Ons.
"""

import io
import json
import zipfile
from importlib import resources
from xml.sax.saxutils import quoteattr

from invclose_xl.template_builder.start import BUTTONS

IDENTIFIER = "org.invclose_xl.buttons"
SERVICE = "org.invclose_xl.Buttons"
TITLE = "Inventory close"
FILES = {"buttons.py": "buttons.py", "document.py": "pythonpath/invclose_xl_document.py"}
"""Modules of ``in_office`` and their places in the extension; LibreOffice adds ``pythonpath`` to where it looks."""
_MOMENT = (1980, 1, 1, 0, 0, 0)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_REGISTRY = 'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_MANIFEST = """<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
 <manifest:file-entry manifest:full-path="buttons.py"
  manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/>
 <manifest:file-entry manifest:full-path="Addons.xcu"
  manifest:media-type="application/vnd.sun.star.configuration-data"/>
</manifest:manifest>
"""


def extension(python: str, version: str) -> bytes:
    """Return the extension, for buttons that call this Python."""
    contents = {
        "META-INF/manifest.xml": _HEAD + _MANIFEST,
        "description.xml": _HEAD + _description(version),
        "Addons.xcu": _HEAD + _menu(),
        "settings.json": json.dumps({"python": python}) + "\n",
    }
    folder = resources.files("invclose_xl.libreoffice.in_office")
    contents |= {place: folder.joinpath(name).read_text("utf-8") for name, place in FILES.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in contents.items():
            package.writestr(zipfile.ZipInfo(name, _MOMENT), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _description(version: str) -> str:
    return (
        '<description xmlns="http://openoffice.org/extensions/description/2006">\n'
        f' <identifier value="{IDENTIFIER}"/>\n <version value="{version}"/>\n'
        f" <display-name><name>{TITLE}: buttons of invclose-xl</name></display-name>\n</description>\n"
    )


def _menu() -> str:
    """Return the menu: the buttons by their captions."""
    lines = [
        f'<oor:component-data {_REGISTRY} oor:name="Addons" oor:package="org.openoffice.Office">',
        ' <node oor:name="AddonUI"><node oor:name="OfficeMenuBar">',
        f'  <node oor:name="{IDENTIFIER}" oor:op="replace">',
        f"   {_prop('Title', TITLE)}",
        f"   {_prop('Context', 'com.sun.star.sheet.SpreadsheetDocument')}",
        '   <node oor:name="Submenu">',
    ]
    for position, button in enumerate(BUTTONS, 1):
        lines += [
            f'    <node oor:name="b{position:02}" oor:op="replace">',
            f"     {_prop('Title', button.caption)}",
            f"     {_prop('URL', f'service:{SERVICE}?{button.function}')}",
            f"     {_prop('Target', '_self')}",
            f"     {_prop('Context', 'com.sun.star.sheet.SpreadsheetDocument')}",
            "    </node>",
        ]
    return "\n".join([*lines, "   </node>", "  </node>", " </node></node>", "</oor:component-data>", ""])


def _prop(name: str, value: str) -> str:
    return f'<prop oor:name={quoteattr(name)} oor:type="xs:string"><value>{value}</value></prop>'
