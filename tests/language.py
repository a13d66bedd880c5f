"""The domain language of the case files: transactions and what a close must make of them, one line each.

In      text such as ``receipt P1 2026-02-01 qty 2 amount 20.00`` and ``=> adjust S1 -1.00`` (docs/test-language.md).
Out     a Case: the book before each close, and the expected lines; ``actual_lines`` writes a closed workbook in the
        same words, so that a failing test is a plain difference of two texts.
Errors  ValueError that names the line.
"""

import calendar
import shlex
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.books import MODELS, Book, Cell, Item
from tests.results import OpenPart, Results, Row, number, open_parts, text

ALL_MODELS = (*MODELS, "Standard cost", "Moving average")
FLAGS = {
    "include-physical": ("Include physical value", "Yes"),
    "fixed-price": ("Fixed receipt price", "Yes"),
    "no-physical-negative": ("Physical negative inventory", "No"),
    "no-financial-negative": ("Financial negative inventory", "No"),
    "no-physical-posting": ("Post physical inventory", "No"),
    "no-financial-posting": ("Post financial inventory", "No"),
}
OPTIONS = {
    "item": "Item number", "site": "Site", "warehouse": "Warehouse", "location": "Location", "batch": "Batch number",
    "serial": "Serial number", "color": "Color", "ref": "Reference", "lot": "Lot ID", "marked": "Marked to",
    "return": "Return lot ID", "transfer": "Transfer ID", "production": "Production number",
    "inventory": "Inventory account", "offset": "Offset account", "dim": "Ledger dimension",
}  # fmt: skip
NUMBER_OPTIONS = {"marked-qty": "Marked quantity", "share": "Cost share", "prior": "Prior adjustment"}


@dataclass
class Step:
    """One close: the rows that are new, the day, and what must come out."""

    rows: list[dict[str, Cell]] = field(default_factory=list)
    day: date | None = None
    expected: list[str] = field(default_factory=list)


@dataclass
class Case:
    """A case file: a book, and one or more closes of it."""

    name: str
    book: Book = field(default_factory=Book)
    steps: list[Step] = field(default_factory=list)
    needs: str = ""
    """what the case waits for; empty when it can run"""

    def __str__(self) -> str:
        """Name of the test."""
        return self.name


def parse_case(path: Path) -> Case:
    """Read one case file."""
    case = Case(path.stem, steps=[Step()])
    for line_number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        line = line.split(" # ")[0].strip()
        if not line or line.startswith("#"):
            continue
        try:
            take_line(case, line)
        except (ValueError, KeyError, IndexError, ArithmeticError) as fault:
            raise ValueError(f"{path.name}:{line_number}: {line!r}: {fault}") from fault
    if not case.book.items:
        case.book.items.append(Item("A", "FIFO"))
    for step in case.steps:
        step.day = step.day or _month_end(step.rows)
    case.book.rows = case.steps[0].rows
    return case


def take_line(case: Case, line: str) -> None:
    """Take one line of the book, or one expectation, into the case."""
    words = shlex.split(line)
    step = case.steps[-1]
    if words[0] == "=>":
        step.expected.extend(canonical(line[2:]))
        return
    if step.expected:
        step = Step()
        case.steps.append(step)
    match words[0]:
        case "item":
            case.book.items.append(_item(words[1:]))
        case "dimension":
            case.book.dimensions[" ".join(words[1:-1])] = words[-1]
        case "parameter":
            name, value = (part.strip() for part in line.removeprefix("parameter").split("=", 1))
            case.book.parameters[name] = Decimal(value) if value.replace(".", "").isdigit() else value
        case "posting":
            case.book.posting.append((*(w.replace("*", "") for w in words[1:3]), words[3], words[4]))  # type: ignore[arg-type]
        case "charge":
            case.book.cost_adjustments.append(
                {"Transaction ID": words[1], "Date": date.fromisoformat(words[2]), "Amount": Decimal(words[3]),
                 "Applies to": " ".join(words[4:])}
            )  # fmt: skip
        case "receipt" | "issue":
            step.rows.append(transaction_row(words))
        case "later":
            case.needs = " ".join(words[1:])
        case "close":
            step.day = date.fromisoformat(words[1])
        case _:
            raise ValueError("unknown word")


def _item(words: list[str]) -> Item:
    model = next(m for m in sorted(ALL_MODELS, key=len, reverse=True) if " ".join(words[1:]).startswith(m))
    item = Item(words[0], model)
    rest = iter(" ".join(words[1:]).removeprefix(model).split())
    for word in rest:
        if word in FLAGS:
            heading, value = FLAGS[word]
            item.flags[heading] = value
        elif word == "price":
            item.cost_price = Decimal(next(rest))
        elif word == "group":
            item.item_group = next(rest)
        else:
            raise ValueError(f"unknown {word}")
    return item


def transaction_row(words: list[str]) -> dict[str, Cell]:
    """Return the row of *Transactions* that a ``receipt`` or ``issue`` line stands for."""
    sign = 1 if words[0] == "receipt" else -1
    day = date.fromisoformat(words[2])
    row: dict[str, Cell] = {"Transaction ID": words[1], "Item number": "A", "Physical date": day, "Financial date": day}
    amount = slip = None
    rest = iter(words[3:])
    for word in rest:
        name, _, value = word.partition("=")
        if word == "qty":
            row["Quantity"] = sign * Decimal(next(rest))
        elif word in ("amount", "posted"):
            amount = sign * Decimal(next(rest))
        elif word == "slip":
            slip = sign * Decimal(next(rest))
        elif word == "physical":
            row["Financial date"] = None
        elif word == "invoiced":
            row["Financial date"] = date.fromisoformat(next(rest))
        elif word == "settled":
            row["Prior settled quantity"], row["Prior settled amount"] = Decimal(next(rest)), Decimal(next(rest))
        elif name in OPTIONS:
            row[OPTIONS[name]] = value
        elif name in NUMBER_OPTIONS:
            row[NUMBER_OPTIONS[name]] = Decimal(value)
        else:
            raise ValueError(f"unknown {word}")
    physical_only = row["Financial date"] is None
    row["Physical cost amount"] = slip if slip is not None else (amount if physical_only else None)
    row["Financial cost amount"] = None if physical_only else amount
    return row


def _month_end(rows: list[dict[str, Cell]]) -> date:
    days = [v for row in rows for h in ("Physical date", "Financial date") if isinstance(v := row.get(h), date)]
    last = max(days)
    return last.replace(day=calendar.monthrange(last.year, last.month)[1])


def canonical(line: str) -> list[str]:
    """Write expectations with one blank between words and plain numbers; ``open`` and ``uncovered`` one by one."""
    words = shlex.split(line)
    if words[0] in ("open", "uncovered"):
        parts = line.split(None, 1)[1].split(",")
        return [" ".join([words[0], *(_plain(w) for w in part.split())]) for part in parts]
    quoted = [f'"{w}"' if " " in w else _plain(w) for w in words]
    return [" ".join(quoted)]


def _plain(word: str) -> str:
    try:
        value = Decimal(word)
    except ArithmeticError:
        return word
    return format(value.normalize() if value else Decimal(0), "f")


KINDS = {
    "settle": "always", "link": "always", "adjust": "always", "open": "when used", "uncovered": "when used",
    "voucher": "when used", "leg": "when used", "estimate": "always",
}  # fmt: skip
"""Which lines must be complete: always, or only in cases that speak of them. ``warned`` needs only to be among them."""


def compare(expected: list[str], results: Results, day: date) -> tuple[list[str], list[str]]:
    """Return expected and actual lines of the last closing, in one order, only of kinds that count here."""
    actual = actual_lines(results, day)
    wanted = [line for line in expected if line != "nothing" and not line.startswith("no ")]
    used = {line.removeprefix("no ").split()[0] for line in expected}
    used |= {kind for kind, when in KINDS.items() if when == "always"}
    actual = actual_lines(results, day)
    for kind in ("settle", "link"):
        if not any(line.startswith(kind) and " by " in line for line in wanted):
            actual = [line.split(" by ")[0] if line.startswith(kind) else line for line in actual]
    shown = [line for line in actual if line.split()[0] in used - {"warned"}]
    warned = {line for line in actual if line.startswith("warned") and line in wanted}
    return sorted(wanted), sorted([*shown, *warned])


def actual_lines(results: Results, day: date) -> list[str]:
    """Write what the last closing did in the domain language."""
    closing = results.latest()
    lines = [_pair("settle", row) for row in results.result("Settlements", closing)]
    lines += [_pair("link", row) for row in results.result("Value links", closing)]
    lines += [_adjustment(row) for row in results.result("Adjustments", closing)]
    lines += [
        f"estimate {text(r['Transaction ID'])} {number(r['Amount'])}"
        for r in results.result("Estimated costs", closing)
    ]
    lines += [
        f"leg {text(r['Transaction ID'])} {r['Date']} qty {number(r['Quantity'])} amount {number(r['Amount'])}"
        for r in results.result("Closing transactions", closing)
    ]
    lines += [_voucher(row) for row in results.result("Vouchers", closing)]
    lines += _open(results, day)
    lines += [
        f"warned {text(r['Transaction ID'])}" for r in results.result("Log", closing)
        if r["Severity"] == "Warning" and r["Transaction ID"]
    ]  # fmt: skip
    return [line for written in lines for line in canonical(written)]


def _pair(word: str, row: Row) -> str:
    return (
        f"{word} {text(row['Issue'])} {text(row['Receipt'])} qty {number(row['Quantity'])}"
        f' amount {number(row["Amount"])} by "{row["Principle"]}"'
    )


def _adjustment(row: Row) -> str:
    kind = " physical" if row["Kind"] == "Physical" else ""
    rounding = f" rounding {number(row['Rounding difference'])}" if number(row["Rounding difference"]) else ""
    cause = "" if row["Cause"] in ("Settlement", "Value link") else f' cause "{row["Cause"]}"'
    return f"adjust {text(row['Transaction ID'])} {number(row['Adjustment'])}{kind}{rounding}{cause}"


def _voucher(row: Row) -> str:
    side = "debit" if number(row["Debit"]) else "credit"
    amount = number(row["Debit"]) or number(row["Credit"])
    return f'voucher "{text(row["Account"])}" {side} {amount}'


def _open(results: Results, day: date) -> list[str]:
    receipts = {text(r["Transaction ID"]) for r in results.transactions() if number(r["Quantity"]) > 0}
    legs = {
        text(r["Transaction ID"])
        for r in results.result("Closing transactions")
        if text(r["Transaction ID"]).endswith("/R")
    }
    parts: dict[str, OpenPart] = {key: part for key, part in open_parts(results, day).items() if part.quantity}
    lines = [f"open {key} {p.quantity} {p.value}" for key, p in parts.items() if key in receipts | legs]
    return lines + [f"uncovered {key} {p.quantity}" for key, p in parts.items() if key not in receipts | legs]
