"""Real workbooks of many programs: whatever they hold is read or refused, and all ways of reading agree.

Every fourth workbook of the corpus, with at least a hundred sheets among them.
"""

import contextlib
from pathlib import Path

import pytest

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.cells.read import read_cells
from invclose_xl.workbook.cells.texts import shared_texts
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.package.package import Package
from tests.workbook.test_read_cells import EVERY_READER, content

CORPUS = Path(__file__).parent.parent.parent.parent / "shared" / "corpus"
BOOKS = sorted(p for p in CORPUS.glob("*") if p.suffix in (".xlsx", ".xlsm"))[::4]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus (../shared/corpus) is not part of this checkout")
@pytest.mark.long
def test_real_workbooks() -> None:
    assert BOOKS, "the corpus is there but holds no workbook"
    sheets = 0
    for path in BOOKS:
        with contextlib.suppress(BookUnusable):
            assert read_book(path).book is None
            with Package.open(path) as package:
                shared = shared_texts(package)
                for sheet in package.sheets():
                    if sheet.kind == "worksheet" and sheet.part:
                        one, *others = (content(read_cells(package, sheet, shared, limits)) for limits in EVERY_READER)
                        assert others == [one, one], f"{path.name}, {sheet.name}"
                        sheets += 1
    assert sheets > 100
