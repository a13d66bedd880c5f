"""All cells of one sheet of a package, by the reader that suits its size.

In      an opened package, a sheet, the package's shared texts.
Out     Cells.
Errors  BookUnusable where the sheet's part is missing or damaged.
Cost    see exact and large.
"""

from functools import partial

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.cells.cells import Cells, SharedTexts, join
from invclose_xl.workbook.cells.exact import ExactReader
from invclose_xl.workbook.cells.large import Limits, plain_reader, read_large
from invclose_xl.workbook.package.archive import damaged
from invclose_xl.workbook.package.package import Package, Sheet
from invclose_xl.workbook.package.xml import BadXml

USUAL = Limits()


def read_cells(package: Package, sheet: Sheet, shared: SharedTexts, limits: Limits = USUAL) -> Cells:
    """Read every cell of a sheet that holds anything."""
    if not sheet.part:
        raise BookUnusable(damaged(package.path, f"the content of the sheet {sheet.name} is missing"))
    try:
        size = package.member(sheet.part).size
        if size >= limits.bulk:
            hears_format = partial(package.formats_named.__setitem__, sheet.part)
            batches, merges = read_large(
                package.chunks(sheet.part), plain_reader(size, limits), hears_format=hears_format
            )
        else:
            reader = ExactReader()
            for chunk in package.chunks(sheet.part):
                reader.feed(chunk)
            reader.feed(b"", last=True)
            batches, merges = reader.finish(), reader.merges
    except BadXml as fault:
        raise BookUnusable(damaged(package.path, f"the sheet {sheet.name}: {fault}")) from fault
    return join(batches, shared, merges, sheet.name)
