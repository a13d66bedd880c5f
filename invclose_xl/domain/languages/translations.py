"""Headings and words of the input sheets in other languages.

In      an English heading or word as the contract has it.
Out     what else it may be called; a list of words as a cell may hold them, in all languages.
Source  WORKBOOK "Other languages".
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from invclose_xl.domain.languages.headings import HEADINGS
from invclose_xl.domain.languages.words import WORDS

Value = TypeVar("Value")


def list_other_headings(heading: str) -> tuple[str, ...]:
    """Return what a column may be headed in the other languages; nothing where its heading is not translated."""
    return _list_names(HEADINGS, heading)


def list_other_words(word: str) -> tuple[str, ...]:
    """Return what a word in a cell, or the name of a dimension, may be in the other languages."""
    return _list_names(WORDS, word) or _list_names(HEADINGS, word)


def index_in_all_languages(meanings: Mapping[str, Value], key: Callable[[str], str]) -> dict[str, Value]:
    """Return what the words of a list mean, under the ``key`` of each: English first, then the other languages."""
    english = {key(word): meaning for word, meaning in meanings.items()}
    others = {key(name): meaning for word, meaning in meanings.items() for name in list_other_words(word)}
    return others | english


def _list_names(table: Mapping[str, tuple[str, str, str]], word: str) -> tuple[str, ...]:
    names = (name.strip() for cell in table.get(word, ()) for name in cell.split(";"))
    return tuple(dict.fromkeys(name for name in names if name and name != word))
