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
from invclose_xl.reports.costs.parts import NOWHERE, CostParts, Part

FINE = 10**15
LONGEST_LOOP = 40
MOST_PLACES = 20_000

Step = Callable[[int], list[Part]]


@dataclass(frozen=True, slots=True)
class End:
    """An amount that leads no further."""

    amount: int
    place: int
    what: str
    rule: str


def origins(parts: CostParts, place: int) -> list[End]:
    """Return from which purchases, estimates, work and so on the cost of a place comes."""
    return _ends(parts, place, parts.sources)


def destinations(parts: CostParts, place: int) -> list[End]:
    """Return to which sales, stock and so on the cost of a place went."""
    return _ends(parts, place, parts.uses)


def _ends(parts: CostParts, start: int, step: Step) -> list[End]:
    total = int(parts.trace.places.cost[start])
    next_parts = _reached(start, step)
    inflow = {start: total * FINE}
    ends: dict[tuple[int, str, str], int] = {}
    for loop in _in_order(start, next_parts):
        flows = {m: inflow.pop(m, 0) for m in loop}
        solved = _go_round(loop, flows, next_parts) if _is_loop(loop, next_parts) else flows
        for m, flow in solved.items():
            if flow:
                _share(m, flow, next_parts.get(m), set(loop), inflow, ends)
    return _whole_units(total, ends, parts)


def _reached(start: int, step: Step) -> dict[int, list[Part]]:
    """Return the parts of all places that are reached; beyond MOST_PLACES a place counts as an end."""
    found: dict[int, list[Part]] = {}
    waiting = [start]
    while waiting and len(found) < MOST_PLACES:
        place = waiting.pop()
        if place in found:
            continue
        found[place] = step(place)
        waiting += [part.place for part in found[place] if part.place != NOWHERE and part.place not in found]
    return found


def _is_loop(loop: list[int], parts: dict[int, list[Part]]) -> bool:
    return len(loop) > 1 or any(part.place == loop[0] for part in parts.get(loop[0], []))


def _share(
    place: int,
    flow: int,
    parts: list[Part] | None,
    loop: set[int],
    inflow: dict[int, int],
    ends: dict[tuple[int, str, str], int],
) -> None:
    """Split what flows through a place among its parts, to the last fine unit; inside a loop it was counted already."""
    whole = sum(part.amount for part in parts or [])
    if not parts or not whole:
        ends[place, "of transactions further away" if parts is None else "of a cost of 0", ""] = flow
        return
    so_far, before = 0, 0
    for part in parts:
        so_far += part.amount
        upto = mul_div(flow, so_far, whole)
        amount, before = upto - before, upto
        if part.place == NOWHERE:
            key = (place, part.what, part.rule)
            ends[key] = ends.get(key, 0) + amount
        elif part.place not in loop:
            inflow[part.place] = inflow.get(part.place, 0) + amount


def _go_round(loop: list[int], flows: dict[int, int], parts: dict[int, list[Part]]) -> dict[int, int]:
    """Return what passes through each place of a loop in all rounds together; a long loop is an end (no parts)."""
    if len(loop) > LONGEST_LOOP:
        for m in loop:
            parts[m] = [Part(1, 0, NOWHERE, f"of a loop of {len(loop)} transactions", "R6.4")]
        return flows
    at = {m: k for k, m in enumerate(loop)}
    rows = [[Fraction(int(i == k)) for k in range(len(loop))] + [Fraction(flows[m])] for i, m in enumerate(loop)]
    for m in loop:
        whole = sum(part.amount for part in parts[m])
        for part in parts[m]:
            if part.place in at and whole:
                rows[at[part.place]][at[m]] -= Fraction(part.amount, whole)
    solution = _solved(rows)
    if solution is None:
        for m in loop:
            parts[m] = [Part(1, 0, NOWHERE, "of a loop of transactions without solution", "R6.5")]
        return flows
    return {m: round(x) for m, x in zip(loop, solution, strict=True)}


def _solved(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """Gauss-Jordan elimination; None where there is no single solution."""
    size = len(rows)
    for column in range(size):
        pivot = next((r for r in range(column, size) if rows[r][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [x / head for x in rows[column]]
        for r in range(size):
            factor = rows[r][column]
            if r != column and factor:
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[column], strict=True)]
    return [row[-1] for row in rows]


def _in_order(start: int, parts: dict[int, list[Part]]) -> list[list[int]]:
    """Return the places, loops together, each before those it leads to (Tarjan's components, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    work: list[tuple[int, int]] = [(start, 0)]
    while work:
        place, child = work.pop()
        if child == 0:
            index[place] = low[place] = len(index)
            stack.append(place)
            on_stack.add(place)
        following = [part.place for part in parts.get(place, []) if part.place != NOWHERE]
        for k in range(child, len(following)):
            other = following[k]
            if other not in index:
                work += [(place, k + 1), (other, 0)]
                break
            if other in on_stack:
                low[place] = min(low[place], index[other])
        else:
            _close_component(place, index, low, stack, on_stack, found)
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[place])
    return found[::-1]


def _close_component(
    place: int, index: dict[int, int], low: dict[int, int], stack: list[int], on_stack: set[int], found: list[list[int]]
) -> None:
    if low[place] != index[place]:
        return
    component: list[int] = []
    while not component or component[-1] != place:
        component.append(stack.pop())
        on_stack.discard(component[-1])
    found.append(component[::-1])


def _whole_units(total: int, ends: dict[tuple[int, str, str], int], parts: CostParts) -> list[End]:
    """Round the ends to minor units so that they add up to the total; oldest first."""
    places = parts.trace.places
    ordered = sorted(ends, key=lambda key: (int(places.date[key[0]]), key[0], key[1]))
    found, so_far, before = [], 0, 0
    for number, key in enumerate(ordered, start=1):
        so_far += ends[key]
        upto = total if number == len(ordered) else mul_div(so_far, 1, FINE)
        if upto != before:
            found.append(End(upto - before, *key))
        before = upto
    return found
