"""Numbers with what they count, in plain English: the only place where a plural is made.

In      a count and a word in the singular, or both forms where the plural is not made by an s.
Out     ``1 warning``, ``2 warnings``, ``1,200 entries``.
Source  STYLE 4 (errors for accountants).
"""

ENDINGS = ("s", "x", "ch", "sh")


def format_count(count: int, one: str, many: str = "") -> str:
    """Count something: ``1 warning``, ``1,200 warnings``."""
    return f"{count:,} {choose_form(count, one, many)}"


def choose_form(count: int, one: str, many: str = "") -> str:
    """Return the form of a word that belongs to a number; of a verb too: ``plural(n, "is", "are")``."""
    return one if count == 1 else many or _form_plural(one)


def _form_plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(ENDINGS) else "s")
