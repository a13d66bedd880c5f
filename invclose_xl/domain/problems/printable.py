"""Text that a terminal, a sheet or a JSON reader can take, whatever is in a cell or a file name.

In      any text: of cells, file names, login names.
Out     the same; control characters, halves of characters and marks of the direction of writing are written out.
Source  ECMA-48 (control sequences); UAX #9 (directional formatting).
"""

import re

_KEPT = "\n\t"
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape_controls(text: str) -> str:
    """Return the text with what would steer a terminal written out: ``\\x1b``."""
    return _UNSAFE.sub(lambda found: _write_out(found[0]), text)


def escape_controls_in_json(text: str) -> str:
    """Return JSON with the same characters in its own notation: ``\\u009b``."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _write_out(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
