"""An explanation as plain data; amounts and quantities are decimal text, so that no reader rounds them.

In      an Explanation and its Trace.
Out     dictionaries and lists; and the trees as rows, one per part, for a table.
Source  WORKBOOK "Command line".
"""

from invclose_xl.domain.money import text_of
from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.ends import End
from invclose_xl.reports.costs.explanation_parts import Explanation, Node, day
from invclose_xl.reports.costs.parts import NOWHERE

Data = dict[str, object]


def explain_json(trace: Trace, explained: Explanation) -> Data:
    """Return the explanation in its parts."""
    data: Data = {"subject": explained.subject, "id": explained.id, "title": explained.title}
    data["facts"] = dict(explained.facts)
    data["currency"] = trace.currency
    if explained.place != NOWHERE or explained.cost:
        data["cost"] = text_of(explained.cost, trace.currency_decimals)
    if explained.place != NOWHERE:
        data["steps"] = [
            {"what": s.what, "amount": text_of(s.amount, trace.currency_decimals), "closing": s.closing, "rule": s.rule}
            for s in explained.steps
        ]
        data["comes_from"] = [_node(trace, node) for node in explained.sources]
        data["origins"] = [_end(trace, end) for end in explained.origins]
        data["went_to"] = [_node(trace, node) for node in explained.uses]
        data["destinations"] = [_end(trace, end) for end in explained.destinations]
    data["tables"] = [
        {"caption": t.caption, "rows": [dict(zip(t.headings, row, strict=True)) for row in t.rows]}
        for t in explained.tables
    ]
    data["rules"] = dict(explained.rules)
    return data


def _place(trace: Trace, place: int) -> Data:
    p = trace.places
    if place == NOWHERE:
        return {}
    return {
        "transaction": p.id[place],
        "date": day(trace, place),
        "item": p.item[place],
        "group": p.group[place],
        "reference": p.reference[place],
        "number": p.number[place],
        "cell": p.cell[place],
        "cost": text_of(int(p.cost[place]), trace.currency_decimals),
        "whole_quantity": text_of(abs(int(p.quantity[place])), trace.quantity_scale),
    }


def _node(trace: Trace, node: Node) -> Data:
    part = node.part
    return {
        "amount": text_of(part.amount, trace.currency_decimals),
        "quantity": text_of(part.quantity, trace.quantity_scale),
        "what": part.what,
        "rule": part.rule,
        "closing": part.closing,
        **_place(trace, part.place),
        "explained_above": node.seen,
        "parts": [_node(trace, child) for child in node.children],
    }


def _end(trace: Trace, end: End) -> Data:
    return {
        "amount": text_of(end.amount, trace.currency_decimals),
        "what": end.what,
        "rule": end.rule,
        **_place(trace, end.place),
    }


def explain_rows(trace: Trace, explained: Explanation) -> list[Data]:
    """Return the trees as rows: direction, depth, and what ``comes_from`` and ``went_to`` hold."""
    rows: list[Data] = []

    def walk(nodes: tuple[Node, ...], direction: str, depth: int) -> None:
        for node in nodes:
            data = _node(trace, Node(node.part, (), node.seen))
            data.pop("parts")
            rows.append({"direction": direction, "depth": depth, **data})
            walk(node.children, direction, depth + 1)

    walk(explained.sources, "comes from", 1)
    walk(explained.uses, "went to", 1)
    return rows
