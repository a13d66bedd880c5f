"""Explanations: where every cent of a cost comes from and where it went, for a transaction, an item or a voucher line.

In      a Trace, and the ID that a user typed.
Out     Explanation: facts, the way from posted cost to cost, trees of parts, ends that add up; the room
        ``explain`` shows it.
Errors  UnknownSubject (exit code 2) with the names that come near.
Source  WORKBOOK "Command line"; RULES R1, R5-R8.
"""

import difflib
import re

import numpy as np
import polars as pl

from invclose_xl.domain.book import Bool
from invclose_xl.domain.id_keys import make_id_key, make_id_keys
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.domain.views.old_book import explain_absence, explain_old_run
from invclose_xl.domain.views.trace import Trace, TracedMovements
from invclose_xl.reports.costs.ends import destinations, origins
from invclose_xl.reports.costs.explanation_parts import Explanation, Node, Step, TextTable, amount, day, quantity
from invclose_xl.reports.costs.explanation_together import explain_together, shared_names, transactions_that_share
from invclose_xl.reports.costs.parts import NOWHERE, CostParts
from invclose_xl.reports.costs.rules_in_words import OF_CAUSE, words_of

MOST_NODES = 5_000
MOST_COMPARED = 20_000
VOUCHER_LINE = re.compile(r"^(IC-\d+)(?:[\s/:#.]+(\d+))?$", re.IGNORECASE)


class UnknownSubject(InvCloseError):
    """Nothing in the book has this name."""

    exit_code = 2


def explain(trace: Trace, name: str) -> Explanation:
    """Explain a transaction, an item, a closing's voucher (``IC-000001``) or one of its lines (``IC-000001/3``).

    Else what transactions share: a document number, a lot, a voucher of the ledger; one that is alone is explained
    itself.
    """
    wanted = make_id_key(name)
    ids = make_id_keys(trace.movements.id)
    movement = ids.index_of(wanted)
    if movement is not None:
        return explain_movement(CostParts(trace), movement)
    items = trace.movements.item.filter(make_id_keys(trace.movements.item) == wanted)
    if len(items):
        return explain_item(trace, str(items[0]))
    match = VOUCHER_LINE.match(name.strip())
    if match and match[1].upper() in trace.vouchers["closing"]:
        return explain_voucher(trace, match[1].upper(), int(match[2]) if match[2] else None)
    shared = transactions_that_share(trace, name)
    if shared is not None and len(shared.movements) == 1:
        return explain_movement(CostParts(trace), shared.movements[0])
    if shared is not None:
        return explain_together(trace, shared)
    without = _run_without_voucher(trace, wanted)
    if without:
        raise UnknownSubject(without)
    near = _near(trace, wanted)
    hints = (f"Do you mean {' or '.join(near)}?" if near else "", explain_absence(trace.closings))
    raise UnknownSubject(
        f"Nothing in the workbook is called {name!r}: no transaction, item, document number, lot or voucher, and no"
        f" voucher line (written as IC-000001/3).{''.join(f' {hint}' for hint in hints if hint)}"
    )


def _run_without_voucher(trace: Trace, wanted: str) -> str:
    """Return what there is to say of a run that posted nothing; '' where no run has this name."""
    found = trace.closings.filter(make_id_keys(trace.closings["closing"]) == wanted)
    if not len(found):
        return ""
    run = found.row(0, named=True)
    if elsewhere := explain_old_run(trace.closings, str(run["closing"])):
        return elsewhere
    kind = str(run["type"]).lower()
    return (
        f"{run['closing']} is a {kind} up to {run['up_to']}; it posted no voucher, because there was nothing to post."
    )


def _near(trace: Trace, wanted: str) -> list[str]:
    """Return names that come near, without regard to case; in a very large book only those that begin alike."""
    known = pl.concat(
        [
            trace.movements.id,
            trace.movements.item.unique(maintain_order=True),
            trace.vouchers["closing"].unique(maintain_order=True),
            shared_names(trace),
        ]
    )
    known = known.filter(known != "").unique(maintain_order=True)
    lower = make_id_keys(known)
    if len(known) > MOST_COMPARED:
        alike = lower.str.starts_with(wanted[: max(len(wanted) - 2, 1)])
        known, lower = known.filter(alike).head(MOST_COMPARED), lower.filter(alike).head(MOST_COMPARED)
    spelled = dict(zip(lower.to_list(), known.to_list(), strict=True))
    return [spelled[name] for name in difflib.get_close_matches(wanted, list(spelled), n=3, cutoff=0.5)]


def explain_movement(parts: CostParts, movement: int) -> Explanation:
    """Explain one transaction, or a leg of a closing transfer."""
    trace, movements = parts.trace, parts.trace.movements
    sources = grow(parts, movement, back=True)
    uses = grow(parts, movement, back=False)
    ends, went = origins(parts, movement), destinations(parts, movement)
    steps = _steps(parts, movement)
    cited = [s.rule for s in steps] + [n.part.rule for n in (*_all(sources), *_all(uses))] + [e.rule for e in ends]
    kind = "closing leg" if movements.is_leg(movement) else "receipt" if movements.is_receipt(movement) else "issue"
    return Explanation(
        kind, movements.id[movement], name_movement(trace, movement), movement, _facts(parts, movement), steps,
        int(movements.cost[movement]), sources, tuple(ends), uses, tuple(went), rules=words_of([r for r in cited if r]),
    )  # fmt: skip


def name_movement(trace: Trace, movement: int) -> str:
    """``Issue T0121: 4 of A-BAG (site=2), 2026-01-14, Sales order SO-112``."""
    movements = trace.movements
    kind = (
        "Closing transfer" if movements.is_leg(movement) else "Receipt" if movements.is_receipt(movement) else "Issue"
    )
    group = f" ({movements.group[movement]})" if movements.group[movement] else ""
    what = " ".join(t for t in (movements.reference[movement], movements.number[movement]) if t)
    pieces = [
        f"{kind} {movements.id[movement]}: {quantity(trace, movements.quantity[movement])} of "
        f"{movements.item[movement]}{group}",
        day(trace, movement),
    ]
    return ", ".join([*pieces, what] if what else pieces)


def _facts(parts: CostParts, movement: int) -> tuple[tuple[str, str], ...]:
    trace, movements = parts.trace, parts.trace.movements
    name = trace.item_names.get(movements.item[movement], "")
    state = "invoiced" if movements.financial[movement] else "not invoiced yet"
    whole = abs(int(movements.quantity[movement]))
    settled = f"{quantity(trace, movements.settled_quantity[movement])} of {quantity(trace, whole)}"
    facts = [
        ("Item", f"{movements.item[movement]}{', ' + name if name else ''}, {movements.model[movement]}"),
        ("State", "made by a close" if movements.is_leg(movement) else state),
        ("Settled", settled),
    ]
    if movements.cell[movement]:
        facts.append(("Cell", movements.cell[movement]))
    if movements.basis[movement]:
        facts.append(("Estimated", movements.basis[movement]))
    return tuple(facts)


def _steps(parts: CostParts, movement: int) -> tuple[Step, ...]:
    trace, movements = parts.trace, parts.trace.movements
    estimated = "Estimated cost" if movements.basis[movement] else "Posted cost"
    steps = [
        Step("Cost of its issue leg" if movements.is_leg(movement) else estimated, int(movements.posted[movement]))
    ]
    for step in parts.steps_of(movement):
        cause = trace.steps.cause[step]
        steps.append(
            Step(cause, int(trace.steps.amount[step]), trace.steps.closing[step], OF_CAUSE.get(cause, ("", ""))[0])
        )
    return tuple(steps)


def grow(parts: CostParts, root: int, back: bool) -> tuple[Node, ...]:
    """Return the tree of parts below a place; what was grown already is not grown again."""
    step = parts.sources if back else parts.uses
    grown = {root}
    left = [MOST_NODES]

    def children(movement: int, depth: int) -> tuple[Node, ...]:
        nodes = []
        for part in step(movement):
            left[0] -= 1
            if part.movement == NOWHERE:
                nodes.append(Node(part))
            elif part.movement in grown or left[0] < 0 or depth > 100:
                nodes.append(Node(part, seen=True))
            else:
                grown.add(part.movement)
                nodes.append(Node(part, children(part.movement, depth + 1)))
        return tuple(nodes)

    return children(root, 0)


def _all(nodes: tuple[Node, ...]) -> list[Node]:
    found = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop(0)
        found.append(node)
        waiting += node.children
    return found


def _sum_stock(movements: TracedMovements, own: Bool) -> pl.DataFrame:
    """Return what each costing group of an item holds: group, receipts, issues, quantity, posted cost, value."""
    frame = pl.DataFrame(
        {
            "group": movements.group,
            "quantity": movements.quantity,
            "cost": movements.cost,
            "settled": movements.settled_quantity,
            "posted": movements.posted,
        }
    ).with_columns(sign=pl.col("quantity").sign(), leg=pl.int_range(pl.len()) >= movements.transactions)
    # The two legs of a closing transfer differ only by what was charged on the receipt leg, and are no transactions.
    frame = frame.filter(pl.Series(own))
    sheet = ~pl.col("leg")
    return frame.group_by("group").agg(
        receipts=(sheet & (pl.col("sign") > 0)).sum(), issues=(sheet & (pl.col("sign") < 0)).sum(),
        quantity=pl.col("quantity").sum(),
        posted=(pl.col("posted") * pl.col("sign")).sum(), value=(pl.col("cost") * pl.col("sign")).sum(),
    ).sort("group")  # fmt: skip


def _show_group(
    trace: Trace, group: str, receipts: int, issues: int, size: int, posted: int, value: int
) -> tuple[str, ...]:
    shown = ("-" if size < 0 else "") + quantity(trace, size)
    return (group or "(one group)", f"{receipts:,}", f"{issues:,}", shown, amount(trace, posted), amount(trace, value))


def explain_item(trace: Trace, item: str) -> Explanation:
    """Explain an item: what each costing group holds, and what closings changed."""
    movements = trace.movements
    own = (movements.item == item).to_numpy()
    stock = _sum_stock(movements, own)
    groups = tuple(_show_group(trace, *row) for row in stock.rows())
    steps = trace.steps
    changed = pl.DataFrame(
        {"place": steps.movement, "closing": steps.closing, "cause": steps.cause, "amount": steps.amount}
    )
    changed = changed.with_columns(sign=pl.Series(movements.quantity[steps.movement]).sign()).filter(
        pl.Series(own[steps.movement], dtype=pl.Boolean)
    )
    causes = (
        changed.group_by("closing", "cause")
        .agg(pl.len(), (pl.col("amount") * pl.col("sign")).sum())
        .sort("closing", "cause")
    )
    largest = changed.sort(pl.col("amount").abs(), descending=True).head(10)
    name = trace.item_names.get(item, "")
    model = str(movements.model.filter(pl.Series(own))[0])
    return Explanation(
        "item", item, f"Item {item}{', ' + name if name else ''}",
        facts=(("Inventory model", model), ("Transactions", f"{int(np.sum(own[: movements.transactions])):,}")),
        cost=int(stock["value"].sum()),
        tables=(
            TextTable("Stock and value, all dates",
                  ("Costing group", "Receipts", "Issues", "Quantity", "Posted", "Value"), groups),
            TextTable("Change of inventory value by closings", ("Closing", "Cause", "Adjustments", "Amount"),
                  tuple((c, w, f"{n:,}", amount(trace, a)) for c, w, n, a in causes.rows())),
            TextTable("Largest adjustments", ("Transaction", "Closing", "Cause", "Adjustment"),
                  tuple((movements.id[r["place"]], r["closing"], r["cause"], amount(trace, r["amount"]))
                        for r in largest.iter_rows(named=True))),
        ),
        rules=words_of([OF_CAUSE[c][0] for c in causes["cause"] if c in OF_CAUSE]),
    )  # fmt: skip


def explain_voucher(trace: Trace, closing: str, line: int | None) -> Explanation:
    """Explain a voucher, or the transactions behind one of its lines."""
    voucher = trace.vouchers.filter(pl.col("closing") == closing).sort("line")
    if line is not None and line not in voucher["line"]:
        raise UnknownSubject(f"Voucher {closing} has no line {line}; it has {len(voucher)}.")
    signed = pl.col("debit").fill_null(0) - pl.col("credit").fill_null(0)
    if line is None:
        named = bool((voucher["account_name"] != "").any())
        rows = tuple(
            (str(r["line"]), r["account"] or "", *([r["account_name"]] if named else []), r["ledger_dimension"] or "",
             r["specification"] or "", amount(trace, r["debit"] or 0), amount(trace, r["credit"] or 0))
            for r in voucher.iter_rows(named=True)
        )  # fmt: skip
        table = TextTable(
            f"Lines; explain one with {closing}/1",
            ("Line", "Account", *(["Account name"] if named else []), "Dimension", "Specification", "Debit", "Credit"),
            rows,
        )
        return Explanation(
            "voucher", closing, f"Voucher {closing}, {voucher['date'][0]}, {voucher['text'][0]}", tables=(table,)
        )
    row = voucher.filter(pl.col("line") == line)
    total = int(row.select(signed).item())
    lines, movements = trace.voucher_parts, trace.movements
    behind = pl.DataFrame(
        {
            "closing": lines.closing,
            "line": lines.line,
            "place": lines.movement,
            "amount": lines.amount,
            "what": lines.what,
        }
    )
    behind = behind.filter((pl.col("closing") == closing) & (pl.col("line") == line)).sort(
        pl.col("amount").abs(), descending=True
    )
    rows = tuple(
        (
            movements.id[r["place"]],
            day(trace, r["place"]),
            movements.item[r["place"]],
            movements.reference[r["place"]],
            r["what"],
            amount(trace, r["amount"]),
        )
        for r in behind.iter_rows(named=True)
    )
    rest = total - int(behind["amount"].sum())
    account = f"{row['account'][0]} {row['account_name'][0]}".rstrip()
    facts = [("Account", account), ("Specification", str(row["specification"][0] or "")),
             ("Debit" if total >= 0 else "Credit", amount(trace, abs(total)))]  # fmt: skip
    if rest:
        facts.append(("Not explained", f"{amount(trace, rest)}: accounts were changed after the closing"))
    causes = [OF_CAUSE[w][0] for w in behind["what"].unique(maintain_order=True) if w in OF_CAUSE]
    return Explanation(
        "voucher line", f"{closing}/{line}", f"Voucher {closing}, line {line}", facts=tuple(facts), cost=total,
        tables=(TextTable("Behind it, debit +, credit −",
                      ("Transaction", "Date", "Item", "Reference", "Cause", "Amount"), rows),),
        rules=words_of(causes),
    )  # fmt: skip
