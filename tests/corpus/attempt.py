"""One workbook of the corpus: given inputs, closed or refused, and judged.

``python -m tests.corpus.attempt`` runs them all and writes ``refused.json``: how many were tried, and which were
refused for which reason. The long tests compare every workbook with it, and so is the README's table.
"""

import contextlib
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from python_calamine import CalamineWorkbook

from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package.package import Package
from tests.tools import check_preserved
from tests.tools.add_inputs import add_inputs
from tests.workbook.excel_rules import broken_rules

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "corpus"
DAY = "2026-01-31"
RECORD = Path(__file__).with_name("refused.json")

REASONS = {
    "protected with a password": "password for opening",
    "structure of": "protected structure",
    "Excel 97-2003": "other format (.xls, .xlsb, .ods, text, pre-release)",
    "very old Excel": "other format (.xls, .xlsb, .ods, text, pre-release)",
    "of the old kind": "other format (.xls, .xlsb, .ods, text, pre-release)",
    "binary workbook": "other format (.xls, .xlsb, .ods, text, pre-release)",
    "OpenDocument": "other format (.xls, .xlsb, .ods, text, pre-release)",
    "not an Excel workbook": "other format (.xls, .xlsb, .ods, text, pre-release)",
    "grow without end": "attack",
    "damaged": "damaged package",
}
"""What a refusal says -> the kind of reason. Anything else is no reason to refuse."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one workbook."""

    name: str
    refused: str = ""
    losses: tuple[str, ...] = ()
    input: Path | None = None
    output: Path | None = None

    @property
    def reason(self) -> str:
        """The kind of reason of a refusal, or '' where there is no good one."""
        return next((kind for words, kind in REASONS.items() if words in self.refused), "")


def books() -> list[str]:
    """The corpus, by file name."""
    manifest = CORPUS / "MANIFEST.json"
    return sorted(f["file"] for f in json.loads(manifest.read_text())["files"]) if manifest.exists() else []


def attempt(name: str, folder: Path) -> Attempt:
    """Close one workbook of the corpus into a folder, and compare what came out with what went in."""
    original = CORPUS / name
    # A package may be called .xls; what is written is called what it is.
    book, closed = folder / f"in-{name}", folder / (f"out-{name}x" if name.endswith(".xls") else f"out-{name}")
    if why := _with_inputs(original, book):
        return Attempt(name, refused=why)
    before = book.read_bytes()
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main([str(book), "--date", DAY, "--output", str(closed), "--drop-signature"])
    if code:
        untouched = not closed.exists() and book.read_bytes() == before
        losses = () if untouched else ("refused, yet something was written",)
        return Attempt(name, refused=said.getvalue().strip(), losses=losses)
    report = check_preserved.compare(str(book), str(closed))
    losses = [" ".join(str(part) for part in loss) for loss in report.loss]
    if book.read_bytes() != before:
        losses.append("the book itself was changed")
    losses += [fault for fault in broken_rules(closed) if fault not in broken_rules(book)]
    if _calamine(book) and not _calamine(closed):
        losses.append("calamine opened it before and does not now")
    return Attempt(name, losses=tuple(losses), input=book, output=closed)


def _with_inputs(original: Path, book: Path) -> str:
    """Add the input sheets, by the independent script where it can; return why the workbook takes none."""
    script = _independent_script()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if script.main(str(original), str(book)) is None and _has_a_part_for_each_tab(book):
            return ""
    try:
        add_inputs(original, book)
    except InvCloseError as refusal:
        book.unlink(missing_ok=True)
        return str(refusal)
    return ""


def _has_a_part_for_each_tab(book: Path) -> bool:
    """Tell whether no two tabs share a part: the script gives its sheet the part that a tab of the workbook lacks."""
    try:
        with Package.open(book) as package:
            parts = [sheet.part for sheet in package.sheets() if sheet.part]
    except InvCloseError:
        return True
    return len(set(parts)) == len(parts)


@cache
def _independent_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus_add_inputs", SHARED / "tools" / "add_inputs.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def _calamine(path: Path) -> bool:
    """Whether calamine reads the sheets that it should."""
    try:
        book = CalamineWorkbook.from_path(path)
        if path.name.startswith("out-"):
            for sheet in OUTPUT_SHEETS:
                book.get_sheet_by_name(sheet.name).to_python()
        return True
    except Exception:  # it fails in many ways, and which one does not matter here
        return False


def opened_by_libreoffice(paths: list[Path], folder: Path) -> set[Path]:
    """Return which workbooks LibreOffice opens; one that makes it fall over does not keep it from the rest."""
    opened: set[Path] = set()
    waiting = list(paths)
    out = folder / "libreoffice"
    while waiting:
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", "--nolockcheck",
             "--convert-to", "csv", "--outdir", str(out), *map(str, waiting)],
            capture_output=True, timeout=30 + 10 * len(waiting), check=False,
        )  # fmt: skip
        done = [p for p in waiting if (out / f"{p.stem}.csv").exists()]
        opened |= set(done)
        left = [p for p in waiting if p not in opened]
        waiting = left[1:] if left and (not done or waiting.index(left[0]) < len(waiting) - 1) else []
    return opened


def record() -> None:
    """Try every workbook and write down how many there are, and which were refused for which reason."""
    refused: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in books():
            result = attempt(name, Path(folder))
            if result.refused:
                refused.setdefault(result.reason or result.refused, []).append(name)
            if result.losses:
                print(name, *result.losses, sep="\n  ", file=sys.stderr)
            for path in Path(folder).glob("*-*"):
                path.unlink()
    RECORD.write_text(json.dumps({"tried": len(books()), "refused": refused}, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    record()
