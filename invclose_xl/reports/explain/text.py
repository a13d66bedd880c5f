"""An explanation as a page of text that reads well in a terminal.

In      an Explanation and its Trace.
Out     text of about 110 columns; long lists are cut and say by how much.
Source  WORKBOOK "Command line".
"""

import re

from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.ends import End
from invclose_xl.reports.costs.explanation_parts import Explanation, Node, TextTable, amount, day, quantity
from invclose_xl.reports.costs.parts import NOWHERE

MOST_CHILDREN = 12
MOST_LINES = 120
MOST_ENDS = 20
MOST_LINES = 40


def explain_text(trace: Trace, explained: Explanation) -> str:
    """Write the page that ``invclose-xl explain`` prints."""
    lines = [explained.title, *(f"  {name + ':':<17} {value}" for name, value in explained.facts), ""]
    if explained.movement != NOWHERE:
        lines += _place_lines(trace, explained)
    for table in explained.tables:
        lines += [table.caption, *_table_lines(table), ""]
    if explained.rules:
        lines.append("The rules")
        lines += [f"  {rule:<6} {words}" for rule, words in explained.rules.items() if words]
    return "\n".join(lines).rstrip()


def _place_lines(trace: Trace, explained: Explanation) -> list[str]:
    money = f" {trace.currency}" if trace.currency else ""
    lines = []
    for step in explained.steps:
        why = f"  {step.closing}, {step.rule}" if step.closing else ""
        lines.append(f"  {step.what:<28} {amount(trace, step.amount):>16}{why}")
    lines += [f"  {'Cost':<28} {amount(trace, explained.cost):>16}{money}", ""]
    plain = len(explained.sources) == 1 and explained.sources[0].part.movement == NOWHERE
    if plain:
        lines += ["It comes from", f"  {_words(trace, explained.sources[0])}", ""]
    else:
        lines += ["It comes from", *_tree(trace, explained.sources, "  ", [MOST_LINES]), ""]
        lines += ["In the end", *_end_lines(trace, explained.origins), ""]
    if explained.subject != "issue" or any(node.part.movement != NOWHERE for node in explained.uses):
        lines += ["It went to", *_tree(trace, explained.uses, "  ", [MOST_LINES]), ""]
        if any(node.children for node in explained.uses):
            lines += ["In the end, it is in", *_end_lines(trace, explained.destinations), ""]
    return lines


def _tree(trace: Trace, nodes: tuple[Node, ...], indent: str, left: list[int]) -> list[str]:
    lines = []
    shown = nodes if len(nodes) <= MOST_CHILDREN + 1 else nodes[:MOST_CHILDREN]
    for node in shown:
        if left[0] <= 0:
            lines.append(f"{indent}…")
            return lines
        left[0] -= 1
        lines.append(indent + _words(trace, node))
        if not _says_nothing_new(node):
            lines += _tree(trace, node.children, indent + "    ", left)
    if len(shown) < len(nodes):
        rest = nodes[len(shown) :]
        lines.append(
            f"{indent}{amount(trace, sum(n.part.amount for n in rest)):>12}  in {len(rest):,} more (--json lists all)"
        )
    return lines


def _says_nothing_new(node: Node) -> bool:
    """A receipt that only has its posted cost, or an issue that only left, is told in its own line."""
    return len(node.children) == 1 and node.children[0].part.movement == NOWHERE


def _words(trace: Trace, node: Node) -> str:
    part, movements = node.part, trace.movements
    text = f"{amount(trace, part.amount):>12}  "
    if part.movement == NOWHERE:
        pieces = f"{quantity(trace, part.quantity)}: " if part.quantity else ""
        return text + pieces + part.what + _cited(trace, node)
    whole = quantity(trace, movements.quantity[part.movement])
    taken = quantity(trace, part.quantity) if part.quantity else whole
    of = taken if taken == whole else f"{taken} of {whole}"
    document = " ".join(t for t in (movements.reference[part.movement], movements.number[part.movement]) if t)
    kind = (
        "closing transfer"
        if movements.is_leg(part.movement)
        else "receipt"
        if movements.is_receipt(part.movement)
        else "issue"
    )
    where = ", ".join(t for t in (f"{kind} {movements.id[part.movement]}", day(trace, part.movement), document) if t)
    cost = f", at {amount(trace, movements.cost[part.movement])}" if taken != whole else ""
    text += f"{of} {movements.item[part.movement]}, {where}{cost}: {part.what}{_cited(trace, node)}"
    if _says_nothing_new(node) and node.children[0].part.what != "posted cost":
        text += f"; {node.children[0].part.what}"
    return text + (" [see above]" if node.seen else "")


def _cited(trace: Trace, node: Node) -> str:
    """Name the rule, and the closing where there was more than one."""
    closing = node.part.closing if len(trace.closings) > 1 else ""
    cited = ", ".join(c for c in (node.part.rule, closing) if c)
    return f" ({cited})" if cited else ""


def _end_lines(trace: Trace, ends: tuple[End, ...]) -> list[str]:
    movements, lines = trace.movements, []
    shown = ends if len(ends) <= MOST_ENDS + 1 else ends[:MOST_ENDS]
    for end in shown:
        document = " ".join(t for t in (movements.reference[end.movement], movements.number[end.movement]) if t)
        where = ", ".join(
            t
            for t in (movements.id[end.movement], day(trace, end.movement), movements.item[end.movement], document)
            if t
        )
        lines.append(f"  {amount(trace, end.amount):>12}  {where}: {end.what}")
    if len(shown) < len(ends):
        rest = ends[len(shown) :]
        lines.append(f"  {amount(trace, sum(e.amount for e in rest)):>12}  in {len(rest):,} more (--json lists all)")
    total = sum(end.amount for end in ends)
    return [*lines, f"  {'-' * 12}", f"  {amount(trace, total):>12}"]


def _table_lines(table: TextTable) -> list[str]:
    shown = table.rows[:MOST_LINES]
    if not shown:
        return ["  nothing"]
    numbers = [all(_is_number(row[c]) for row in shown) for c in range(len(table.headings))]
    widths = [max(len(row[c]) for row in (table.headings, *shown)) for c in range(len(table.headings))]

    def line(row: tuple[str, ...]) -> str:
        cells = [t.rjust(w) if n else t.ljust(w) for t, w, n in zip(row, widths, numbers, strict=True)]
        return ("  " + "  ".join(cells)).rstrip()

    lines = [line(table.headings), *(line(row) for row in shown)]
    if len(shown) < len(table.rows):
        lines.append(f"  … and {len(table.rows) - len(shown):,} more (--json lists all)")
    return lines


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[\d,]+(\.\d+)?", text) is not None
