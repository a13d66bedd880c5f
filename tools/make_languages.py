"""Write what other languages call headings and words: into docs/languages.md, and into the auditor's verify_close.py.

In      the tables in domain/languages, the layout of the input sheets.
Out     the page and the lines as text; run this file to write them.
Errors  ValueError where one word would mean two things in verify_close, which knows no sheets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from invclose_xl.audit import verify_close
from invclose_xl.domain.languages.headings import HEADINGS, LANGUAGES
from invclose_xl.domain.languages.translations import list_other_headings, list_other_words
from invclose_xl.domain.languages.words import WORDS
from invclose_xl.workbook.layout import EXPECTED, INPUT_SHEETS, heading_key

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "languages.md"
VERIFY = ROOT / "invclose_xl" / "audit" / "verify_close.py"
BEGIN = "# What other languages call the headings and words above; tools/make_languages.py writes these lines.\n"
END = "# (end of what is written)\n"
LONGEST_LINE = 120
WORDS_READ = ("Yes", "Opening", "Inventory blocking", "Standard cost", "Moving average", "Currency decimals",
              "Decimal separator")  # fmt: skip
HEAD = """# Headings and words in other languages

This page is made by `python tools/make_languages.py` from `invclose_xl/domain/languages`, the only home of them.

The input sheets may be headed in English, German, French or Spanish, and their words may be in any of these; the
names of the sheets, everything that is written, and messages stay English. Case, repeated blanks, underscores and the
two ways of storing an accent do not count.

A heading of another language is read where the row of headings is not complete in English without it:
**Artikelnummer**, **Menge** and **Buchungs-ID** make German headings of the sheet *Transactions*. Where all required
headings are English, a column such as *Standort* is taken for your own, and a warning names it
([IC587](problems.md#ic587-a-heading-of-another-language-among-english-ones)).
A word that is not listed here goes onto the sheet *References*.

A further language is one more column of these tables, and nothing else; `tests/workbook/test_languages.py` says which
words are missing, and which would mean two things on one sheet.
"""


def translated_page() -> str:
    """Return the page."""
    lines = [HEAD]
    for sheet in (*INPUT_SHEETS, EXPECTED):
        lines += [f"## {sheet.name}\n", *_table([column.heading for column in sheet.columns], HEADINGS)]
    return "\n".join([*lines, "## Words in cells\n", *_table(WORDS, WORDS)])


def _table(words: Iterable[str], table: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    yield f"| English | {' | '.join(LANGUAGES)} |"
    yield "|---|" + "---|" * len(LANGUAGES)
    for word in words:
        yield f"| {word} | {' | '.join(cell.replace('; ', ', ') for cell in table[word])} |"
    yield ""


def verify_lines() -> str:
    """Return the two tables that verify_close.py needs: only of what it reads."""
    read = [name for sheet in verify_close.INPUTS.values() for names in sheet.values() for name in names]
    headings = [(heading, list_other_headings(heading)) for heading in dict.fromkeys(read)]
    words = [(word, list_other_words(word)) for word in (*WORDS_READ, *verify_close.DIMENSIONS)]
    statuses = [(word, list_other_words(word)) for word in WORDS if word.casefold() in verify_close.UNPOSTED]
    return _dict("HEADINGS_IN_ENGLISH", headings) + _dict("WORDS_IN_ENGLISH", words + statuses)


def _dict(name: str, entries: Iterable[tuple[str, Sequence[str]]]) -> str:
    found: dict[str, str] = {}
    for english, others in entries:
        for key in map(heading_key, others):
            if found.setdefault(key, heading_key(english)) != heading_key(english):
                raise ValueError(f"{key} means {found[key]} and {english}")
    lines, line = [f"{name}: dict[str, str] = {{"], "   "
    for entry in (f' "{key}": "{meant}",' for key, meant in found.items()):
        if len(line) + len(entry) > LONGEST_LINE:
            lines.append(line)
            line = "   "
        line += entry
    return "\n".join([*lines, line, "}  # fmt: skip"]) + "\n"


def verify_source() -> str:
    """Return verify_close.py with its tables."""
    before, _, rest = VERIFY.read_text("utf-8").partition(BEGIN)
    return before + BEGIN + verify_lines() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(translated_page(), "utf-8")
    VERIFY.write_text(verify_source(), "utf-8")
