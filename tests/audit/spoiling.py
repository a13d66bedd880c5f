"""Every figure of an auditor's package, one after the other another one: what its script is tried with.

In      a folder that ``reconcile --package`` wrote.
Out     Spoilt: where a figure stands and what it was; while it is one, the file has one unit more there.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FIGURE = re.compile(r"(?<![\w.#/-])\d[\d,]*(?:\.\d+)?(?![\w/]|\.\d|-\d)|\d{4}-\d\d-\d\d")
NO_FIGURES = re.compile(
    r"site=\d+|IC-\d+(?:/W\d+/[IR])?|\(R\d+\.\d+\)|, R\d+\.\d+|^  R\d.*$|\b[A-Z]{1,3}-?\w*\d\w*\b|!\w+\d+", re.MULTILINE
)
CELL = re.compile(rb'<c r="([A-Z]+\d+)"([^>]*)>(?:<f>([^<]*)</f>)?<v>([^<]*)</v></c>')
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its file, where it stands there, what it is, and what it becomes."""

    file: str
    part: str
    """of a workbook: the sheet's part, else empty"""
    start: int
    end: int
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.file} {self.part} at {self.start}: {self.was} as {self.becomes}"


def one_more(figure: str) -> str:
    """Return a figure that is one unit more in its last digit; of a date the next or the previous day."""
    if DATE.fullmatch(figure):
        return figure[:-2] + (f"{int(figure[-2:]) + 1:02d}" if int(figure[-2:]) < 28 else "27")
    plain = figure.replace(",", "")
    digits = len(plain.partition(".")[2])
    units = int(plain.replace(".", "")) + 1
    text = f"{units:0{digits + 1}d}"
    whole, rest = (text[:-digits], text[-digits:]) if digits else (text, "")
    whole = f"{int(whole):,}" if "," in figure else whole
    return f"{whole}.{rest}" if digits else whole


def in_text(folder: Path, file: str, pattern: re.Pattern[str] = FIGURE, *, names: bool = True) -> Iterator[Figure]:
    """Return the figures of a text; ``names``: what belongs to a name, a rule or a cell's address is none."""
    text = (folder / file).read_bytes().decode("utf-8")
    taken = {p for m in NO_FIGURES.finditer(text) for p in range(*m.span())} if names else set()
    for match in pattern.finditer(text):
        if match.start() not in taken:
            yield Figure(file, "", *match.span(), match[0], one_more(match[0]))


def in_picture(folder: Path, file: str) -> Iterator[Figure]:
    """Return the figures that can be read in a picture."""
    text = (folder / file).read_text("utf-8")
    for label in re.finditer(r"<text[^>]*>(?:<title>([^<]*)</title>)?([^<]*)</text>", text):
        tip, shown = label[1] or "", label[2]
        if (
            shown in tip.replace("  ", " ")
            or "more transactions" in shown
            or not re.fullmatch(r"[\d\s.,():-]*(?:at|was|of it|of its own|[\d\s.,():-])*", shown)
        ):
            continue
        for match in FIGURE.finditer(shown):
            begins = label.start(2) + match.start()
            yield Figure(file, "", begins, begins + len(match[0]), match[0], one_more(match[0]))


def in_workbook(folder: Path, file: str) -> Iterator[Figure]:
    """Return numbers and results of formulas of a workbook, and its formulas."""
    with zipfile.ZipFile(folder / file) as package:
        for part in package.namelist():
            if not re.fullmatch(r"xl/worksheets/sheet\d+\.xml", part):
                continue
            for cell in CELL.finditer(package.read(part)):
                if b't="s"' in cell[2]:
                    continue
                value = cell[4].decode()
                more = one_more(value.lstrip("-")) if re.fullmatch(r"-?\d+(?:\.\d+)?", value) else f"{value}!"
                yield Figure(file, part, *cell.span(4), value, ("-" if value[:1] == "-" else "") + more)
                if cell[3]:
                    formula = cell[3].decode()
                    yield Figure(file, part, *cell.span(3), formula, f"{formula}+1")


@contextmanager
def spoilt(folder: Path, figure: Figure) -> Iterator[None]:
    """Give a file the other figure for a while."""
    path = folder / figure.file
    before = path.read_bytes()
    if figure.part:
        with zipfile.ZipFile(path) as package:
            parts = {info: package.read(info) for info in package.infolist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
            for info, content in parts.items():
                if info.filename == figure.part:
                    content = content[: figure.start] + figure.becomes.encode() + content[figure.end :]
                package.writestr(info.filename, content)
    else:
        text = before.decode("utf-8")
        path.write_bytes((text[: figure.start] + figure.becomes + text[figure.end :]).encode("utf-8"))
    try:
        yield
    finally:
        path.write_bytes(before)
