"""Changes that a write makes to the parts of the file that a workbook is: the evidence that nothing else was touched.

In      told by the writer, before it writes.
Out     how many parts keep their bytes; the names of those that do not.
Source  WORKBOOK "Written"; ECMA-376 part 2 (parts of a package).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartChanges:
    """Parts of a package that a write keeps, changes, adds and removes: names of the file, in its order."""

    kept: int
    """parts whose bytes stay as they are"""
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def list_changes(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return what was done to which parts, where there are any."""
        return [(w, n) for w, n in (("changed", self.changed), ("added", self.added), ("left out", self.removed)) if n]

    def write_sentence(self) -> str:
        """Return all of it as text."""
        others = "".join(f"; {word} {len(names):,}: {list_in_words(names)}" for word, names in self.list_changes())
        return f"This write kept {self.kept:,} parts of the file byte for byte{others}."


_NUMBERED = re.compile(r"(.*/)?([^/]*?)(\d+)(\D*)")


def list_in_words(names: Sequence[str]) -> str:
    """List names; those that differ only by numbers one after the other as *from … to …*."""
    runs: dict[tuple[str, ...], list[int]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match is None:
            runs[(name,)] = []
        else:
            runs.setdefault((match[1] or "", match[2], match[4]), []).append(int(match[3]))
    return ", ".join(text for kind, numbers in runs.items() for text in _find_spans(kind, numbers))


def _find_spans(kind: tuple[str, ...], numbers: list[int]) -> list[str]:
    if not numbers:
        return [kind[0]]
    folder, stem, ending = kind
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    firsts = [f"{folder}{stem}{first}{ending}" for first, _ in spans]
    return [
        text if first == last else f"{text} to {stem}{last}{ending}"
        for text, (first, last) in zip(firsts, spans, strict=True)
    ]
