"""Two packages side by side: which parts of the one the other has byte for byte.

In      two workbooks.
Out     PartChanges.
Cost    one pass over both, a block at a time.
Source  ECMA-376 part 2 (parts of a package).
"""

import zipfile
from pathlib import Path
from typing import IO

from invclose_xl.domain.views.part_changes import PartChanges

BLOCK = 1 << 20


def compare_packages(before: Path, after: Path) -> PartChanges:
    """Return what became of the parts of a workbook in the one that was made of it."""
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        were = {info.filename: info for info in old.infolist()}
        are = {info.filename: info for info in new.infolist()}
        changed = []
        for name in were.keys() & are.keys():
            with old.open(were[name]) as one, new.open(are[name]) as other:
                if were[name].file_size != are[name].file_size or not _hold_the_same(one, other):
                    changed.append(name)
    return PartChanges(
        len(were.keys() & are.keys()) - len(changed),
        tuple(name for name in were if name in changed),
        tuple(name for name in are if name not in were),
        tuple(name for name in were if name not in are),
    )


def _hold_the_same(one: IO[bytes], other: IO[bytes]) -> bool:
    while block := one.read(BLOCK):
        if block != other.read(BLOCK):
            return False
    return not other.read(1)
