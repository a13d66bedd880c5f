"""A workbook as LibreOffice calculates it: the stored results are taken out first, so that every formula is computed.

In      a workbook with formulas and stored results.
Out     for every formula cell: its formula, the stored result, and what LibreOffice makes of it.
"""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

STORED = re.compile(rb"(<c [^>]*?)( t=\"str\")?>(<f[^>]*>[^<]*</f>|<f[^>]*/>)<v>[^<]*</v></c>")


@dataclass(frozen=True)
class Formula:
    cell: str
    text: str
    stored: object
    computed: object


def needs_libreoffice() -> str:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    return office


def recalculated(path: Path, folder: Path) -> Iterator[Formula]:
    """Yield every formula of a workbook."""
    office = needs_libreoffice()
    bare = folder / "bare" / path.name
    bare.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            data = before.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = STORED.sub(rb"\1>\3</c>", data)
            after.writestr(name, data)
    out = folder / "computed"
    subprocess.run(
        [office, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx", "--outdir",
         str(out), str(bare)], check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    formulas, stored = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    computed = openpyxl.load_workbook(out / path.name, data_only=True)
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    at = cell.coordinate
                    yield Formula(
                        f"{sheet.title}!{at}", str(cell.value), stored[sheet.title][at].value,
                        computed[sheet.title][at].value,
                    )  # fmt: skip
