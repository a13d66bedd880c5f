"""Fingerprints written down: whatever numpy and polars become, a book locked today must still be itself then.

Texts are hashed by FNV-1a with 64 bits, folded to 24; what is expected comes from its definition, in plain Python.
Source  RULES R10.2.
"""

import numpy as np
import polars as pl
import pytest

from invclose_xl.domain import fingerprint
from invclose_xl.domain.fingerprint import (
    ALPHABET,
    fingerprint_ids,
    fingerprint_number,
    fingerprint_numbers,
    fingerprint_text,
    fingerprint_texts,
    pack_hashes,
    write_character_pairs,
)


def by_definition(text: str) -> str:
    """FNV-1a, folded to 24 bits, four characters."""
    state = 0xCBF29CE484222325
    for byte in text.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    folded = max((state ^ (state >> 24) ^ (state >> 48)) & 0xFFFFFF, 1)
    return "".join(ALPHABET[folded >> shift & 63] for shift in (18, 12, 6, 0))


@pytest.mark.parametrize("text", ["a", "ISS-0042", "Ümläut ß", "☃", "x" * 5_000])
def test_a_text(text: str) -> None:
    assert fingerprint_text(text) == by_definition(text)


GOLDEN = {(0, 2): "AAAB", (1, 2): "PDwM", (-1, 2): "NZHb", (123456789, 2): "R5-V", (46053, 0): "wJZQ"}


@pytest.mark.parametrize(("units", "decimals"), GOLDEN)
def test_a_number(units: int, decimals: int) -> None:
    assert fingerprint_number(units, decimals) == GOLDEN[units, decimals]


def test_a_number_is_its_value_at_any_scale() -> None:
    assert fingerprint_number(150, 2) == fingerprint_number(15, 1) == fingerprint_number(1_500_000, 6)


def test_a_row() -> None:
    hashes = {"id": fingerprint_texts(pl.Series(["P1", "S1"])), "site": fingerprint_texts(pl.Series(["1", None]))}
    one, two, site = by_definition("P1"), by_definition("S1"), by_definition("1")
    assert pack_hashes(hashes, ("id", "item", "site")).to_list() == [f"A{one}C{site}", f"A{two}"]


def test_machine_code_writes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pl.Series(["P1", None, "", "Ümläut ß", "☃", "x" * 300, "P1"] * 50, dtype=pl.String)
    numbers = np.arange(350, dtype=np.uint32) * 40_503 % 2**24
    order = ("id", "item", "site")

    def written() -> tuple[list[int], list[str], str]:
        hashes = {"id": fingerprint_texts(texts), "site": np.where(numbers % 3 == 0, 0, numbers).astype(np.uint32)}
        return hashes["id"].tolist(), pack_hashes(hashes, order).to_list(), write_character_pairs(list(hashes.values()))

    in_bulk = written()
    monkeypatch.setattr(fingerprint, "COMPILED_FROM", 1)
    monkeypatch.setattr(fingerprint, "_BLOCK", 64)
    assert written() == in_bulk
    assert pack_hashes({"id": fingerprint_texts(pl.Series(["", None], dtype=pl.String))}, order).to_list() == ["", ""]


@pytest.mark.parametrize(
    "words", [["P-1", "Item Ä", "ß"], ["P-1", None, "", "item Z", "@[`{"], ["P-1", " Q", "q "]], ids=str
)
def test_machine_code_knows_one_id_however_it_is_spelled(
    monkeypatch: pytest.MonkeyPatch, words: list[str | None]
) -> None:
    texts = pl.Series([*words, *(None if w is None else w.swapcase() for w in words)] * 40, dtype=pl.String)
    in_bulk = fingerprint_ids(texts).tolist()
    monkeypatch.setattr(fingerprint, "COMPILED_FROM", 1)
    assert fingerprint_ids(texts).tolist() == in_bulk
    assert in_bulk[: len(words)] == in_bulk[len(words) : 2 * len(words)]


@pytest.mark.parametrize("decimals", [0, 2, 6, 15, 18])
def test_machine_code_knows_a_number(monkeypatch: pytest.MonkeyPatch, decimals: int) -> None:
    numbers = np.array([0, 1, -1, 2**62, -(2**63), 46053, 10**15] * 40, dtype=np.int64)
    in_bulk = fingerprint_numbers(numbers, decimals, -(2**63)).tolist()
    monkeypatch.setattr(fingerprint, "COMPILED_FROM", 1)
    assert fingerprint_numbers(numbers, decimals, -(2**63)).tolist() == in_bulk
    assert fingerprint_numbers(numbers.astype(np.int32), decimals, -1).tolist()[2] == 0
