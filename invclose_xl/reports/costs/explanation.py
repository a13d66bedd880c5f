"""Explanations: where every cent of a cost comes from and where it went, for a transaction, an item or a voucher line.

In      a Trace, and the ID that a user typed.
Out     Explanation: facts, the way from posted cost to cost, trees of parts, ends that add up; ``explain_text`` and
        ``explain_json`` (their own files) show it.
Errors  UnknownSubject (exit code 2) with the names that come near.
Source  WORKBOOK "Command line"; RULES R1, R5-R8.
"""

import difflib
import re

import polars as pl

from invclose_xl.domain.id_keys import make_id_key, make_id_keys
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.ends import destinations, origins
from invclose_xl.reports.costs.explanation_parts import Explanation, Node, Step, Table, amount, day, quantity
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

    Else what transactions share: a document number, a lot, a voucher of the ledger; one that stands alone is explained
    itself.
    """
    wanted = make_id_key(name)
    ids = make_id_keys(trace.places.id)
    place = ids.index_of(wanted)
    if place is not None:
        return explain_place(CostParts(trace), place)
    items = trace.places.item.filter(make_id_keys(trace.places.item) == wanted)
    if len(items):
        return explain_item(trace, str(items[0]))
    match = VOUCHER_LINE.match(name.strip())
    if match and match[1].upper() in trace.vouchers["closing"]:
        return explain_voucher(trace, match[1].upper(), int(match[2]) if match[2] else None)
    shared = transactions_that_share(trace, name)
    if shared is not None and len(shared.places) == 1:
        return explain_place(CostParts(trace), shared.places[0])
    if shared is not None:
        return explain_together(trace, shared)
    without = _run_without_voucher(trace, wanted)
    if without:
        raise UnknownSubject(without)
    near = _near(trace, wanted)
    hint = f" Do you mean {' or '.join(near)}?" if near else ""
    raise UnknownSubject(
        f"Nothing in the workbook is called {name!r}: no transaction, item, document number, lot or voucher, and no"
        f" voucher line (written as IC-000001/3).{hint}"
    )


def _run_without_voucher(trace: Trace, wanted: str) -> str:
    """What there is to say of a run that posted nothing; '' where no run has this name."""
    found = trace.closings.filter(make_id_keys(trace.closings["closing"]) == wanted)
    if not len(found):
        return ""
    run = found.row(0, named=True)
    kind = str(run["type"]).lower()
    return (
        f"{run['closing']} is a {kind} up to {run['up_to']}; it posted no voucher, because there was nothing to post."
    )


def _near(trace: Trace, wanted: str) -> list[str]:
    """Return names that come near, without regard to case; in a very large book only those that begin alike."""
    known = pl.concat(
        [
            trace.places.id,
            trace.places.item.unique(maintain_order=True),
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


def explain_place(parts: CostParts, place: int) -> Explanation:
    """Explain one transaction, or a leg of a closing transfer."""
    trace, p = parts.trace, parts.trace.places
    sources = grow(parts, place, back=True)
    uses = grow(parts, place, back=False)
    ends, went = origins(parts, place), destinations(parts, place)
    steps = _steps(parts, place)
    cited = [s.rule for s in steps] + [n.part.rule for n in (*_all(sources), *_all(uses))] + [e.rule for e in ends]
    kind = "closing leg" if p.is_leg(place) else "receipt" if p.is_receipt(place) else "issue"
    return Explanation(
        kind, p.id[place], place_title(trace, place), place, _facts(parts, place), steps, int(p.cost[place]),
        sources, tuple(ends), uses, tuple(went), rules=words_of([r for r in cited if r]),
    )  # fmt: skip


def place_title(trace: Trace, place: int) -> str:
    """``Issue T0121: 4 of A-BAG (site=2), 2026-01-14, Sales order SO-112``."""
    p = trace.places
    kind = "Closing transfer" if p.is_leg(place) else "Receipt" if p.is_receipt(place) else "Issue"
    group = f" ({p.group[place]})" if p.group[place] else ""
    what = " ".join(t for t in (p.reference[place], p.number[place]) if t)
    pieces = [
        f"{kind} {p.id[place]}: {quantity(trace, p.quantity[place])} of {p.item[place]}{group}",
        day(trace, place),
    ]
    return ", ".join([*pieces, what] if what else pieces)


def _facts(parts: CostParts, place: int) -> tuple[tuple[str, str], ...]:
    trace, p = parts.trace, parts.trace.places
    name = trace.item_names.get(p.item[place], "")
    state = "invoiced" if p.financial[place] else "not invoiced yet"
    whole = abs(int(p.quantity[place]))
    settled = f"{quantity(trace, p.settled_quantity[place])} of {quantity(trace, whole)}"
    facts = [
        ("Item", f"{p.item[place]}{', ' + name if name else ''}, {p.model[place]}"),
        ("State", "made by a close" if p.is_leg(place) else state),
        ("Settled", settled),
    ]
    if p.cell[place]:
        facts.append(("Cell", p.cell[place]))
    if p.basis[place]:
        facts.append(("Estimated", p.basis[place]))
    return tuple(facts)


def _steps(parts: CostParts, place: int) -> tuple[Step, ...]:
    trace, p = parts.trace, parts.trace.places
    estimated = "Estimated cost" if p.basis[place] else "Posted cost"
    steps = [Step("Cost of its issue leg" if p.is_leg(place) else estimated, int(p.posted[place]))]
    for k in parts.steps_of(place):
        cause = trace.steps.cause[k]
        steps.append(Step(cause, int(trace.steps.amount[k]), trace.steps.closing[k], OF_CAUSE.get(cause, ("", ""))[0]))
    return tuple(steps)


def grow(parts: CostParts, root: int, back: bool) -> tuple[Node, ...]:
    """Return the tree of parts below a place; what was grown already is not grown again."""
    step = parts.sources if back else parts.uses
    grown = {root}
    left = [MOST_NODES]

    def children(place: int, depth: int) -> tuple[Node, ...]:
        nodes = []
        for part in step(place):
            left[0] -= 1
            if part.place == NOWHERE:
                nodes.append(Node(part))
            elif part.place in grown or left[0] < 0 or depth > 100:
                nodes.append(Node(part, seen=True))
            else:
                grown.add(part.place)
                nodes.append(Node(part, children(part.place, depth + 1)))
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


def explain_item(trace: Trace, item: str) -> Explanation:
    """Explain an item: what each costing group holds, and what closings changed."""
    p = trace.places
    own = (p.item == item).to_numpy()
    frame = pl.DataFrame(
        {"group": p.group, "quantity": p.quantity, "cost": p.cost, "settled": p.settled_quantity, "posted": p.posted}
    ).with_columns(sign=pl.col("quantity").sign(), leg=pl.int_range(pl.len()) >= p.transactions)
    # The two legs of a closing transfer differ only by what was charged on the receipt leg, and are no transactions.
    frame = frame.filter(pl.Series(own))
    sheet = ~pl.col("leg")
    by_group = frame.group_by("group").agg(
        receipts=(sheet & (pl.col("sign") > 0)).sum(), issues=(sheet & (pl.col("sign") < 0)).sum(),
        quantity=pl.col("quantity").sum(),
        posted=(pl.col("posted") * pl.col("sign")).sum(), value=(pl.col("cost") * pl.col("sign")).sum(),
    ).sort("group")  # fmt: skip
    groups = tuple(
        (
            g or "(one group)",
            f"{r:,}",
            f"{i:,}",
            ("-" if q < 0 else "") + quantity(trace, q),
            amount(trace, w),
            amount(trace, v),
        )
        for g, r, i, q, w, v in by_group.rows()
    )
    s = trace.steps
    changed = pl.DataFrame({"place": s.place, "closing": s.closing, "cause": s.cause, "amount": s.amount})
    changed = changed.with_columns(sign=pl.Series(p.quantity[s.place]).sign()).filter(
        pl.Series(own[s.place], dtype=pl.Boolean)
    )
    causes = (
        changed.group_by("closing", "cause")
        .agg(pl.len(), (pl.col("amount") * pl.col("sign")).sum())
        .sort("closing", "cause")
    )
    largest = changed.sort(pl.col("amount").abs(), descending=True).head(10)
    name = trace.item_names.get(item, "")
    model = str(p.model.filter(pl.Series(own))[0])
    return Explanation(
        "item", item, f"Item {item}{', ' + name if name else ''}",
        facts=(("Inventory model", model), ("Transactions", f"{len(frame.filter(sheet)):,}")),
        cost=int(by_group["value"].sum()),
        tables=(
            Table("Stock and value, all dates",
                  ("Costing group", "Receipts", "Issues", "Quantity", "Posted", "Value"), groups),
            Table("Change of inventory value by closings", ("Closing", "Cause", "Adjustments", "Amount"),
                  tuple((c, w, f"{n:,}", amount(trace, a)) for c, w, n, a in causes.rows())),
            Table("Largest adjustments", ("Transaction", "Closing", "Cause", "Adjustment"),
                  tuple((p.id[r["place"]], r["closing"], r["cause"], amount(trace, r["amount"]))
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
        rows = tuple(
            (str(r["line"]), r["account"] or "", r["ledger_dimension"] or "", r["specification"] or "",
             amount(trace, r["debit"] or 0), amount(trace, r["credit"] or 0)) for r in voucher.iter_rows(named=True)
        )  # fmt: skip
        table = Table(
            f"Lines; explain one with {closing}/1",
            ("Line", "Account", "Dimension", "Specification", "Debit", "Credit"),
            rows,
        )
        return Explanation(
            "voucher", closing, f"Voucher {closing}, {voucher['date'][0]}, {voucher['text'][0]}", tables=(table,)
        )
    row = voucher.filter(pl.col("line") == line)
    total = int(row.select(signed).item())
    v, p = trace.voucher_parts, trace.places
    behind = pl.DataFrame({"closing": v.closing, "line": v.line, "place": v.place, "amount": v.amount, "what": v.what})
    behind = behind.filter((pl.col("closing") == closing) & (pl.col("line") == line)).sort(
        pl.col("amount").abs(), descending=True
    )
    rows = tuple(
        (
            p.id[r["place"]],
            day(trace, r["place"]),
            p.item[r["place"]],
            p.reference[r["place"]],
            r["what"],
            amount(trace, r["amount"]),
        )
        for r in behind.iter_rows(named=True)
    )
    rest = total - int(behind["amount"].sum())
    facts = [("Account", str(row["account"][0])), ("Specification", str(row["specification"][0] or "")),
             ("Debit" if total >= 0 else "Credit", amount(trace, abs(total)))]  # fmt: skip
    if rest:
        facts.append(("Not explained", f"{amount(trace, rest)}: accounts were changed after the closing"))
    causes = [OF_CAUSE[w][0] for w in behind["what"].unique(maintain_order=True) if w in OF_CAUSE]
    return Explanation(
        "voucher line", f"{closing}/{line}", f"Voucher {closing}, line {line}", facts=tuple(facts), cost=total,
        tables=(Table("Behind it, debit +, credit −",
                      ("Transaction", "Date", "Item", "Reference", "Cause", "Amount"), rows),),
        rules=words_of(causes),
    )  # fmt: skip
