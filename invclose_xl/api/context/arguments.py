"""Arguments of callers from Python: taken as it is, or refused with a sentence, before any work.

In      values of any type.
Out     the same, as the type that was meant.
Errors  WrongUsage (2); BookUnusable (5) for an address of an object store.
Source  WORKBOOK "Command line": what is filled in is used, refused or named.
"""

import errno
import os
import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from invclose_xl.domain.days import FIRST_SHEET_DATE
from invclose_xl.domain.problems.problem import BookUnusable, WrongUsage
from invclose_xl.domain.words import Specification

OF_OBJECT_STORE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""``s3://…`` and its like, which Path writes with one stroke; a drive of Windows has one letter"""


def path_of(book: object, name: str = "book") -> Path:
    """Return the path of a file or folder."""
    if isinstance(book, str | os.PathLike) and not isinstance(given := os.fspath(book), bytes) and given:
        if OF_OBJECT_STORE.match(given) and not os.path.lexists(given):
            raise BookUnusable(
                f"{given} is in an object store, and only file systems are read and written: give the path of its "
                "mount (such as /lakehouse/default/Files or /dbfs), or copy the files to a drive."
            )
        try:
            os.lstat(given)
        except ValueError:
            raise WrongUsage(f"{name} is {shown(book)}: no file can have this name.") from None
        except OSError as fault:
            if fault.errno == errno.ENAMETOOLONG:
                raise WrongUsage(f"{name} is {shown(book)}: the name is longer than any file's can be.") from None
        return Path(given)
    raise WrongUsage(f"{name} is {shown(book)}: give the path of a file, as text or as pathlib.Path.")


def date_of(day: object, name: str) -> date | None:
    """Return a date; a moment or a text is none, because it leaves open which day is meant."""
    if day is None:
        return None
    if isinstance(day, date) and not isinstance(day, datetime):
        if day < FIRST_SHEET_DATE:
            raise WrongUsage(f"{name} is {day}: a sheet holds dates from {FIRST_SHEET_DATE} on; give a later one.")
        return day
    example = f"date({day.year}, {day.month}, {day.day})" if isinstance(day, date) else "date(2026, 1, 31)"
    raise WrongUsage(f"{name} is {shown(day)}: give a date without a time, such as datetime.{example}.")


def moment_of(now: object) -> datetime | None:
    """Return a moment."""
    if now is None:
        return None
    if isinstance(now, datetime):
        if not FIRST_SHEET_DATE.year < now.year < date.max.year:
            raise WrongUsage(f"now is {now}: no clock shows that; give a moment after {FIRST_SHEET_DATE.year}.")
        return now
    raise WrongUsage(f"now is {shown(now)}: give a datetime.datetime, or leave it out for the clock of this machine.")


def refuse_other_than_flags(**given: object) -> None:
    """Refuse what is neither True nor False: a text such as 'no' would count as True."""
    for name, value in given.items():
        if not isinstance(value, bool):
            raise WrongUsage(f"{name} is {shown(value)}: give True or False.")


def count_of(given: object, name: str) -> int:
    """Return a whole number above zero."""
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        return given
    raise WrongUsage(f"{name} is {shown(given)}: give a whole number above zero.")


def refuse_not_callable(given: object, name: str) -> None:
    """Refuse what cannot be called."""
    if given is not None and not callable(given):
        raise WrongUsage(f"{name} is {shown(given)}: give a function, or leave it out.")


def names_of(given: object, name: str) -> tuple[str, ...]:
    """Return a list of names; a single text is no list, for its letters would be taken one by one."""
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        names = tuple(given)
        if all(isinstance(each, str) for each in names):
            return names
    raise WrongUsage(f"{name} is {shown(given)}: give a list of texts, such as ['1000', '1001'].")


def name_of(given: object, name: str, example: str) -> str | None:
    """Return a name, or None where none is given."""
    if given is None or isinstance(given, str):
        return given
    raise WrongUsage(f"{name} is {shown(given)}: give a text, such as {example!r}.")


def specification_of(given: object) -> Specification | None:
    """Return how detailed the voucher is, whatever the case of its letters."""
    if given is None:
        return None
    known = {str(word).casefold(): word for word in Specification}
    if isinstance(given, str) and given.casefold() in known:
        return known[given.casefold()]
    raise WrongUsage(f"specification is {shown(given)}: give one of {', '.join(repr(str(s)) for s in Specification)}.")


def shown(value: object) -> str:
    """Write what was handed in, and of which type it is."""
    text, kind = repr(value), type(value).__name__
    return f"{text if len(text) <= 60 else text[:59] + '…'}, {'an' if kind[0] in 'aeiou' else 'a'} {kind}"
