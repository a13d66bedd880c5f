"""Write docs/figures.md: the code of an earlier version beside that of now, and the cents of both on one large book.

    python tools/make_figures.py [--before REVISION] [--rows 200000] [--skip-cents]

In      a revision of this repository (default: version 0.1.0); the benchmark's book with so many rows.
Out     the page: figures of the code, lines by room, the walk of ``Book`` through a close, and how many amounts the two
        versions write differently, by table. Nothing is judged.
Cost    two closes of the book, and reading the results back: minutes for 200,000 rows. --skip-cents keeps what the page
        says of cents.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
from figures import measure

import invclose_xl

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "figures.md"
VERSION_0_1_0 = "aa9af3d"
DATE = "2026-01-31"
CENTS = "## The cents of both\n"

CLOSE = """
import sys
try:
    from invclose_xl.cli.main import main
except ImportError:
    from invclose_xl.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The command of any version."""

WALK = """
import sys
modules, functions, states = [], {}, 0

def note(frame, event, _):
    global states
    name = frame.f_globals.get("__name__", "")
    if event != "call" or not name.startswith("invclose_xl."):
        return
    code = frame.f_code
    given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    states += code.co_name in ("read_state", "read_standing")
    if any(type(frame.f_locals.get(argument)).__name__ == "Book" for argument in given) and code not in functions:
        functions[code] = name
        if not modules or modules[-1] != name:
            modules.append(name)

try:
    from invclose_xl.cli.main import main
except ImportError:
    from invclose_xl.cli import main
sys.setprofile(note)
code = main(sys.argv[1:])
sys.setprofile(None)
returns = len(modules) - len(set(modules))
print("walk", code, len(functions), len(set(modules)), returns, states, file=sys.stderr)
"""
"""Notes every function that is given the book, at its first call."""

CLOSE_ALL = """
import sys
try:
    from invclose_xl.cli.main import main
except ImportError:
    from invclose_xl.cli import main
for line in sys.stdin.read().splitlines():
    book, closed, day = line.split("\\t")
    code = main([book, "--date", day, "--output", closed])
"""
"""Closes a book for each line: the book, the closed book, the day. A refused one leaves no closed book."""
END_OF_YEAR = "2026-12-31"

ABOUT_THE_WALK = [
    "More functions are given the book, and nobody has to follow them all: matching and valuing take columns, not",
    "the book. What takes it are finders, each of one kind of finding (`closing/findings`), and what is newer than",
    "0.1.0: charges, rows that were split or changed since, the value of the stock, currencies. Returns are 27 for 38",
    "modules, 16 for 19 before: fewer for each. The state is read once, and what is read has a name (`LedgerState`)",
    "that everything else takes. A shorter walk would need finders that share one function.",
    "",
    "Floors count the longest way of imports through all modules; more rooms make it longer. Inside `closing` it is 16",
    "(14 in 0.1.0), in `workbook` 11 (11), in `reports` 7 (7).",
    "",
    "Comment lines are few where docstrings and module heads carry the reasons. The longest file is the script of the",
    "auditor, one file by rule.",
    "",
]
"""said below the table of the walk"""

COMPARED = {
    "Settlements": (("issue", "receipt", "quantity"), "amount"),
    "Value links": (("issue", "receipt", "quantity"), "amount"),
    "Adjustments": (("transaction", "cause"), "adjustment"),
    "Estimated costs": (("transaction",), "amount"),
    "Closing transactions": (("transaction",), "amount"),
    "Vouchers": (("specification", "account"), "debit"),
}
"""table -> what names a row, and its amount"""


def run(program: str, package: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program with the package of one version."""
    environment = os.environ | {"PYTHONPATH": str(package)}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment, cwd=package, capture_output=True, text=True, input=given,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return done


def walk(package: Path, folder: Path) -> dict[str, str]:
    """Follow the book through a close of the example month."""
    book = str(ROOT / "examples" / "january.xlsx")
    done = run(WALK, package, book, "--date", DATE, "--output", str(folder / f"walked-{package.name}.xlsx"))
    last = done.stderr.strip().splitlines()[-1].split()
    assert last[:2] == ["walk", "0"], done.stderr
    return {
        "functions that are given the book": last[2],
        "modules that they stand in": last[3],
        "returns to a module left before": last[4],
        "readings of the state": last[5],
    }


def moved_cents(before: Path, now: Path, rows: int, folder: Path) -> list[str]:
    """Close one book with both versions; return a line of the page for every table."""
    book = folder / "book.xlsx"
    maker = ROOT / "benchmarks" / "make_book.py"
    subprocess.run([sys.executable, str(maker), str(book), "--rows", str(rows)], check=True, capture_output=True)
    frames = []
    for name, package in (("before", before), ("now", now)):
        closed = folder / f"{name}.xlsx"
        run(CLOSE, package, str(book), "--date", DATE, "--output", str(closed))
        frames.append(invclose_xl.run_tables(closed))
    lines = []
    for table in COMPARED:
        old, new, differs = compare_amounts(*frames, table)
        largest = differs.select((pl.col("now").fill_null(0) - pl.col("before").fill_null(0)).abs().max()).item()
        lines.append(f"| {table} | {old:,} | {new:,} | {differs.height:,} | {largest or '-'} |")
    return lines


def compare_amounts(
    before: invclose_xl.RunTables, now: invclose_xl.RunTables, table: str
) -> tuple[int, int, pl.DataFrame]:
    """Return the numbers of names in a table of either version, and those whose amounts differ: before, now."""
    key, amount = COMPARED[table]
    old, new = (
        tables.frame(table).group_by(key).agg(pl.col(amount).sum().alias(name))
        for tables, name in ((before, "before"), (now, "now"))
    )
    both = old.join(new, on=key, how="full", coalesce=True)
    return old.height, new.height, both.filter(~pl.col("before").eq_missing(pl.col("now")))


def write_small_books(folder: Path) -> dict[str, list[Path]]:
    """Return every example, and the books of the golden texts as they are before their first run."""
    sys.path.insert(0, str(ROOT))
    from tests.closings.story import edit, read_story

    golden = []
    for text in sorted((ROOT / "tests" / "golden").glob("*.txt")):
        story = read_story(text)
        golden.append(story.book.write(folder / f"golden {text.stem}.xlsx"))
        edit(golden[-1], story.steps[0].edits)
    return {"examples": sorted((ROOT / "examples").glob("*.xlsx")), "golden books": golden}


def compare_small_books(before: Path, now: Path, folder: Path) -> list[str]:
    """Close every small book at the end of the year with both versions; a line of the page for every kind of book."""
    lines, named = [], []
    for kind, books in write_small_books(folder).items():
        for name, package in (("before", before), ("now", now)):
            given = "\n".join(f"{book}\t{folder / f'{name} {book.name}'}\t{END_OF_YEAR}" for book in books)
            run(CLOSE_ALL, package, given=given)
        both = [(book, [folder / f"{name} {book.name}" for name in ("before", "now")]) for book in books]
        closed = [(book, results) for book, results in both if all(result.exists() for result in results)]
        rows, moved = 0, []
        for book, results in closed:
            old, new = (invclose_xl.run_tables(result) for result in results)
            found = {table: compare_amounts(old, new, table) for table in COMPARED}
            rows += sum(names for _, names, _ in found.values())
            if differing := [f"{table} {differs.height}" for table, (_, _, differs) in found.items() if differs.height]:
                moved.append(f"{book.stem} ({', '.join(differing)})")
        lines.append(f"| {kind} | {len(books)} | {len(closed)} | {rows:,} | {len(moved)} |")
        named += [f"* {kind}: {'; '.join(moved)}"] if moved else []
    return [*lines, "", *named]


def table_of(heading: str, before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Put figures side by side."""
    names = dict.fromkeys([*before, *now])
    rows = [f"| {name} | {before.get(name, '')} | {now.get(name, '')} |" for name in names]
    return [f"| {heading} | 0.1.0 | now |", "|---|---:|---:|", *rows, ""]


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", default=VERSION_0_1_0)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--skip-cents", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder, old = Path(made), Path(made) / "before"
        old.mkdir()
        archive = subprocess.run(
            ["git", "archive", chosen.before, "invclose_xl"], cwd=ROOT, check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", str(old)], input=archive, check=True)
        before, now = measure(old / "invclose_xl"), measure(ROOT / "invclose_xl")
        lines = [
            "# Figures of the code, before and now",
            "",
            f"Made by `python tools/make_figures.py`: version 0.1.0 (commit {chosen.before}) beside this one.",
            "",
            *table_of("code", before.shown, now.shown),
            *table_of(
                "lines by room", *({room: f"{count:,}" for room, count in f.rooms.items()} for f in (before, now))
            ),
            "## The walk of the book through a close",
            "",
            "Counted while the example month is closed: every function that is given the `Book`, at its first call.",
            "",
            *table_of("walk", walk(old, folder), walk(ROOT, folder)),
            *ABOUT_THE_WALK,
        ]
        kept = PAGE.read_text("utf-8").partition(CENTS)[2] if chosen.skip_cents and PAGE.exists() else ""
        cents = kept or "\n".join(
            [
                "",
                f"The benchmark's book of {chosen.rows:,} rows (`benchmarks/make_book.py`), closed by both versions.",
                "Amounts of one name are added up and compared to the last digit; what is meant to differ on others",
                "is in the changelog under *Results that differ*, rule by rule.",
                "",
                "| table | names in 0.1.0 | names now | that differ | by at most |",
                "|---|---:|---:|---:|---:|",
                *moved_cents(old, ROOT, chosen.rows, folder),
                "",
                f"Small books, closed at {END_OF_YEAR} by both versions. A book that one of them refuses, as 0.1.0",
                "does where a column or a model is newer, is not compared.",
                "",
                "| books | tried | closed by both | names compared | books with an amount that differs |",
                "|---|---:|---:|---:|---:|",
                *compare_small_books(old, ROOT, folder),
                "",
            ]
        )
        PAGE.write_text("\n".join([*lines, CENTS.rstrip()]) + "\n" + cents, "utf-8")


if __name__ == "__main__":
    main()
