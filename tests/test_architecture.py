"""The map of the code holds: who may import whom, and how long a file or a function may be.

Source  docs/architecture.md: domain <- matching, costflow <- closing <- runners; files and reports import domain
        only, workbook also files, tables all of these, templates files and workbook; cli, macros and the API put them
        together. Nothing pure imports Excel, files, clock or environment.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "invclose_xl"
FILES = sorted(ROOT.rglob("*.py"))

MAY_IMPORT = {
    "domain": set(),
    "matching": {"domain"},
    "costflow": {"domain"},
    "closing": {"domain", "matching", "costflow"},
    "analysis": {"domain", "matching", "costflow", "closing"},
    "runners": {"domain", "matching", "costflow", "closing"},
    "files": {"domain"},
    "workbook": {"domain", "files"},
    "tables": {"domain", "files", "workbook", "closing"},
    "reports": {"domain"},
    "templates": {"domain", "files", "workbook"},
    "audit": {"domain", "files", "workbook", "reports"},
}
"""Which rooms a room may import besides itself; cli, macros and the API at the top may import all of them."""

PURE = {"domain", "matching", "costflow", "closing", "analysis"}
NOT_IN_PURE_CODE = {
    "openpyxl", "xlsxwriter", "xlwings", "fastexcel", "python_calamine", "zipfile", "lxml", "xml",
    "os", "io", "pathlib", "shutil", "tempfile", "glob", "fileinput", "mmap", "fcntl",
    "time", "getpass", "platform", "socket", "subprocess", "random", "secrets", "uuid", "sys", "locale",
    "click", "rich", "logging",
}  # fmt: skip
"""Excel, files, clock, environment, chance and terminal."""

LONGEST_FILE, LONGEST_FUNCTION = 500, 60
ALONE = "audit/verify_close.py"
"""handed to auditors as a single file, so it may be longer, and imports nothing of ours"""


@dataclass(frozen=True)
class Import:
    room: str
    file: Path
    line: int
    module: str


def room_of(file: Path) -> str:
    parts = file.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else ""


def imports() -> Iterator[Import]:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(room_of(file), file, node.lineno, alias.name)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
                yield Import(room_of(file), file, node.lineno, node.module or "")


IMPORTS = list(imports())


def test_imports_go_one_way() -> None:
    wrong = []
    for found in IMPORTS:
        parts = found.module.split(".")
        if parts[0] != "invclose_xl" or not found.room or len(parts) == 1:
            continue
        if parts[1] not in {found.room} | MAY_IMPORT[found.room]:
            wrong.append(f"{found.file.relative_to(ROOT)}:{found.line} imports {found.module}")
    assert wrong == []


def test_every_room_is_on_the_map() -> None:
    rooms = {room_of(file) for file in FILES} - {""}
    assert rooms <= set(MAY_IMPORT), f"not on the map: {rooms - set(MAY_IMPORT)}"


def test_the_core_is_pure() -> None:
    wrong = [
        f"{found.file.relative_to(ROOT)}:{found.line} imports {found.module}"
        for found in IMPORTS
        if found.room in PURE and found.module.split(".")[0] in NOT_IN_PURE_CODE
    ]
    assert wrong == []


def test_the_core_reads_no_clock() -> None:
    wrong = []
    for file in FILES:
        if room_of(file) not in PURE:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"today", "now", "utcnow", "environ", "getenv"}:
                wrong.append(f"{file.relative_to(ROOT)}:{node.lineno} asks for {node.attr}")
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_file_and_its_functions_are_short(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) <= LONGEST_FILE or file == ROOT / ALONE
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno + 1
            above = "\n".join(lines[max(0, node.lineno - 4) : node.lineno + 3])
            excused = "long because" in above
            assert length <= LONGEST_FUNCTION or excused, f"{file.name}: {node.name} has {length} lines"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text("utf-8")))


def test_the_check_of_the_auditor_shares_nothing_with_the_engine() -> None:
    """It imports nothing of ours, and openpyxl, which it reads with, is imported nowhere else."""
    mine = [found.module for found in IMPORTS if found.file == ROOT / ALONE]
    assert [name for name in mine if name.startswith("invclose_xl")] == []
    assert {found.file for found in IMPORTS if found.module.split(".")[0] == "openpyxl"} == {ROOT / ALONE}


def test_no_module_is_named_after_nothing() -> None:
    bad = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [file for file in FILES if file.stem in bad] == []
