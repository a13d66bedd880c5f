"""Fingerprints: short hashes of values, column by column, that say which cell behind the lock was changed.

In      columns of text or of integers. Blank is null or the given blank value.
Out     24-bit hashes as uint32 arrays, 0 only for blank; rows of them packed as text.
Cost    vectorised: one pass per byte position of the longest text, one per column for integers; from COMPILED_FROM
        rows on machine code. The arithmetic is our own, so no library's version can change a fingerprint.
Source  RULES R10.2: they find mistakes and honest edits, not a determined forger (the Digest is a SHA-256).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.book import Hashes, Integers
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.machine_code import is_available, is_loaded

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CHARACTERS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
COMPILED_FROM = 50_000
LOADED_FROM = 5_000
"""The same where the compiler is loaded already, because the sheet was large."""
_BLOCK = 65_536
FEW = 2_000
"""Texts of which it does not pay to look for equal ones."""
WIDTH = 5
"""characters per value in a packed row: one for the column, four for its hash"""


def fingerprint_ids(texts: pl.Series) -> Hashes:
    """Hash IDs: equal ones have equal fingerprints, however they are spelled."""
    if _is_large(len(texts)):
        return _hash_compiled(texts, are_ids=True)
    return fingerprint_texts(make_id_keys(texts))


def fingerprint_texts(texts: pl.Series) -> Hashes:
    """Hash the UTF-8 bytes of every text (FNV-1a); null and '' are blank."""
    if _is_large(len(texts)):
        return _hash_compiled(texts, are_ids=False)
    different = texts.unique() if len(texts) > FEW else texts
    if 4 * len(different) < len(texts):
        hashes = pl.Series(_hash_in_python(different))
        return texts.replace_strict(different, hashes, return_dtype=pl.UInt32).to_numpy()
    return _hash_in_python(texts)


def _is_large(rows: int) -> bool:
    least = min(COMPILED_FROM, LOADED_FROM) if is_loaded() else COMPILED_FROM
    return rows >= least and is_available()


def _hash_compiled(texts: pl.Series, *, are_ids: bool) -> Hashes:
    """Hash some thousand texts at a time, whose memory is used again and again."""
    from invclose_xl.domain.fingerprint_compiled import hash_ids, hash_texts

    hashes = np.zeros(len(texts), dtype=np.uint32)
    if texts.null_count() == len(texts):
        return hashes
    for start in range(0, len(texts), _BLOCK):
        block = texts.slice(start, _BLOCK).fill_null("")
        part = hashes[start : start + _BLOCK]
        if are_ids and hash_ids(*_join_bytes(block), part):
            continue
        hash_texts(*_join_bytes(make_id_keys(block) if are_ids else block), part)
    return hashes


def _join_bytes(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the UTF-8 bytes of texts, one after the other, and how many each has."""
    data: bytes = texts.str.join("").cast(pl.Binary).item()
    return np.frombuffer(data, dtype=np.uint8), texts.str.len_bytes().cast(pl.Int64).to_numpy()


def _hash_in_python(texts: pl.Series) -> Hashes:
    encoded = [(text or "").encode() for text in texts.to_list()]
    length = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    start = np.cumsum(length) - length
    state = np.full(len(length), _FNV_START, dtype=np.uint64)
    rows = np.flatnonzero(length > 0)
    position = 0
    while len(rows):
        state[rows] = (state[rows] ^ data[start[rows] + position]) * _FNV_PRIME
        position += 1
        rows = rows[length[rows] > position]
    return _shorten(state, length == 0)


def fingerprint_numbers(units: Integers, decimals: int, blank: int) -> Hashes:
    """Hash numbers by value: 1.50 at two decimals and 1.5 at one are the same."""
    factor = np.uint64(10 ** max(0, 15 - decimals))
    if _is_large(len(units)):
        from invclose_xl.domain.fingerprint_compiled import hash_numbers

        hashes = np.empty(len(units), dtype=np.uint32)
        hash_numbers(np.ascontiguousarray(units, dtype=np.int64), factor, np.int64(blank), hashes)
        return hashes
    scaled = units.astype(np.int64).view(np.uint64) * factor
    mixed = (scaled ^ (scaled >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return _shorten(mixed ^ (mixed >> np.uint64(31)), units == blank)


def _shorten(state: npt.NDArray[np.uint64], blank: npt.NDArray[np.bool_]) -> Hashes:
    """Fold 64 bits to 24; 0 is kept for blank."""
    folded = (state ^ (state >> np.uint64(24)) ^ (state >> np.uint64(48))) & np.uint64(0xFFFFFF)
    return np.where(blank, 0, np.maximum(folded, 1)).astype(np.uint32)


def pack_hashes(hashes: Mapping[str, Hashes], order: Sequence[str]) -> pl.Series:
    """Write each row's hashes as text: for every value that is not blank its column's letter and four characters.

    ``order`` gives the columns their letters and must never change; it may grow at its end.
    """
    rows = len(next(iter(hashes.values()))) if hashes else 0
    chosen = [(letter, hashes[name]) for letter, name in zip(ALPHABET, order, strict=False) if name in hashes]
    if _is_large(rows):
        blocks = [_pack_compiled(chosen, at) for at in range(0, rows, _BLOCK)]
        return pl.concat(blocks, rechunk=True)
    text = np.zeros((rows, len(chosen), WIDTH), dtype=np.uint8)
    filled = np.zeros((rows, len(chosen)), dtype=np.bool_)
    for column, (letter, values) in enumerate(chosen):
        text[:, column, 0] = ord(letter)
        text[:, column, 1:] = write_characters(values, 4)
        filled[:, column] = values > 0
    joined = text[filled].tobytes().decode("ascii")
    end = (np.cumsum(filled.sum(axis=1)) * WIDTH).tolist()
    return pl.Series([joined[a:b] for a, b in zip([0, *end[:-1]], end, strict=True)] if rows else [], dtype=pl.String)


def _pack_compiled(chosen: list[tuple[str, Hashes]], start: int) -> pl.Series:
    from invclose_xl.domain.fingerprint_compiled import pack_rows

    block = np.stack([values[start : start + _BLOCK] for _, values in chosen])
    letters = np.frombuffer("".join(letter for letter, _ in chosen).encode(), dtype=np.uint8)
    text = np.empty(block.shape[1] * (WIDTH * len(chosen) + 1), dtype=np.uint8)
    size = pack_rows(block, letters, _CHARACTERS, text)
    return pl.Series([text[: size - 1].tobytes().decode("ascii")]).str.split("\n").explode()


def write_character_pairs(columns: Sequence[Hashes]) -> str:
    """Write two characters for every hash of every row, row after row."""
    rows = len(columns[0]) if columns else 0
    text = np.zeros((rows, len(columns), 2), dtype=np.uint8)
    if not _is_large(rows):
        for position, values in enumerate(columns):
            text[:, position] = write_characters(values, 2)
        return text.tobytes().decode("ascii")
    from invclose_xl.domain.fingerprint_compiled import write_two

    for position, values in enumerate(columns):
        write_two(values, _CHARACTERS, text[:, position])
    return text.tobytes().decode("ascii")


def write_characters(values: Hashes, count: int) -> npt.NDArray[np.uint8]:
    """Write the leading 6 x count bits of 24-bit hashes as characters, one row of ``count`` bytes each."""
    shifts = np.arange(18, 18 - 6 * count, -6, dtype=np.uint32)
    return np.asarray(_CHARACTERS[(values[:, None] >> shifts) & np.uint32(63)])


def unpack_hashes(fingerprint: str, order: Sequence[str]) -> dict[str, str]:
    """Read one packed row back: column -> its four characters."""
    letters = dict(zip(ALPHABET, order, strict=False))
    parts = [fingerprint[at : at + WIDTH] for at in range(0, len(fingerprint), WIDTH)]
    return {letters[part[0]]: part[1:] for part in parts if part[:1] in letters}


def fingerprint_number(units: int, decimals: int) -> str:
    """Hash a single number the way ``packed`` writes it."""
    return (
        write_characters(fingerprint_numbers(np.array([units], dtype=np.int64), decimals, -(2**63)), 4)
        .tobytes()
        .decode()
    )


def fingerprint_text(text: str) -> str:
    """Hash a single text the way ``packed`` writes it."""
    return write_characters(fingerprint_texts(pl.Series([text])), 4).tobytes().decode()
