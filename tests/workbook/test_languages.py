"""Headings and words of the input sheets in German, French and Spanish.

Source  WORKBOOK "Other languages".
"""

import shutil
from collections.abc import Callable
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
from openpyxl import load_workbook

import invclose_xl
from invclose_xl.domain.languages.headings import HEADINGS, LANGUAGES
from invclose_xl.domain.languages.translations import index_in_all_languages, list_other_headings, list_other_words
from invclose_xl.domain.languages.words import WORDS as WORDS_OF
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.parameters import Parameters
from invclose_xl.domain.references import FIRST_WORDS, WORDS, make_word_key
from invclose_xl.domain.words import DIMENSIONS, SpreadBy
from invclose_xl.workbook.input.status import MEANINGS
from invclose_xl.workbook.layout import EXPECTED, INPUT_SHEETS, InputSheet, heading_key
from invclose_xl.workbook.setup.parameters import NAMES, choices_of
from invclose_xl.workbook.tables.headings import match_headings
from tools.make_languages import PAGE, VERIFY, translated_page, verify_source

SHEETS = (*INPUT_SHEETS, EXPECTED)
every_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.name for sheet in SHEETS])
every_language = pytest.mark.parametrize("language", range(len(LANGUAGES)), ids=LANGUAGES)
LISTS: dict[str, list[str]] = {
    "models": [model.label for model in InventoryModel],
    "references": [word for word in FIRST_WORDS if word not in ("Kanban", "Weighted average inventory closing")],
    "dimensions": list(DIMENSIONS),
    "spread by": [str(word.value) for word in SpreadBy],
    "applies to": ["Transaction", "On hand"],
    "item types": ["Item", "Service"],
    "yes or no": ["Yes", "No"],
    "parameters": list(NAMES.values()),
    **{
        field: choices
        for field, info in Parameters.model_fields.items()
        if (choices := choices_of(info.annotation)) and field not in ("decimal_separator", "date_order")
    },
}


@every_sheet
def test_every_heading_has_a_name_in_every_language(sheet: InputSheet) -> None:
    """Also where it is the same one: the table has a row for each heading of the contract."""
    lacking = [c.heading for c in sheet.columns if c.heading not in HEADINGS]
    assert not lacking


@pytest.mark.parametrize("words", LISTS.values(), ids=list(LISTS))
def test_every_word_has_a_name_in_every_language(words: list[str]) -> None:
    lacking = [word for word in words if word not in WORDS_OF and word not in HEADINGS]
    assert not lacking
    cells = chain.from_iterable((WORDS_OF.get(w) or HEADINGS[w]) for w in words)
    assert all(cells)


@every_sheet
def test_no_heading_means_two_columns(sheet: InputSheet) -> None:
    columns = (*sheet.columns, *sheet.exported)
    english = {heading_key(name): c.field for c in columns for name in (c.heading, *c.aliases)}
    seen: dict[str, str] = {}
    for column in columns:
        for name in column.translated:
            key = heading_key(name)
            assert english.get(key, column.field) == column.field, name
            assert seen.setdefault(key, column.field) == column.field, name


@pytest.mark.parametrize("words", [*LISTS.values(), *(dict.fromkeys(known, 0) for known in MEANINGS.values())])
def test_no_word_means_two_things(words: list[str] | dict[str, int]) -> None:
    meanings = {heading_key(word): word for word in words}
    for word in words:
        for name in list_other_words(word):
            assert meanings.setdefault(heading_key(name), word) == word, name


def test_no_reference_word_means_two_things() -> None:
    for word in FIRST_WORDS:
        for name in list_other_words(word):
            assert WORDS[make_word_key(name)] == WORDS[make_word_key(word)], name


def test_no_status_means_two_things() -> None:
    """A word such as *Registrado*, which may be posted or not, is in no list: it is named, and the dates decide."""
    for known in MEANINGS.values():
        assert not {"registrado", "enregistré"} & known.keys()


def _in(language: int, heading: str) -> str:
    return HEADINGS[heading][language].split(";")[0].strip()


@every_language
@every_sheet
@pytest.mark.parametrize("spelled", [str, str.upper, lambda text: text.replace(" ", "_")], ids=["", "upper", "_"])
def test_a_row_of_one_language_is_read(sheet: InputSheet, language: int, spelled: Callable[[str], str]) -> None:
    row = {at: spelled(_in(language, column.heading)) for at, column in enumerate(sheet.columns, 1)}
    found = match_headings(4, row, sheet.columns)
    assert found.columns == {column.field: at for at, column in enumerate(sheet.columns, 1)}
    assert (found.missing, found.twice, found.translated) == ((), (), ())


@every_language
@every_sheet
def test_beside_english_headings_a_translated_one_is_named_and_not_read(sheet: InputSheet, language: int) -> None:
    """A book of before may have a column of its own that is called so."""
    required = {at: c.heading for at, c in enumerate(sheet.columns, 1) if c.required}
    optional = [c for c in sheet.columns if not c.required and list_other_headings(c.heading)]
    for column in (c for c in optional if _in(language, c.heading) != c.heading):
        found = match_headings(1, {**required, 99: _in(language, column.heading)}, sheet.columns)
        assert column.field not in found.columns
        assert found.translated == ((column, 99),)
        both = {**required, 98: column.heading, 99: _in(language, column.heading)}
        beside = match_headings(1, both, sheet.columns)
        assert beside.columns[column.field] == 98
        assert not beside.translated


def test_two_languages_for_one_column_are_refused() -> None:
    sheet = INPUT_SHEETS[0]
    found = match_headings(1, {1: "Artikelnummer", 2: "Código de artículo", 3: "Artikelmodellgruppe"}, sheet.columns)
    assert [(c.field, first, second) for c, first, second in found.twice] == [("number", 1, 2)]


def test_letters_with_marks_of_their_own_are_the_same_letters() -> None:
    """A file from a Mac may write é as e and an accent."""
    assert heading_key("Quantite\u0301") == heading_key("Quantité")
    assert make_word_key("Me\u0301diane") == make_word_key("Médiane")


def test_english_goes_first() -> None:
    assert index_in_all_languages({"No": False, "Yes": True}, str.casefold)["no"] is False


def _translate(book: Path, target: Path, language: int) -> None:
    """Write a book whose input sheets have the headings and words of a language."""
    workbook = load_workbook(book)
    for spec in SHEETS:
        if spec.name not in workbook.sheetnames:
            continue
        sheet = workbook[spec.name]
        english = {c.heading: c for c in spec.columns}
        for row in sheet.iter_rows():
            for cell in row:
                if not isinstance(cell.value, str):
                    continue
                if cell.value in english:
                    cell.value = _in(language, cell.value)
                elif cell.value in WORDS_OF or cell.value in DIMENSIONS:
                    words = list_other_words(cell.value)
                    row_of_words = WORDS_OF.get(cell.value) or HEADINGS[cell.value]
                    cell.value = row_of_words[language].split(";")[0].strip() if words else cell.value
        for table in list(sheet.tables):
            del sheet.tables[table]
    workbook.save(target)


def _results(book: Path) -> dict[str, list[tuple[object, ...]]]:
    workbook = load_workbook(book, read_only=True, data_only=True)
    wanted = ("Settlements", "Value links", "Adjustments", "Vouchers", "Estimated costs", "Stock value")
    words = {name: word for word in FIRST_WORDS for name in list_other_words(word)}
    rows = {s: list(workbook[s].iter_rows(values_only=True)) for s in wanted if s in workbook.sheetnames}
    return {s: [tuple(words.get(v, v) for v in row) for row in found] for s, found in rows.items()}


@every_language
@pytest.mark.sampled(3)
def test_a_month_in_another_language_has_the_same_cents(language: int, tmp_path: Path) -> None:
    """January whole: every sheet, column and word of it; only Reference shows the word as it was written."""
    january = Path(__file__).parents[2] / "examples" / "january.xlsx"
    english, other = tmp_path / "english.xlsx", tmp_path / "other.xlsx"
    shutil.copy(january, english)
    _translate(january, other, language)
    ours, theirs = (invclose_xl.close(book, date(2026, 1, 31)) for book in (english, other))
    assert ours.adjustment_amount == theirs.adjustment_amount
    assert _results(english) == _results(other)
    assert invclose_xl.verify(other).holds


def test_the_page_and_the_auditors_script_have_the_whole_table() -> None:
    assert PAGE.read_text("utf-8") == translated_page(), "run python tools/make_languages.py"
    assert VERIFY.read_text("utf-8") == verify_source(), "run python tools/make_languages.py"
