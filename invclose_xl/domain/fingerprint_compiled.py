"""The fingerprints of many rows as machine code: the same hashes and letters as ``domain.fingerprint`` computes.

In      the bytes of all texts one after the other with the length of each; hashes by column.
Out     24-bit hashes; bytes of packed rows.
Cost    about a nanosecond per byte.
"""

from typing import Any

import numpy as np

from invclose_xl.domain.machine_code import compile_function

LINE_END = ord("\n")
"""Ends every packed row; it is no character of the alphabet."""
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_LOW_24_BITS, _24, _48 = np.uint64(0xFFFFFF), np.uint64(24), np.uint64(48)
_0, _1 = np.uint64(0), np.uint64(1)
_27, _30, _31 = np.uint64(27), np.uint64(30), np.uint64(31)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_A, _Z, _BLANK, _NOT_ASCII, _TO_LOWER = ord("A"), ord("Z"), ord(" "), 0x80, ord("a") - ord("A")


@compile_function
def hash_texts(data: Any, length: Any, hashes: Any) -> None:
    """Fill ``hashes`` with FNV-1a of every text, folded to 24 bits; 0 for an empty one only."""
    at = 0
    for row in range(len(length)):
        state = _FNV_START
        for byte in data[at : at + length[row]]:
            state = (state ^ np.uint64(byte)) * _FNV_PRIME
        at += length[row]
        folded = (state ^ (state >> _24) ^ (state >> _48)) & _LOW_24_BITS
        hashes[row] = _0 if length[row] == 0 else max(folded, _1)


@compile_function
def hash_ids(data: Any, length: Any, hashes: Any) -> bool:
    """Do the same for the keys of IDs; False where a letter is no ASCII or a blank is at an end.

    What is filled in then says nothing: ``domain.id_keys`` makes the keys of such IDs.
    """
    at = 0
    for row in range(len(length)):
        end = at + length[row]
        if end > at and (data[at] <= _BLANK or data[end - 1] <= _BLANK):
            return False
        state = _FNV_START
        for byte in data[at:end]:
            if byte >= _NOT_ASCII:
                return False
            if _A <= byte <= _Z:
                byte += _TO_LOWER
            state = (state ^ np.uint64(byte)) * _FNV_PRIME
        at = end
        folded = (state ^ (state >> _24) ^ (state >> _48)) & _LOW_24_BITS
        hashes[row] = _0 if length[row] == 0 else max(folded, _1)
    return True


@compile_function
def hash_numbers(units: Any, factor: Any, blank: Any, hashes: Any) -> None:
    """Fill ``hashes`` with the mixed bits of every number x ``factor``, folded to 24 bits; 0 for ``blank`` only."""
    for row in range(len(units)):
        mixed = np.uint64(units[row]) * factor
        mixed = (mixed ^ (mixed >> _30)) * _MIX_1
        mixed = (mixed ^ (mixed >> _27)) * _MIX_2
        mixed = mixed ^ (mixed >> _31)
        folded = (mixed ^ (mixed >> _24) ^ (mixed >> _48)) & _LOW_24_BITS
        hashes[row] = _0 if units[row] == blank else max(folded, _1)


@compile_function
def pack_rows(hashes: Any, letters: Any, alphabet: Any, packed: Any) -> int:
    """Write the letter and four characters of every hash that is not 0, row after row; return how many bytes.

    ``hashes`` has a line per column.
    """
    at = 0
    for row in range(hashes.shape[1]):
        for column in range(hashes.shape[0]):
            value = hashes[column, row]
            if value != 0:
                packed[at] = letters[column]
                packed[at + 1] = alphabet[(value >> 18) & 63]
                packed[at + 2] = alphabet[(value >> 12) & 63]
                packed[at + 3] = alphabet[(value >> 6) & 63]
                packed[at + 4] = alphabet[value & 63]
                at += 5
        packed[at] = LINE_END
        at += 1
    return at


@compile_function
def write_two(hashes: Any, alphabet: Any, text: Any) -> None:
    """Write the first two characters of every hash into a column of a table of characters."""
    for row in range(len(hashes)):
        text[row, 0] = alphabet[(hashes[row] >> 18) & 63]
        text[row, 1] = alphabet[(hashes[row] >> 12) & 63]
