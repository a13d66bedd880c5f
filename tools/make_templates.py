"""Make templates/: the workbook to start from, with and without buttons, to be opened without installing anything.

In      the template's builder; a fixed day, so that the same program makes the same files.
Out     inventory-close.xlsx and inventory-close.xlsm in the folder that is named, or in templates/.
"""

import sys
from datetime import date
from pathlib import Path

from invclose_xl.template_builder.build import new_book

TEMPLATES = Path(__file__).parent.parent / "templates"
MADE_ON = date(2026, 1, 1)
NAMES = ("inventory-close.xlsx", "inventory-close.xlsm")


def make_templates(folder: Path) -> None:
    """Write both workbooks; the buttons look for the Python on the path."""
    for name in NAMES:
        folder.joinpath(name).unlink(missing_ok=True)
        new_book(folder / name, MADE_ON, interpreter="")


if __name__ == "__main__":
    make_templates(Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATES)
