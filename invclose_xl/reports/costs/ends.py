"""Where a cost comes from in the end, and where it ended up: its parts followed until none leads further.

In      CostParts, a place, and the direction.
Out     Ends that add up to the cost of the place exactly.
Units   minor units; on the way 10**-15 of one, so that what many steps round stays far below a minor unit.
Cost    the transactions behind the place, and for a loop the cube of its length (at most LONGEST_LOOP).
Source  RULES R6.1, R6.4.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from invclose_xl.domain.money import mul_div
from invclose_xl.reports.costs.parts import NOWHERE, CostPart, CostParts

FINE = 10**15
LONGEST_LOOP = 40
MOST_PLACES = 20_000

Step = Callable[[int], list[CostPart]]


@dataclass(frozen=True, slots=True)
class End:
    """An amount that leads no further."""

    amount: int
    movement: int
    what: str
    rule: str


def origins(parts: CostParts, movement: int) -> list[End]:
    """Return from which purchases, estimates, work and so on the cost of a place comes."""
    return _ends(parts, movement, parts.sources)


def destinations(parts: CostParts, movement: int) -> list[End]:
    """Return to which sales, stock and so on the cost of a place went."""
    return _ends(parts, movement, parts.uses)


def _ends(parts: CostParts, start: int, step: Step) -> list[End]:
    total = int(parts.trace.movements.cost[start])
    next_parts = _reached(start, step)
    inflow = {start: total * FINE}
    ends: dict[tuple[int, str, str], int] = {}
    for loop in _in_order(start, next_parts):
        flows = {movement: inflow.pop(movement, 0) for movement in loop}
        solved = _go_round(loop, flows, next_parts) if _is_loop(loop, next_parts) else flows
        for movement, flow in solved.items():
            if flow:
                _share(movement, flow, next_parts.get(movement), set(loop), inflow, ends)
    return _whole_units(total, ends, parts)


def _reached(start: int, step: Step) -> dict[int, list[CostPart]]:
    """Return the parts of all places that are reached; beyond MOST_PLACES a place counts as an end."""
    found: dict[int, list[CostPart]] = {}
    waiting = [start]
    while waiting and len(found) < MOST_PLACES:
        movement = waiting.pop()
        if movement in found:
            continue
        found[movement] = step(movement)
        waiting += [
            part.movement for part in found[movement] if part.movement != NOWHERE and part.movement not in found
        ]
    return found


def _is_loop(loop: list[int], parts: dict[int, list[CostPart]]) -> bool:
    return len(loop) > 1 or any(part.movement == loop[0] for part in parts.get(loop[0], []))


def _share(
    movement: int,
    flow: int,
    parts: list[CostPart] | None,
    loop: set[int],
    inflow: dict[int, int],
    ends: dict[tuple[int, str, str], int],
) -> None:
    """Split what flows through a place among its parts, to the last fine unit; inside a loop it was counted already."""
    whole = sum(part.amount for part in parts or [])
    if not parts or not whole:
        ends[movement, "of transactions further away" if parts is None else "of a cost of 0", ""] = flow
        return
    so_far, before = 0, 0
    for part in parts:
        so_far += part.amount
        upto = mul_div(flow, so_far, whole)
        amount, before = upto - before, upto
        if part.movement == NOWHERE:
            key = (movement, part.what, part.rule)
            ends[key] = ends.get(key, 0) + amount
        elif part.movement not in loop:
            inflow[part.movement] = inflow.get(part.movement, 0) + amount


def _go_round(loop: list[int], flows: dict[int, int], parts: dict[int, list[CostPart]]) -> dict[int, int]:
    """Return what passes through each place of a loop in all rounds together; a long loop is an end (no parts)."""
    if len(loop) > LONGEST_LOOP:
        for movement in loop:
            parts[movement] = [CostPart(1, 0, NOWHERE, f"of a loop of {len(loop)} transactions", "R6.4")]
        return flows
    at = {movement: k for k, movement in enumerate(loop)}
    rows = [
        [Fraction(int(i == k)) for k in range(len(loop))] + [Fraction(flows[movement])]
        for i, movement in enumerate(loop)
    ]
    for movement in loop:
        whole = sum(part.amount for part in parts[movement])
        for part in parts[movement]:
            if part.movement in at and whole:
                rows[at[part.movement]][at[movement]] -= Fraction(part.amount, whole)
    solution = _solved(rows)
    if solution is None:
        for movement in loop:
            parts[movement] = [CostPart(1, 0, NOWHERE, "of a loop of transactions without solution", "R6.5")]
        return flows
    return {movement: round(x) for movement, x in zip(loop, solution, strict=True)}


def _solved(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """Gauss-Jordan elimination; None where there is no single solution."""
    size = len(rows)
    for column in range(size):
        pivot = next((lead for lead in range(column, size) if rows[lead][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [x / head for x in rows[column]]
        for lead in range(size):
            factor = rows[lead][column]
            if lead != column and factor:
                rows[lead] = [x - factor * y for x, y in zip(rows[lead], rows[column], strict=True)]
    return [row[-1] for row in rows]


def _in_order(start: int, parts: dict[int, list[CostPart]]) -> list[list[int]]:
    """Return the places, loops together, each before those it leads to (Tarjan's components, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    work: list[tuple[int, int]] = [(start, 0)]
    while work:
        movement, child = work.pop()
        if child == 0:
            index[movement] = low[movement] = len(index)
            stack.append(movement)
            on_stack.add(movement)
        following = [part.movement for part in parts.get(movement, []) if part.movement != NOWHERE]
        for position in range(child, len(following)):
            other = following[position]
            if other not in index:
                work += [(movement, position + 1), (other, 0)]
                break
            if other in on_stack:
                low[movement] = min(low[movement], index[other])
        else:
            _close_component(movement, index, low, stack, on_stack, found)
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[movement])
    return found[::-1]


def _close_component(
    movement: int,
    index: dict[int, int],
    low: dict[int, int],
    stack: list[int],
    on_stack: set[int],
    found: list[list[int]],
) -> None:
    if low[movement] != index[movement]:
        return
    component: list[int] = []
    while not component or component[-1] != movement:
        component.append(stack.pop())
        on_stack.discard(component[-1])
    found.append(component[::-1])


def _whole_units(total: int, ends: dict[tuple[int, str, str], int], parts: CostParts) -> list[End]:
    """Round the ends to minor units so that they add up to the total; oldest first."""
    movements = parts.trace.movements
    ordered = sorted(ends, key=lambda key: (int(movements.date[key[0]]), key[0], key[1]))
    found, so_far, before = [], 0, 0
    for number, key in enumerate(ordered, start=1):
        so_far += ends[key]
        upto = total if number == len(ordered) else mul_div(so_far, 1, FINE)
        if upto != before:
            found.append(End(upto - before, *key))
        before = upto
    return found
