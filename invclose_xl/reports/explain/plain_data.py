"""An explanation as plain data; amounts and quantities keep all their decimals.

In      an Explanation and its Trace.
Out     ExplanationDocument; and the trees as rows, one per part, for a table.
Source  WORKBOOK "Command line".
"""

from typing import Any

from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.ends import End
from invclose_xl.reports.costs.explanation_parts import Explanation, Node, day
from invclose_xl.reports.costs.parts import NOWHERE, CostPart
from invclose_xl.reports.documents.document import exact
from invclose_xl.reports.explain.document import EndRow, ExplanationDocument, PartRow, StepRow, TableRows

Data = dict[str, Any]


def explanation_document(trace: Trace, explained: Explanation) -> ExplanationDocument:
    """Return the explanation in its parts; what a subject does not have is not set."""
    data: Data = {"subject": explained.subject, "id": explained.id, "title": explained.title}
    data["facts"] = dict(explained.facts)
    data["currency"] = trace.currency
    decimals = trace.currency_decimals
    if explained.movement != NOWHERE or explained.cost:
        data["cost"] = exact(explained.cost, decimals)
    if explained.movement != NOWHERE:
        data["steps"] = tuple(
            StepRow(what=s.what, amount=exact(s.amount, decimals), closing=s.closing, rule=s.rule)
            for s in explained.steps
        )
        data["comes_from"] = tuple(_node(trace, node) for node in explained.sources)
        data["origins"] = tuple(_end(trace, end) for end in explained.origins)
        data["went_to"] = tuple(_node(trace, node) for node in explained.uses)
        data["destinations"] = tuple(_end(trace, end) for end in explained.destinations)
    data["tables"] = tuple(
        TableRows(caption=t.caption, rows=tuple(dict(zip(t.headings, row, strict=True)) for row in t.rows))
        for t in explained.tables
    )
    return ExplanationDocument(**data, rules=dict(explained.rules))


def _show_movement(trace: Trace, movement: int) -> Data:
    if movement == NOWHERE:
        return {}
    at = trace.movements
    return {
        "transaction": at.id[movement],
        "date": day(trace, movement),
        "item": at.item[movement],
        "group": at.group[movement],
        "reference": at.reference[movement],
        "number": at.number[movement],
        "cell": at.cell[movement],
        "cost": exact(int(at.cost[movement]), trace.currency_decimals),
        "whole_quantity": exact(abs(int(at.quantity[movement])), trace.quantity_scale),
    }


def _part(trace: Trace, part: CostPart) -> Data:
    return {
        "amount": exact(int(part.amount), trace.currency_decimals),
        "quantity": exact(int(part.quantity), trace.quantity_scale),
        "what": part.what,
        "rule": part.rule,
        "closing": part.closing,
        **_show_movement(trace, part.movement),
    }


def _node(trace: Trace, node: Node) -> PartRow:
    children = tuple(_node(trace, child) for child in node.children)
    return PartRow(**_part(trace, node.part), explained_above=node.seen, parts=children)


def _end(trace: Trace, end: End) -> EndRow:
    amount = exact(int(end.amount), trace.currency_decimals)
    return EndRow(amount=amount, what=end.what, rule=end.rule, **_show_movement(trace, end.movement))


def explain_rows(trace: Trace, explained: Explanation) -> list[Data]:
    """Return the trees as rows: direction, depth, and what ``comes_from`` and ``went_to`` hold."""
    rows: list[Data] = []

    def walk(nodes: tuple[Node, ...], direction: str, depth: int) -> None:
        for node in nodes:
            data = {**_part(trace, node.part), "explained_above": node.seen}
            rows.append({"direction": direction, "depth": depth, **data})
            walk(node.children, direction, depth + 1)

    walk(explained.sources, "comes from", 1)
    walk(explained.uses, "went to", 1)
    return rows
