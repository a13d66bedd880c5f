"""The map of the code holds: which room may import which, how many modules a room has, how long they are.

Source  docs/architecture.md. A package imports only the packages that MAY_IMPORT names; inside a package a room
        imports only rooms that ROOMS lists before it, so that nothing goes round in a circle. Nothing pure imports
        Excel, files, clock or environment.
"""

import ast
import builtins
import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("architecture")

ROOT = Path(__file__).parent.parent / "invclose_xl"
FILES = sorted(ROOT.rglob("*.py"))
MODULES = {".".join(file.relative_to(ROOT.parent).with_suffix("").parts) for file in FILES}

MAY_IMPORT = {
    "domain": set(),
    "compiled": {"domain"},
    "matching": {"domain", "compiled"},
    "costflow": {"domain", "compiled"},
    "closing": {"domain", "compiled", "matching", "costflow"},
    "analysis": {"domain", "matching", "costflow", "closing"},
    "files": {"domain"},
    "workbook": {"domain", "compiled", "files"},
    "tables": {"domain", "files", "workbook", "closing"},
    "runners": {"domain", "closing", "tables"},
    "reports": {"domain"},
    "template_builder": {"domain", "files", "workbook"},
    "libreoffice": {"domain", "workbook", "template_builder"},
    "attach": {"domain", "files", "workbook", "template_builder"},
    "importing": {"domain", "files", "workbook", "template_builder", "reports"},
    "audit": {"domain", "files", "workbook", "reports"},
}
"""Which packages a package may import besides itself; api, cli and macros at the top may import all of them."""

ROOMS = {
    "domain": ("problems", "languages", "", "formats", "links", "views"),
    "closing": (
        "state", "earlier", "adjustments", "moving_average", "estimates", "request", "run", "posting", "findings",
        "stock", "lock", "rollforward", "",
    ),
    "analysis": ("compare", "ledger", "trace", "", "what_if", "expected"),
    "workbook": (
        "", "package", "cells", "existing", "values", "tables", "results", "history", "setup", "input", "rollforward",
        "open_book",
    ),
    "tables": ("", "parts"),
    "libreoffice": ("in_office", ""),
    "importing": ("", "sources", "mapping", "transform", "book", "systems"),
    "reports": (
        "documents", "", "journal", "check", "costs", "pictures", "explain", "reconciliation", "comparison",
    ),
}  # fmt: skip
"""The rooms of a package from the floor up, "" for its own modules: a room imports only rooms before it."""

MOST_MODULES = 15
TOP = ("api", "macros", "cli")
"""what puts all of them together, from the floor up: macros may import api, cli both"""
STARTED = "libreoffice/__main__.py"
"""a program of its own, started by a button: it calls macros, as the command line would"""

PURE = {"domain", "compiled", "matching", "costflow", "closing", "analysis"}
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


@cache
def tree_of(file: Path) -> ast.Module:
    """Return a module as a tree; all tests of this file look at the same ones."""
    return ast.parse(file.read_text("utf-8"))


@pytest.fixture(scope="module", autouse=True)
def _forget_the_trees() -> Iterator[None]:
    yield
    tree_of.cache_clear()


def of_each(paths: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Make one test of a check of every path; two thousand tests of a millisecond each would cost their reports."""

    def decorate(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            wrong = []
            for path in paths:
                try:
                    check(path)
                except AssertionError as fault:
                    wrong.append(f"{path.relative_to(ROOT)}: {fault}")
            assert wrong == []

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


@dataclass(frozen=True)
class Import:
    package: str
    room: str
    file: Path
    line: int
    module: str


def place_of(parts: tuple[str, ...]) -> tuple[str, str]:
    """Package and room of a module, given the names of its folders below the root."""
    return (parts[0], "/".join(parts[1:])) if parts else ("", "")


@cache
def imports() -> tuple[Import, ...]:
    return tuple(_find_imports())


def _find_imports() -> Iterator[Import]:
    for file in FILES:
        package, room = place_of(file.relative_to(ROOT).parts[:-1])
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(package, room, file, node.lineno, alias.name)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
                for alias in node.names:
                    module = f"{node.module}.{alias.name}"
                    yield Import(package, room, file, node.lineno, module if module in MODULES else node.module or "")


def inside(found: Import) -> tuple[str, str] | None:
    """Package and room of what is imported; None for what is not ours."""
    parts = tuple(found.module.split("."))
    if parts[0] != "invclose_xl":
        return None
    is_package = ROOT.joinpath(*parts[1:]).is_dir()
    return place_of(parts[1:] if is_package else parts[1:-1])


def test_imports_go_one_way() -> None:
    wrong = []
    for found in imports():
        target = inside(found)
        if target is None or found.package in (*TOP, "") or found.file == ROOT / STARTED:
            continue
        if target[0] not in {found.package} | MAY_IMPORT[found.package]:
            wrong.append(f"{found.file.relative_to(ROOT)}:{found.line} imports {found.module}")
    assert wrong == []


def test_the_top_imports_go_one_way() -> None:
    """The door at the very top knows api, by names that it loads on first use; api knows only its version."""
    wrong = []
    for found in imports():
        target = inside(found)
        if target is None or found.package not in TOP:
            continue
        if target[0] in TOP and TOP.index(target[0]) > TOP.index(found.package):
            wrong.append(f"{found.file.relative_to(ROOT)}:{found.line} imports {found.module}")
        if target == ("", "") and found.module == "invclose_xl":
            names = ast.parse(found.file.read_text("utf-8").splitlines()[found.line - 1].strip()).body[0]
            assert isinstance(names, ast.ImportFrom)
            wrong += [f"{found.file.name} imports {a.name}" for a in names.names if a.name not in FROM_THE_DOOR]
    assert wrong == []


FROM_THE_DOOR = {"__version__", "audit"}
"""what is taken from the package itself: its version, and a folder whose files are read"""


def loaded_on_import(file: Path) -> set[str]:
    """Return the modules that have to be up before one is: imports outside functions and TYPE_CHECKING.

    The folders a module lies in have begun to load before it, and it takes nothing from them but modules.
    """
    found: set[str] = set()
    todo: list[ast.AST] = list(tree_of(file).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
            continue
        todo += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    packages = {".".join(name.split(".")[:n]) for name in found for n in range(1, name.count(".") + 1)}
    return {name for name in found | packages if name.split(".")[0] == "invclose_xl"}


def test_no_module_needs_itself_to_be_loaded() -> None:
    """Whatever is imported first comes up: what is loaded on import never leads back, folders' __init__ included."""
    names = {".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): file
             for file in FILES}  # fmt: skip
    needs = {
        name: {other for other in loaded_on_import(file) & names.keys() if not f"{name}.".startswith(f"{other}.")}
        for name, file in names.items()
    }
    assert "invclose_xl.api.runs" not in needs["invclose_xl"]
    while free := [name for name, of in needs.items() if not of & needs.keys()]:
        for name in free:
            del needs[name]
    assert sorted(needs) == []


def test_inside_a_package_imports_go_one_way() -> None:
    wrong = []
    for found in imports():
        target = inside(found)
        if target is None or target[0] != found.package or found.package not in ROOMS:
            continue
        order = ROOMS[found.package]
        if order.index(target[1]) > order.index(found.room):
            wrong.append(f"{found.file.relative_to(ROOT)}:{found.line} imports {found.module}")
    assert wrong == []


def test_every_room_is_on_the_map() -> None:
    for file in FILES:
        package, room = place_of(file.relative_to(ROOT).parts[:-1])
        if package and package not in TOP:
            assert package in MAY_IMPORT, f"not on the map: {package}"
            assert room in ROOMS.get(package, ("",)), f"not on the map: {package}/{room}"


def test_the_map_shows_every_room() -> None:
    page = (ROOT.parent / "docs" / "architecture.md").read_text("utf-8")
    names = {folder.name for folder in ROOT.rglob("*") if (folder / "__init__.py").exists()}
    assert [name for name in sorted(names) if f"{name}/" not in page] == []


@of_each(sorted({file.parent for file in FILES}))
def test_a_room_can_be_overlooked(folder: Path) -> None:
    assert len([file for file in FILES if file.parent == folder and file.name != "__init__.py"]) <= MOST_MODULES


def test_the_core_is_pure() -> None:
    wrong = [
        f"{found.file.relative_to(ROOT)}:{found.line} imports {found.module}"
        for found in imports()
        if found.package in PURE and found.module.split(".")[0] in NOT_IN_PURE_CODE
    ]
    assert wrong == []


def test_the_core_reads_no_clock() -> None:
    wrong = []
    for file in FILES:
        if file.relative_to(ROOT).parts[0] not in PURE:
            continue
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Attribute) and node.attr in {"today", "now", "utcnow", "environ", "getenv"}:
                wrong.append(f"{file.relative_to(ROOT)}:{node.lineno} asks for {node.attr}")
    assert wrong == []


@of_each(FILES)
def test_a_file_and_its_functions_are_short(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) <= LONGEST_FILE or file == ROOT / ALONE
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno + 1
            above = "\n".join(lines[max(0, node.lineno - 4) : node.lineno + 3])
            excused = "long because" in above
            assert length <= LONGEST_FUNCTION or excused, f"{file.name}: {node.name} has {length} lines"


@of_each(FILES)
def test_a_module_says_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(tree_of(file))


def test_the_check_of_the_auditor_shares_nothing_with_the_engine() -> None:
    """It imports nothing of ours, and openpyxl, which it reads with, is imported nowhere else."""
    mine = [found.module for found in imports() if found.file == ROOT / ALONE]
    assert [name for name in mine if name.startswith("invclose_xl")] == []
    assert {found.file for found in imports() if found.module.split(".")[0] == "openpyxl"} == {ROOT / ALONE}


def test_what_runs_inside_libreoffice_shares_nothing_with_the_engine() -> None:
    """LibreOffice's own Python has none of our libraries."""
    inside_office = [found for found in imports() if (found.package, found.room) == ("libreoffice", "in_office")]
    assert {found.module.split(".")[0] for found in inside_office} & {
        "invclose_xl",
        "xlwings",
        "polars",
        "numpy",
    } == set()


def test_no_module_is_named_after_nothing() -> None:
    bad = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [file for file in FILES if file.stem in bad] == []


VERBS = {
    "accept", "accumulate", "add", "adjust", "advance", "advise", "append", "average", "bound", "carry", "cast",
    "change", "check", "choose", "close", "collect", "compare", "compile", "complete", "compute", "copy",
    "correct", "count", "cut", "date", "decide", "default", "demand", "derive", "describe", "draw", "drop",
    "eliminate", "escape", "estimate", "execute", "explain", "extend", "fill", "find", "fingerprint", "fold",
    "follow", "form", "format", "get", "group", "hang", "hash", "hold", "index", "iterate", "join", "land",
    "leave", "line", "list", "load", "locate", "lock", "look", "make", "mark", "match", "merge", "mirror", "mul",
    "name", "net", "note", "number", "offset", "open", "order", "pack", "pad", "pair", "parse", "post", "preview",
    "price", "print", "prune", "put", "rank", "read", "recognise", "record", "refuse", "render", "reorder", "repeat",
    "replace", "replay", "report", "resolve", "restore", "reverse", "rewind", "round", "run", "scale", "seal", "select",
    "set", "share", "shorten", "show", "solve", "sort", "spell", "split", "spread", "sum", "suppose", "take",
    "tell", "to", "trace", "try", "undo", "unmark", "unpack", "upgrade", "value", "verify", "walk", "warn", "weigh",
    "write",
}  # fmt: skip
"""What functions of the core do: the first word of their names."""
CLAIMS = {"adds", "can", "differs", "fits", "has", "holds", "is", "may", "means"}
"""The first word of functions that answer yes or no, for one thing or for every row."""
DECORATORS = {"kernel"}


def test_functions_of_the_core_are_named_by_verbs() -> None:
    wrong, seen = [], set()
    for file in FILES:
        if file.relative_to(ROOT).parts[0] not in PURE:
            continue
        for node in tree_of(file).body:
            if isinstance(node, ast.FunctionDef):
                seen.add(word := node.name.strip("_").split("_")[0])
                if word not in VERBS | CLAIMS and node.name not in DECORATORS:
                    wrong.append(f"{file.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert wrong == []
    assert {"find", "compute", "read", "is"} <= seen


def changed_in_place(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield where an element of an attribute is set: of another object than self, or of a self that is frozen."""
    frozen = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any("frozen=True" in ast.unparse(mark) for mark in node.decorator_list)
    ]  # fmt: skip
    in_frozen = {id(node) for kind in frozen for node in ast.walk(kind)}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = [one for t in node.targets for one in (t.elts if isinstance(t, ast.Tuple) else [t])]
        elif isinstance(node, ast.AugAssign):
            targets = [node.target]
        elif isinstance(node, ast.Call) and re.match(r"np\.\w+\.at$", ast.unparse(node.func)):
            targets = [ast.Subscript(node.args[0], ast.Constant(0), ast.Store())]
        for target in targets:
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
                written = ast.unparse(target.value)
                if not re.fullmatch(r"self\.\w+", written) or id(node) in in_frozen:
                    yield node.lineno, written


@of_each([f for f in FILES if f.relative_to(ROOT).parts[0] in PURE])
def test_nothing_frozen_is_changed_in_place(file: Path) -> None:
    """A column of a result is copied before it is changed: whoever has the result has it as it was."""
    found = [f"{file.name}:{line} {what}" for line, what in changed_in_place(tree_of(file))]
    assert [where for where in found if "self.result.line_kind" not in where] == []


COORDINATES = {"x", "y", "t"}
"""of drawings: how far right, how far down, how far along a curve"""
LOOPS_OVER_BYTES = {"workbook/cells/compiled.py", "workbook/cells/scan.py"}
"""whose counters k and n still have no names"""


def one_letter_locals(function: ast.FunctionDef) -> set[str]:
    """Find parameters and variables of one letter; those of comprehensions do not count."""
    short = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    inside = {id(node) for each in ast.walk(function) if isinstance(each, short) for node in ast.walk(each)}
    stored = [n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    names = {n.id for n in stored if id(n) not in inside}
    names |= {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
    return {name for name in names if len(name.strip("_")) == 1}


@of_each(FILES)
def test_locals_have_names(file: Path) -> None:
    where = file.relative_to(ROOT).as_posix()
    allowed = COORDINATES if where.startswith("reports/pictures/") else set()
    functions = [node for node in ast.walk(tree_of(file)) if isinstance(node, ast.FunctionDef)]
    found = {f"{f.name}: {name}" for f in functions for name in one_letter_locals(f) - allowed}
    assert found == set() or where in LOOPS_OVER_BYTES


MADE_FOR_OTHERS = {"audit/verify_close.py", "libreoffice/engine.py"}
"""one is handed over alone and needs names of its own; the other has the names that xlwings asks for"""


def test_one_word_means_one_thing() -> None:
    """No two classes have one name: who reads it knows which is meant."""
    homes: dict[str, set[str]] = {}
    for file in FILES:
        where = file.relative_to(ROOT).as_posix()
        for node in tree_of(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and where not in MADE_FOR_OTHERS:
                homes.setdefault(node.name, set()).add(where)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


QUESTION = re.compile(r"(What|Which|Whether)\b")
"""how a docstring begins that asks instead of saying what there is, or what is done"""


@of_each([f for f in FILES if f.name != "verify_close.py"])
def test_docstrings_say_what_is_there_or_done(file: Path) -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = {
        getattr(node, "name", "module"): ast.get_docstring(node) or ""
        for node in ast.walk(tree_of(file))
        if isinstance(node, documented)
    }
    assert [name for name, text in texts.items() if QUESTION.match(text)] == []


SPELLED = re.compile(r"_x[0-9A-FH]{4}_|[A-Z]{1,3}\d+|Open quantities|\w+\.csv|SS")
"""what a docstring quotes that is no name of the code: escapes, cells, files, letters"""


def _identifiers(tree: ast.AST, docstrings: set[int]) -> set[str]:
    """Every name in a module, and every word of its texts."""
    found: set[str] = set()
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg", "asname", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                found |= set(re.findall(r"\w+", value))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found |= set(re.findall(r"\w+", node.value))
    return found


def test_docstrings_name_what_is_there() -> None:
    """A name in a docstring is one of the code: renamed with it, or found here."""
    known = set(dir(builtins)) | set(keyword.kwlist)
    told: list[tuple[Path, int, str]] = []
    for path in ROOT.rglob("*.py"):
        tree = tree_of(path)
        texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
        texts = [text for text in texts if isinstance(text.value, str)]
        told += [(path, text.lineno, str(text.value)) for text in texts]
        known |= {path.stem, *path.relative_to(ROOT).parts} | _identifiers(tree, {id(text) for text in texts})
    dead = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path, line, text in told
        for name in re.findall(r"``([A-Za-z_][\w.]*)(?:\(\))?``", text)
        if not SPELLED.fullmatch(name) and not set(name.split(".")) <= known
    ]
    assert dead == []
