"""Write docs/python-api.md: every public name of ``invclose_xl`` with its parameters, and the schemas of JSON.

    python tools/make_python_api.py

In      ``invclose_xl.__all__`` and the documents of ``--json``.
Out     the page as text; run this file to write it.
"""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

import invclose_xl
from invclose_xl.api.documents import PRINTED_BY

PAGE = Path(__file__).parent.parent / "docs" / "python-api.md"
INTRODUCTION = """# From Python

This page is made by `python tools/make_python_api.py`; `help(invclose_xl.close)` says the same.

```python
from datetime import date
import invclose_xl

try:
    summary = invclose_xl.close("book.xlsx", date(2026, 1, 31), output="closed.xlsx")
except (invclose_xl.InputFault, invclose_xl.Refused) as stop:
    for problem in stop.problems:
        print(problem.where, problem.problem, problem.fix)
else:
    print(summary.change_of_inventory_value, summary.currency)  # Decimal('703.51') EUR
    print(summary.frame("Vouchers"))  # polars, amounts as exact decimals
```

* **Amounts are `decimal.Decimal`** in the currency of the book, with exactly its decimals; quantities are in the
  unit of the item. DataFrames are polars with decimal columns. Nothing is a binary float.
* **Dates are `datetime.date`.** A text or a `datetime` is refused with a sentence (`WrongUsage`): it leaves open
  which day is meant.
* **Errors** derive from `InvCloseError`; `exit_code` is that of the command line, and nothing was written.
* **JSON**: `result.plain()`, or `result.document().plain()` where the result holds DataFrames, is what `--json` prints.
* Everything is loaded on first use.

"""
SHOWN = {"closing", "up_to", "problems", "currency", "written"}
JSON = """## JSON

What `--json` prints is described by a schema (JSON Schema 2020-12). The field `schema` names it with its version, such
as `summary/1`: the version rises when a field goes or means something else; a new field does not raise it. Amounts,
quantities and percentages are decimal text with all their decimals, dates are ISO 8601. A command that ends with an
error prints the document `error` on stdout, with its exit code and every problem; messages still go to stderr.

| schema | printed by |
|---|---|
"""


def python_page() -> str:
    """Return the page."""
    names = [name for name in invclose_xl.__all__ if not name.startswith("_")]
    found = {name: getattr(invclose_xl, name) for name in names}
    functions = [_function(name, value) for name, value in found.items() if inspect.isfunction(value)]
    classes = {name: value for name, value in found.items() if inspect.isclass(value)}
    faults = {name: value for name, value in classes.items() if issubclass(value, Exception)}
    errors = [f"| `{name}` | {fault.exit_code} | {_first(fault)} |" for name, fault in faults.items()]
    results = [_class(name, value) for name, value in classes.items() if name not in faults]
    rows = [f"| [{d.schema_name}](schema/{d.schema_name}.json) | `{by}` |" for d, by in PRINTED_BY.items()]
    return "\n".join(
        [
            INTRODUCTION + "## Functions\n",
            *functions,
            "## Errors\n\n| error | exit code | means |\n|---|---:|---|",
            *errors,
            "\n## Results\n",
            *results,
            JSON + "\n".join(rows),
            "",
        ]
    )


def _first(value: object) -> str:
    return (inspect.getdoc(value) or "").splitlines()[0]


def named(annotation: Any) -> str:
    """Name a type as a reader needs it: amounts are Decimal, whatever writes them; the same with every Python."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, list):
        return f"[{', '.join(map(named, annotation))}]"
    if annotation is Ellipsis or annotation is None or annotation is NoneType:
        return "..." if annotation is Ellipsis else "None"
    if origin is Annotated:
        return named(arguments[0])
    if origin in (Union, UnionType):
        return " | ".join(map(named, arguments))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(named, arguments))}]"
    return annotation if isinstance(annotation, str) else annotation.__name__


def _function(name: str, function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parts, star = [], False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        parts.append(f"{parameter.name}: {named(parameter.annotation)}{default}")
    written = "".join(f"    {part},\n" for part in parts)
    shown = f"```python\n{name}(\n{written}) -> {named(signature.return_annotation)}\n```"
    first, _, rest = (inspect.getdoc(function) or "").partition("\n")
    return f"### {name}\n\n{first}\n\n{shown}\n\n```text\n{rest.strip()}\n```\n"


def _class(name: str, kind: type) -> str:
    lines = [f"### {name}\n", _first(kind), ""]
    if issubclass(kind, BaseModel):
        about = [(field, info.annotation, info.description or "") for field, info in kind.model_fields.items()]
    else:
        about = [(f.name, f.type, "") for f in fields(kind) if _is_shown(kind, f.name)] if is_dataclass(kind) else []
    if about:
        lines += ["| field | type | |", "|---|---|---|"]
        lines += [f"| `{field}` | {_cell(annotation)} | {text} |" for field, annotation, text in about]
        lines.append("")
    own = [(n, m) for n, m in vars(kind).items() if inspect.isfunction(m) and not n.startswith(("_", "with_"))]
    lines += [f"* `.{n}({', '.join(list(inspect.signature(m).parameters)[1:])})`: {_first(m)}" for n, m in own]
    return "\n".join([*lines, *([""] if own else [])])


def _is_shown(kind: type, field: str) -> bool:
    """Results that hold what they were computed from show it by their methods, in amounts instead of integers."""
    return not field.startswith("_")


def _cell(annotation: Any) -> str:
    return f"`{named(annotation)}`".replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(python_page(), "utf-8", newline="\n")
