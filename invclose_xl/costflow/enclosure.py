"""Small components, all of them at once: the next cut of each, between an upper and a lower bound that prove the cent.

A book may hold thousands of small loops, so they are cut by one compiled loop. For x = b + G x with G >= 0 the numbers
up > b + G up and low < b + G low prove low < x < up, and that the gain of G is below 1. Both are checked in integers,
every division against us; a binary float only proposes where to look. If up and low round to the same minor unit, that
is the value. Where this proves nothing (half a cent exactly, components brought back, a gain of 1 or more, amounts too
large) the component is left to ``ring`` and ``knot``, which decide every case.

In      EdgeColumns of a Part, and a Valuing of it.
Out     per component asked about: the receipt to hold next and its value; that it is valued; or that it is undecided.
Errors  none.
Units   bounds in 2**-k minor units, k chosen so that they fit 64 bits.
Cost    per cut O(nodes ** 3), so it is for components of up to MOST nodes.
Source  RULES R6.4, R6.5; A. Berman, R. Plemmons, "Nonnegative matrices in the mathematical sciences", chapter 6.
"""

import numpy as np

from invclose_xl.costflow.components import Part
from invclose_xl.costflow.edges import EdgeColumns
from invclose_xl.costflow.flow import Valuing
from invclose_xl.domain.book import Int64
from invclose_xl.domain.kernel import kernel
from invclose_xl.domain.money import NO_AMOUNT, mul_div

MOST = 60
"""nodes: what a node reaches is a set of bits"""
DONE, UNDECIDED = -1, -2
WORST, FARTHEST = 1 << 40, 1 << 55
"""a worse guess, and bounds farther from it, are not looked at: with them nothing leaves 63 bits"""


class Enclosing:
    """Components of a part on their way to being valued; ``valuing`` is advanced."""

    def __init__(self, part: Part, edges: EdgeColumns, valuing: Valuing, work: int) -> None:
        self._part, self._valuing, self._work = part, valuing, work
        flow = part.flow
        self._nodes = len(flow) + len(flow.feeds)
        self._edges = (edges.start, edges.head, edges.num, edges.shift, edges.den)
        self._fed = np.append(flow.fed_by >= 0, np.zeros(len(flow.feeds), dtype=np.bool_))

    def cut_all(self, components: list[int]) -> dict[int, list[tuple[int, int]]]:
        """Cut components until nothing in them is cyclic; return receipts and values; the undecided are left out."""
        cuts: dict[int, list[tuple[int, int]]] = {c: [] for c in components}
        asked = np.array(components, dtype=np.int64)
        while len(asked):
            receipt, value = self._next_cuts(asked)
            for c, r, v in zip(asked.tolist(), receipt.tolist(), value.tolist(), strict=True):
                if r >= 0:
                    cuts[c].append((r, v))
                    self._valuing.hold(r, v)
                elif r == UNDECIDED:
                    del cuts[c]
            self._valuing.go_on()
            asked = asked[receipt >= 0]
        return cuts

    def _next_cuts(self, asked: Int64) -> tuple[Int64, Int64]:
        """Return the receipt to hold next of each component, or DONE or UNDECIDED, and its value."""
        part, size, room = self._part, len(self._part.flow), np.zeros(MOST, dtype=np.int64)
        known, constant = self._state()
        place = np.full(self._nodes, -1, dtype=np.int64)
        nodes = int((part.start[asked + 1] - part.start[asked]).sum() + len(part.flow.feeds))
        core, receipt, end = _next_core.run(
            part.start[asked], part.start[asked + 1], part.feed_start[asked] + size, part.feed_start[asked + 1] + size,
            *self._edges[:2], self._fed, known, place, room.copy(), room.copy(), MOST, DONE, UNDECIDED,
            size=nodes + len(asked), columns=3, work=self._work,
        )  # fmt: skip
        receipt, end = receipt[: len(asked)], end[: len(asked)]
        place = np.full(self._nodes, -1, dtype=np.int64)
        guess, weight, scale = _guess.run(
            core, end, *self._edges, known, constant, place, np.zeros((MOST, MOST + 2)),
            size=len(core), columns=3, work=self._work,
        )  # fmt: skip
        place[:] = -1
        proven, value = _prove.run(
            core, end, receipt, *self._edges, known, constant, place, guess, weight, scale[: len(asked)], MOST,
            *(np.zeros(len(core), dtype=np.int64) for _ in range(4)),
            size=max(len(core), len(asked)), columns=2, work=self._work,
        )  # fmt: skip
        return np.where((receipt >= 0) & (proven[: len(asked)] == 0), UNDECIDED, receipt), value[: len(asked)]

    def _state(self) -> tuple[Int64, Int64]:
        """Per node: 1 where it is valued; what is known of it."""
        v, flow = self._valuing, self._part.flow
        value, waiting, total, feed_waiting = (
            np.asarray(c, dtype=np.int64) for c in (v.value, v.waiting, v.total, v.feed_waiting)
        )
        known = np.append((value != NO_AMOUNT) & (waiting == 0), feed_waiting == 0)
        return known, np.append(np.where(value == NO_AMOUNT, flow.known, value), total)


@kernel
def _next_core(  # type: ignore[no-untyped-def]
    first, last, first_feed, last_feed, start, head, is_fed, known, place, node, reach, most, done, undecided,
    core, receipt, end,
):  # fmt: skip
    """Find what of each component hangs together and on nothing unknown, with its first fed receipt in row order.

    ``core`` lists the nodes, those of component c up to ``end[c]``. ``node`` and ``reach`` (what each node leads to,
    bit by bit) are room to work in, ``place`` is the number of a node in it.
    """
    size = 0
    for c in range(len(first)):
        n = 0
        for at in range(last[c] - first[c] + last_feed[c] - first_feed[c]):
            v = first[c] + at if first[c] + at < last[c] else first_feed[c] + at - (last[c] - first[c])
            if not known[v]:
                if n < most:
                    node[n], place[v] = v, n
                n += 1
        receipt[c] = done if n == 0 else undecided
        if n <= most:
            for i in range(n):
                reach[i] = 0
                for e in range(start[node[i]], start[node[i] + 1]):
                    if not known[head[e]]:
                        reach[i] |= 1 << place[head[e]]
            for j in range(n):
                for i in range(n):
                    if (reach[i] >> j) & 1:
                        reach[i] |= reach[j]
            for i in range(n):
                if is_fed[node[i]] and (reach[i] >> i) & 1:
                    hangs = 0
                    for j in range(n):
                        if (reach[j] >> i) & 1 and not (reach[i] >> j) & 1:
                            hangs += 1
                    if hangs == 0:
                        receipt[c] = node[i]
                        for j in range(n):
                            if (reach[i] >> j) & 1 and (reach[j] >> i) & 1:
                                core[size] = node[j]
                                size += 1
                        break
        end[c] = size
    return len(core)


@kernel
def _guess(  # type: ignore[no-untyped-def]
    core, end, start, head, num, shift, den, known, constant, place, matrix, guess, weight, scale
):
    """Solve (I - G) x = b and (I - G) w = 1 as closely as a float can: guess = x * scale, weight = w * 1024.

    The scale stays 0 where nothing comes from outside, where G has a part below 0 or above 1, where elimination fails.
    """
    begin = 0
    for c in range(len(end)):
        s = end[c] - begin
        for i in range(s):
            place[core[begin + i]] = i
            for j in range(s):
                matrix[i][j] = 1.0 if i == j else 0.0
            matrix[i][s], matrix[i][s + 1] = float(constant[core[begin + i]]), 1.0
        largest, outside, proper = 1.0, False, s > 0
        for i in range(s):
            v = core[begin + i]
            largest, outside = max(largest, abs(float(constant[v]))), outside or constant[v] != 0
            for e in range(start[v], start[v + 1]):
                j = -1 if known[head[e]] else place[head[e]]
                if j >= 0:
                    moved = shift[e] / den[e]
                    matrix[j][i] -= num[e] / den[e]
                    matrix[j][s] += moved
                    largest, outside = max(largest, abs(moved)), outside or shift[e] != 0
                    proper = proper and 0 <= num[e] <= den[e]
        for i in range(s):
            proper = proper and matrix[i][i] > 1e-12
            if proper:
                for j in range(i + 1, s):
                    factor = matrix[j][i] / matrix[i][i]
                    if factor != 0.0:
                        for k in range(i, s + 2):
                            matrix[j][k] -= factor * matrix[i][k]
        if proper and outside:
            for k in range(s, s + 2):
                for i in range(s - 1, -1, -1):
                    for j in range(i + 1, s):
                        matrix[i][k] -= matrix[i][j] * matrix[j][k]
                    matrix[i][k] /= matrix[i][i]
                    proper = proper and abs(matrix[i][k]) < 2.0**50
                    largest = max(largest, abs(matrix[i][k]))
            if proper and largest < 2.0**50:
                scale[c] = 1
                while largest * scale[c] < 2.0**55:
                    scale[c] *= 2
                for i in range(s):
                    guess[begin + i] = int(matrix[i][s] * scale[c])
                    weight[begin + i] = int(matrix[i][s + 1] * 1024.0) + 1
        for i in range(s):
            place[core[begin + i]] = -1
        begin = end[c]
    return len(guess)


@kernel
def _prove(  # type: ignore[no-untyped-def]
    core, end, receipt, start, head, num, shift, den, known, constant, place, guess, weight, scale, most,
    upper, lower, from_upper, from_lower, proven, value,
):  # fmt: skip
    """Put bounds around each guess and check that b + G up < up and low < b + G low, all divisions against us."""
    begin = 0
    for c in range(len(end)):
        stop = end[c] if scale[c] > 0 else begin
        holds, at = stop > begin, begin
        for k in range(begin, stop):
            place[core[k]] = k
            upper[k] = lower[k] = guess[k]
            from_upper[k] = from_lower[k] = constant[core[k]] * scale[c]
        for step in range(2):
            for k in range(begin, stop):
                v = core[k]
                for e in range(start[v], start[v + 1]):
                    j = -1 if known[head[e]] else place[head[e]]
                    if j >= 0:
                        moved = mul_div(shift[e], scale[c], den[e])
                        from_upper[j] += mul_div(upper[k], num[e], den[e]) + moved + 2
                        if step == 1:
                            from_lower[j] += mul_div(lower[k], num[e], den[e]) + moved - 2
            if step == 0:
                wrong = 1
                for k in range(begin, stop):
                    wrong = max(wrong, abs(from_upper[k] - guess[k]))
                for k in range(begin, stop):
                    holds = holds and wrong < WORST and weight[k] > 0
                    margin = mul_div(2 * min(wrong, WORST) + 4 * most, weight[k], 1024) + 1
                    holds = holds and margin < FARTHEST
                    upper[k], lower[k] = guess[k] + margin, guess[k] - margin
                    from_upper[k] = from_lower[k] = constant[core[k]] * scale[c]
        for k in range(begin, stop):
            holds = holds and upper[k] > from_upper[k] and lower[k] < from_lower[k]
            if core[k] == receipt[c]:
                at = k
        if holds:
            value[c] = mul_div(upper[at], 1, scale[c])
            proven[c] = 1 if mul_div(lower[at], 1, scale[c]) == value[c] else 0
        for k in range(begin, stop):
            place[core[k]] = -1
        begin = end[c]
    return len(proven)
