"""What a closed workbook says, read back without the program under test, and the laws it must obey.

In      a closed workbook.
Out     the result sheets as rows (heading -> text, exact Decimal, date or None), and the list of broken laws.
Errors  KeyError where a sheet or heading of the contract is missing.
Source  WORKBOOK "Written"; RULES R1, R6.3, R7.1, R7.3, R9.3.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from python_calamine import CalamineWorkbook

Value = str | Decimal | date | None
Row = dict[str, Value]

NOTHING = Decimal(0)


def number(value: Value) -> Decimal:
    """Return a number cell; blank is nothing."""
    if value is None:
        return NOTHING
    assert isinstance(value, Decimal), value
    return value


def text(value: Value) -> str:
    """Return a text cell; numbers that stand as IDs as their digits."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _value(cell: object) -> Value:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        return Decimal(format(cell, ".15g"))
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else str(cell)


class Results:
    """The sheets of one workbook, read once."""

    def __init__(self, path: Path) -> None:
        self._book = CalamineWorkbook.from_path(str(path))
        self.sheet_names = list(self._book.sheet_names)
        self._rows: dict[str, list[Row]] = {}

    def rows(self, sheet: str, first_heading: str) -> list[Row]:
        """Return the rows below the row whose cells hold ``first_heading``; wholly blank rows are left out."""
        if sheet not in self._rows:
            grid = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            top = next(i for i, row in enumerate(grid) if first_heading in row)
            headings = [str(h) for h in grid[top]]
            self._rows[sheet] = [
                dict(zip(headings, map(_value, row), strict=True))
                for row in grid[top + 1 :]
                if any(c != "" for c in row)
            ]
            if sheet == "Lock":  # its newest row stands on top
                self._rows[sheet].sort(key=lambda row: text(row["Closing"]))
        return self._rows[sheet]

    def top_row(self, sheet: str) -> Row:
        """Return the totals above the headings, by heading."""
        grid = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        at = next(i for i, row in enumerate(grid) if "Closing" in row)
        return dict(zip(map(str, grid[at]), map(_value, grid[at - 1]), strict=True))

    def result(self, sheet: str, closing: str | None = None, active: bool = True) -> list[Row]:
        """Return the rows of one result sheet, of one closing, only active ones unless told otherwise."""
        rows = self.rows(sheet, "Closing")
        if active and rows and "Status" in rows[0]:
            rows = [row for row in rows if row["Status"] == "Active"]
        return [row for row in rows if closing is None or row["Closing"] == closing]

    def latest(self) -> str:
        """Return the number of the last closing."""
        return text(self.rows("Lock", "Closing")[-1]["Closing"])

    def transactions(self) -> list[Row]:
        """Return the user's own transactions."""
        return self.rows("Transactions", "Transaction ID")


@dataclass(frozen=True)
class OpenPart:
    """What of a transaction is not settled."""

    quantity: Decimal
    value: Decimal


def open_parts(results: Results, up_to: date) -> dict[str, OpenPart]:
    """Return what is open of every financial receipt and issue dated up to the day, closing legs included."""
    quantity: dict[str, Decimal] = {}
    value: dict[str, Decimal] = {}
    for row in results.transactions():
        day = row.get("Financial date")
        if not isinstance(day, date) or day > up_to:
            continue
        key = text(row["Transaction ID"])
        quantity[key] = round(abs(number(row["Quantity"])), 6) - number(row.get("Prior settled quantity"))
        cost = abs(number(row.get("Financial cost amount"))) + _magnitude(row, "Prior adjustment")
        value[key] = cost - number(row.get("Prior settled amount"))
    for row in results.result("Estimated costs"):
        value[text(row["Transaction ID"])] = value.get(text(row["Transaction ID"]), NOTHING) + number(row["Amount"])
    taken = _taken_by_issue_legs(results)
    for row in results.result("Closing transactions"):
        key = text(row["Transaction ID"])
        quantity[key], value[key] = number(row["Quantity"]), taken[key.removesuffix("R").removesuffix("I")]
    for row in results.result("Adjustments"):
        if row["Kind"] == "Financial" and text(row["Transaction ID"]) in value:
            value[text(row["Transaction ID"])] += number(row["Adjustment"])
    for row in results.result("Settlements"):
        for side in ("Issue", "Receipt"):
            quantity[text(row[side])] -= number(row["Quantity"])
            value[text(row[side])] -= number(row["Amount"])
    return {key: OpenPart(quantity[key], value[key]) for key in quantity}


def _taken_by_issue_legs(results: Results) -> dict[str, Decimal]:
    """What the issue leg of each closing transfer took, later hand-downs included: its cost, and the receipt leg's."""
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for row in results.result("Settlements"):
        if text(row["Issue"]).endswith("/I"):
            taken[text(row["Issue"])[:-1]] += number(row["Amount"])
    return taken


def _magnitude(row: Row, heading: str) -> Decimal:
    return number(row.get(heading)) * (1 if number(row["Quantity"]) > 0 else -1)


def check_laws(path: Path) -> list[str]:
    """Recompute the conservation laws from the written file; return a sentence for each that does not hold."""
    return broken_laws(Results(path))


def broken_laws(results: Results, accounts_changed: bool = False) -> list[str]:
    """Recompute the conservation laws from result rows, wherever they come from.

    ``accounts_changed``: today's rows and parameters no longer say how earlier runs posted, so vouchers only balance.
    """
    lock = [row for row in results.rows("Lock", "Closing") if row["Status"] == "Active"]
    days = [row["Up to date"] for row in lock if isinstance(row["Up to date"], date)]
    if not days:
        return []
    return [
        *_open_laws(results, max(days), closed=lock[-1]["Type"] == "Closing"),
        *_leg_laws(results),
        *_row_laws(results),
        *[law for law in _voucher_laws(results) if not accounts_changed or "inventory lines" not in law],
        *stock_value_laws(results),
    ]


def stock_value_laws(results: Results) -> list[str]:
    """Stock value by item = receipts less issues at their costs (WORKBOOK "Written"); every row adds up."""
    closes = [r for r in results.rows("Lock", "Closing") if r["Status"] == "Active" and r["Type"] == "Closing"]
    rows = results.result("Stock value")
    if not closes:
        return [f"Stock value: {len(rows)} rows without a close"] if rows else []
    up_to = closes[-1]["Up to date"]
    assert isinstance(up_to, date)
    broken = [f"Stock value of {r['Item number']}: a row of another close" for r in rows
              if r["Closing"] != closes[-1]["Closing"]]  # fmt: skip
    quantity: dict[str, Decimal] = defaultdict(Decimal)
    value: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        item = text(row["Item number"]).casefold()
        parts = [number(row[f"{what} value"]) for what in ("Opening", "Receipts", "Issues")]
        if parts[0] + parts[1] - parts[2] + number(row["Adjustments"]) != number(row["Closing value"]):
            broken.append(f"Stock value of {item}: the row does not add up")
        quantity[item] += number(row["Closing quantity"])
        value[item] += number(row["Closing value"])
    costs = _costs_of_transactions(results, up_to)
    for row in results.transactions():
        key, item = text(row["Transaction ID"]), text(row["Item number"]).casefold()
        if key in costs:
            sign = 1 if number(row["Quantity"]) > 0 else -1
            quantity[item] -= round(number(row["Quantity"]), 6) - sign * abs(number(row.get("Prior settled quantity")))
            value[item] -= sign * costs[key]
    for item, charged in _charged_legs(results, up_to):
        value[item] -= charged
    broken += [f"Stock value of {item}: off by quantity {rest}" for item, rest in quantity.items() if rest]
    return broken + [f"Stock value of {item}: off by {rest}" for item, rest in value.items() if rest]


def _charged_legs(results: Results, up_to: date) -> list[tuple[str, Decimal]]:
    """What was charged on receipt legs of closing transfers, by item (R7.4)."""
    days = {r["Closing"]: r["Up to date"] for r in results.rows("Lock", "Closing")}
    return [
        (text(row["Item number"]).casefold(), number(row["Adjustment"]))
        for row in results.result("Adjustments")
        if text(row["Transaction ID"]).endswith("/R") and days[row["Closing"]] <= up_to  # type: ignore[operator]
    ]


def _costs_of_transactions(results: Results, up_to: date) -> dict[str, Decimal]:
    """The cost of every transaction that is financial at a day, less what was settled before, by ID."""
    cost: dict[str, Decimal] = {}
    for row in results.transactions():
        day = row.get("Financial date")
        if isinstance(day, date) and day <= up_to:
            before = abs(number(row.get("Prior settled amount")))
            posted = abs(number(row.get("Financial cost amount"))) + _magnitude(row, "Prior adjustment")
            cost[text(row["Transaction ID"])] = posted - before
    days = {r["Closing"]: r["Up to date"] for r in results.rows("Lock", "Closing")}
    for sheet, heading in (("Estimated costs", "Amount"), ("Adjustments", "Adjustment")):
        for row in results.result(sheet):
            day = days[row["Closing"]]
            key = text(row["Transaction ID"])
            is_financial = sheet != "Adjustments" or row["Kind"] == "Financial"
            counts = isinstance(day, date) and day <= up_to and is_financial
            if counts and key in cost:
                cost[key] += number(row[heading])
    return cost


def _open_laws(results: Results, up_to: date, closed: bool) -> list[str]:
    """What a recalculation adjusts on settled issues is handed down only by the next close (R7.4)."""
    broken = []
    for key, part in open_parts(results, up_to).items():
        if part.quantity < 0:
            broken.append(f"{key}: more settled than there is ({part.quantity})")
        if closed and part.quantity == 0 and part.value != 0:
            broken.append(f"{key}: wholly settled but {part.value} of its cost is not")
    return broken


def _leg_laws(results: Results) -> list[str]:
    pairs: dict[str, list[Row]] = defaultdict(list)
    for row in results.result("Closing transactions"):
        pairs[text(row["Transaction ID"])[:-2]].append(row)
    return [
        f"{name}: the legs of a closing transfer differ"
        for name, legs in pairs.items()
        if len(legs) != 2 or any(legs[0][h] != legs[1][h] for h in ("Date", "Item number", "Quantity", "Amount"))
    ]


def _row_laws(results: Results) -> list[str]:
    broken = []
    for row in results.result("Adjustments"):
        if number(row["Adjustment"]) != number(row["New cost"]) - number(row["Old cost"]):
            broken.append(f"{row['Transaction ID']}: adjustment is not new cost - old cost")
        if not number(row["Adjustment"]) and not number(row["Rounding difference"]):
            broken.append(f"{row['Transaction ID']}: an adjustment of nothing is listed")
    return broken


def _voucher_laws(results: Results) -> list[str]:
    """Debit = credit; the inventory lines = adjustments and estimates of the closing, receipts +, issues - (R9.3)."""
    sign = {text(r["Transaction ID"]): 1 if number(r["Quantity"]) > 0 else -1 for r in results.transactions()}
    sign |= {text(r["Transaction ID"]): 1 for r in results.result("Closing transactions", active=False)}
    accounts = _inventory_accounts(results)
    silent = _posts_nothing(results)
    change: dict[str, Decimal] = defaultdict(Decimal)
    for row in results.result("Adjustments", active=False):
        if (text(row["Item number"]), text(row["Kind"])) not in silent:
            change[text(row["Closing"])] += number(row["Adjustment"]) * sign[text(row["Transaction ID"])]
    for row in results.result("Estimated costs", active=False) if _posts_estimates(results) else []:
        if (text(row["Item number"]), text(row.get("Kind"))) in silent:
            continue
        change[text(row["Closing"])] += number(row["Amount"]) * sign[text(row["Transaction ID"])]
    balance: dict[str, Decimal] = defaultdict(Decimal)
    inventory: dict[str, Decimal] = defaultdict(Decimal)
    for row in results.result("Vouchers"):
        signed = number(row["Debit"]) - number(row["Credit"])
        balance[text(row["Closing"])] += signed
        if row["Account"] in accounts:
            inventory[text(row["Closing"])] += signed
    broken = [f"{closing}: debit and credit differ by {rest}" for closing, rest in balance.items() if rest]
    posts = {text(r["Closing"]) for r in results.rows("Lock", "Closing") if r["Type"] != "Reversal"}
    for closing in sorted(posts & (set(change) | set(inventory))):
        if change[closing] != inventory[closing]:
            broken.append(f"{closing}: inventory lines {inventory[closing]}, adjustments {change[closing]}")
    return broken


def _posts_estimates(results: Results) -> bool:
    if "Parameters" not in results.sheet_names:
        return True
    said = {text(row["Name"]): text(row["Value"]) for row in results.rows("Parameters", "Name")}
    return said.get("Post estimated costs") not in ("No", "False")


def _posts_nothing(results: Results) -> set[tuple[str, str]]:
    """Item and kind of adjustments that do not reach the ledger (R9.4)."""
    groups = {text(row["Item model group"]): row for row in results.rows("Item model groups", "Inventory model")}
    silent = set()
    for row in results.rows("Items", "Item model group"):
        group = groups[text(row["Item model group"])]
        financial = text(group.get("Post financial inventory")) not in ("No", "False")
        physical = financial and text(group.get("Post physical inventory")) not in ("No", "False")
        item = text(row["Item number"])
        silent |= {(item, kind) for kind, posts in (("Financial", financial), ("Physical", physical)) if not posts}
    return silent


def _inventory_accounts(results: Results) -> set[Value]:
    accounts: set[Value] = {"Inventory"} | {row.get("Inventory account") for row in results.transactions()}
    if "Posting" in results.sheet_names:
        rows = results.rows("Posting", "Inventory account")
        accounts |= {row["Inventory account"] for row in rows if row.get("Reference") != "Rounding"}
    return accounts - {None}
