"""400,000 defined names or relationships: what the limits let in is read in little memory, what they do not is refused.

Run as a program of its own, because the most memory that a process has had never falls.
Source  docs/workbook.md, the table of limits: parts that are held as a tree.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workbook.result_tables import plain_book
from tests.workbook.test_package import Parts, repacked

ROOT = Path(__file__).parents[2]
MOST_MEMORY = 400
"""megabytes more than the program itself, as docs/workbook.md has it"""
MANY = 400_000
FEWER = 40_000
TOO_MANY = 600_000
LOOK = """
import resource, sys
from pathlib import Path
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.results.write import refuse_unwritable
from invclose_xl.workbook.package.package import Package
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)
before = peak()
try:
    refuse_unwritable(Path(sys.argv[1]), None)
    with Package.open(Path(sys.argv[1])) as package:
        mine = [r for r in package.workbook_relationships.values() if r.type == "urn:mine"]
        print(len(package.defined_names()), len(mine))
except BookUnusable as refused:
    print(refused)
print(peak() - before)
"""


def names(count: int) -> str:
    return "".join(f'<definedName name="n{i}">Transactions!$A${i + 1}</definedName>' for i in range(count))


def relationships(count: int) -> str:
    return "".join(f'<Relationship Id="m{i}" Type="urn:mine" Target="m"/>' for i in range(count))


def with_names(count: int, parts: Parts) -> Parts:
    old, new = b"<definedNames />", f"<definedNames>{names(count)}</definedNames>".encode()
    assert parts["xl/workbook.xml"].count(old) == 1
    return {**parts, "xl/workbook.xml": parts["xl/workbook.xml"].replace(old, new)}


def with_relationships(count: int, parts: Parts) -> Parts:
    rels, end = "xl/_rels/workbook.xml.rels", b"</Relationships>"
    return {**parts, rels: parts[rels].replace(end, relationships(count).encode() + end)}


TOO_LARGE = "more than 500,000 elements, which no spreadsheet program writes"


@pytest.mark.parametrize(
    ("change", "count", "said"),
    [
        (with_names, FEWER, f"{FEWER} "),
        pytest.param(with_names, MANY, f"{MANY} ", marks=pytest.mark.full),
        pytest.param(with_relationships, MANY, f"0 {MANY}", marks=pytest.mark.full),
        pytest.param(with_names, TOO_MANY, TOO_LARGE, marks=pytest.mark.full),
        pytest.param(with_relationships, TOO_MANY, TOO_LARGE, marks=pytest.mark.full),
    ],
)
@pytest.mark.long
def test_very_many_names_or_relationships(
    change: Callable[[int, Parts], Parts], count: int, said: str, tmp_path: Path
) -> None:
    pytest.importorskip("resource", reason="needs the resource usage of POSIX")
    book = repacked(plain_book(tmp_path / "book.xlsx"), lambda parts: change(count, parts))
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(book)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    found, memory = done.stdout.splitlines()
    assert said in found
    assert 0 <= int(memory) <= MOST_MEMORY
