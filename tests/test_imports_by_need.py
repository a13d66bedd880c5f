"""What the program loads for what it is asked: nothing heavy for --help, and for a close only what a close needs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAM = """
import sys
before = set(sys.modules)
from invclose_xl.cli.main import main
try:
    code = main(sys.argv[1:])
finally:
    print(*sorted(set(sys.modules) - before), sep="\\n", file=sys.stderr)
sys.exit(code)
"""
OF_HELP = {
    "invclose_xl", "invclose_xl.cli", "invclose_xl.cli.attach", "invclose_xl.cli.audit", "invclose_xl.cli.compare",
    "invclose_xl.cli.errors", "invclose_xl.cli.import_export", "invclose_xl.cli.jobs", "invclose_xl.cli.journal",
    "invclose_xl.cli.keyboard", "invclose_xl.cli.libreoffice", "invclose_xl.cli.main", "invclose_xl.cli.options",
    "invclose_xl.cli.reports", "invclose_xl.cli.rollforward", "invclose_xl.cli.speech", "invclose_xl.domain",
    "invclose_xl.domain.problems", "invclose_xl.domain.problems.printable", "invclose_xl.domain.problems.problem",
    "invclose_xl.files", "invclose_xl.files.faults", "invclose_xl.files.landing", "invclose_xl.files.regular",
}  # fmt: skip
LIBRARIES_OF_A_CLOSE = {
    "annotated_types", "click", "isal", "numpy", "polars", "pydantic", "pydantic_core", "typing_extensions",
    "typing_inspection",
}  # fmt: skip
"""numba compiles for large books only; fastexcel, XlsxWriter, DuckDB and the rest are for other commands"""
ROOMS_OF_A_CLOSE = {
    "api": {"context", "runs"},
    "cli": {"progress"} | {name.split(".")[2] for name in OF_HELP if name.startswith("invclose_xl.cli.")},
    "closing": {"adjustments", "close", "compute", "earlier", "estimates", "findings", "invariants", "lock",
                "moving_average", "part", "posting", "record", "request", "run", "state", "stock"},
    "compiled": {"kernel"},
    "files": {"attributes", "delta_log", "faults", "identity", "landing", "regular", "replace", "target"},
    "reports": {"compare", "documents", "summary"},
    "tables": {"files"},
    "workbook": {
        "cells", "existing", "history", "input", "layout", "package", "progress", "results", "setup", "tables",
        "values",
    },
}  # fmt: skip
"""of the packages in which a close leaves something out"""


def loaded(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, encoding="utf-8", cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return {line for line in done.stderr.splitlines() if line.replace(".", "").replace("_", "").isalnum()}


def libraries(modules: set[str]) -> set[str]:
    own = {name.split(".")[0] for name in modules} - set(sys.stdlib_module_names)
    return {name for name in own if not name.startswith("_")} - {"invclose_xl"}


def test_help_loads_the_command_line_and_nothing_else() -> None:
    modules = loaded("--help")
    assert {name for name in modules if name.startswith("invclose_xl")} == OF_HELP
    assert libraries(modules) == {"click"}


def test_the_close_of_a_small_book_loads_what_a_close_needs(tmp_path: Path) -> None:
    book = ROOT / "examples" / "january.xlsx"
    modules = loaded(str(book), "--date", "2026-01-31", "--output", str(tmp_path / "closed.xlsx"), "--quiet")
    assert libraries(modules) <= LIBRARIES_OF_A_CLOSE
    found: dict[str, set[str]] = {}
    for name in modules:
        first, *rest = name.split(".")
        if first == "invclose_xl" and len(rest) > 1:
            found.setdefault(rest[0], set()).add(rest[1])
    assert set(found) == {*ROOMS_OF_A_CLOSE, "costflow", "domain", "matching"}
    assert {package: found[package] for package in ROOMS_OF_A_CLOSE} == ROOMS_OF_A_CLOSE
    assert "multiprocessing" not in modules
