"""The expressions of a mapping: SQL over the columns of a table, ``join.Column`` for those of a joined one.

In      text of the mapping, the columns that exist.
Out     a Polars expression.
Errors  BadExpression: what is wrong with it, in words, with the columns that exist.
Source  Polars SQL.
"""

import re
from collections.abc import Collection
from difflib import get_close_matches

import polars as pl

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[A-Za-z_#][\w#]*\.[A-Za-z_]\w*|[A-Za-z_#][\w#]*|.", re.DOTALL)
_DOTTED = re.compile(r"[A-Za-z_#][\w#]*\.[A-Za-z_]\w*")


class BadExpression(Exception):
    """An expression that cannot be meant."""


def expression(text: str, columns: Collection[str]) -> pl.Expr:
    """Return the expression; raise BadExpression where it is no SQL, or names a column that is not there."""
    try:
        parsed = pl.sql_expr(_quoted(text))
    except (pl.exceptions.PolarsError, BaseExceptionGroup) as reason:
        raise BadExpression(f"it is no expression of SQL ({str(reason).splitlines()[0]})") from None
    for name in parsed.meta.root_names():
        if name not in columns:
            near = get_close_matches(name, columns, 1)
            meant = f"; did you mean {near[0]}?" if near else "."
            raise BadExpression(f"there is no column {name} here{meant} The columns are {', '.join(sorted(columns))}")
    return parsed


def _quoted(text: str) -> str:
    """Write ``join.Column`` as one name, for SQL takes it for a part of a column."""
    return "".join(f'"{token}"' if _DOTTED.fullmatch(token) else token for token in _TOKEN.findall(text))
