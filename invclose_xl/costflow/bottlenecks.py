"""The bottlenecks of a component: a small system of equations, solved as closely as is asked for, with a proven bound.

All nodes of a component hang, each on exactly one way, below nodes where ways meet. Only these bottlenecks are
unknowns: between two sites that exchange thousands of transfers under weighted average there are two of them.
Coefficients and values are integers in 2**-160. A binary float only proposes how to improve the values; what decides
is the residual of the equations, in integers, and a vector w > 0 with w - |G| w >= s > 0. For x = b + G x and any
guess y it proves |x - y| <= w x max(|b + G y - y| / s). It also proves that the gain is below 1 (RULES R6.5).

In      changes of the coefficients (a part of the component became known), constants of the equations.
Out     values in 2**-160 and a bound on how far off they may be.
Errors  none.
Cost    one step: O(coefficients), and a dense solution up to DENSE bottlenecks, above that a sparse factorisation
        that is used again while it helps.
Source  RULES R6.4; A. Berman, R. Plemmons, "Nonnegative matrices in the mathematical sciences", chapter 6.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

BITS = 160
UNIT = 1 << BITS
DENSE = 300


class Bottlenecks:
    """Unknown u = constant + shift[u] + sum of rows[u][a] x unknown a."""

    def __init__(self, count: int) -> None:
        self.rows: list[dict[int, int]] = [{} for _ in range(count)]
        self.shift = [0] * count
        self.value = [0] * count
        self.inexact = 0
        """bound, in 2**-160, on the error of any row's coefficients and of its shift"""
        self.is_certified = False
        """a proof of a gain below 1 is at hand"""
        self._rest = [0] * count
        self._changed = set(range(count))
        self._most = 0
        self._weight: list[int] = []
        self._margin: list[int] = []
        self._solver: Callable[[Float64], Float64] | None = None
        self._solver_for: tuple[int, ...] = ()
        self._dense = np.zeros((count, count)) if count <= DENSE else None

    def add(self, row: int, on: int, factor: int, shift: int) -> None:
        """Add a way between two bottlenecks, or take it away by its negative."""
        factors = self.rows[row]
        factors[on] = factors.get(on, 0) + factor
        self.shift[row] += shift
        self._changed.add(row)
        if self._dense is not None:
            self._dense[row, on] = factors[on] / UNIT

    def drop(self, row: int, on: int) -> None:
        """Forget a coefficient: no way is left."""
        del self.rows[row][on]
        if self._dense is not None:
            self._dense[row, on] = 0.0

    def certify(self, members: Sequence[int]) -> bool:
        """Look for the vector that proves a gain below 1; False if none is found this way.

        Where no coefficient is negative, it stays good when ways are taken away later.
        """
        self.is_certified = False
        matrix = self._matrix(members, absolute=True)
        weights = _factorised(matrix)(np.ones(len(members)))
        if not np.all(np.isfinite(weights)) or not np.all(weights > 0) or np.max(weights) > 1e15:
            return False
        count = len(self.rows)
        self._weight, self._margin = [0] * count, [0] * count
        for u, weight in zip(members, weights.tolist(), strict=True):
            self._weight[u] = int(weight * 2**60) << (BITS - 60)
        inside = set(members)
        most = max(self._weight) // UNIT + 1
        for u in members:
            taken = sum(abs(f) * self._weight[a] for a, f in self.rows[u].items() if a in inside)
            self._margin[u] = self._weight[u] - (taken >> BITS) - 1 - self.inexact * most
        self.is_certified = all(self._margin[u] > 0 for u in members)
        return self.is_certified

    def bound(self, members: Sequence[int], constant: Callable[[int], int]) -> int:
        """Return the bound on the error of the values: unknown u is off by at most weight(u) x bound.

        Only the residuals of rows that changed are computed again.
        """
        for u in [u for u in members if u in self._changed]:
            total = sum(f * self.value[a] for a, f in self.rows[u].items())
            self._rest[u] = (constant(u) << BITS) + self.shift[u] + (total >> BITS) - self.value[u]
            self._changed.discard(u)
        inexact = 2 + self.inexact * (self._most // UNIT + 2)
        return max(-(-(abs(self._rest[u]) + inexact) * UNIT // self._margin[u]) for u in members)

    def off_by(self, u: int, bound: int) -> int:
        """Return how far the value of u may be off."""
        return (self._weight[u] * bound >> BITS) + 1

    def improve(self, members: Sequence[int], anew: bool) -> None:
        """Add to the values what the residuals say, as closely as a float can tell."""
        key = tuple(members)
        if anew or self._dense is not None or self._solver is None or self._solver_for != key:
            self._solver, self._solver_for = _factorised(self._matrix(members, absolute=False)), key
        step = self._solver(np.array([self._rest[u] / UNIT for u in members]))
        if np.all(np.isfinite(step)):
            for u, s in zip(members, step.tolist(), strict=True):
                mantissa, shift = _as_integer(s)
                self.value[u] += mantissa << shift if shift >= 0 else mantissa >> -shift
                self._most = max(self._most, abs(self.value[u]))
            self._changed.update(members)

    def _matrix(self, members: Sequence[int], absolute: bool) -> Any:
        """Return the identity less the coefficients, dense or sparse."""
        if self._dense is not None:
            chosen = self._dense[np.ix_(members, members)]
            return np.eye(len(members)) - (np.abs(chosen) if absolute else chosen)
        from scipy.sparse import csc_matrix, identity

        place = {u: i for i, u in enumerate(members)}
        entries = [(place[u], place[a], f / UNIT) for u in members for a, f in self.rows[u].items() if a in place]
        row, column, factor = zip(*entries, strict=True)
        factors = np.abs(factor) if absolute else np.array(factor)
        return identity(len(members), format="csc") - csc_matrix((factors, (row, column)), shape=(len(members),) * 2)


def _as_integer(number: float) -> tuple[int, int]:
    """Return integers m, s with number = m x 2**s / 2**160, exactly."""
    numerator, denominator = number.as_integer_ratio()
    return numerator, BITS - (denominator.bit_length() - 1)


def _factorised(matrix: Any) -> Callable[[Float64], Float64]:
    """Return a function that solves with the matrix; not-a-number where it cannot."""
    if isinstance(matrix, np.ndarray):
        return lambda right: _dense_solution(matrix, right)
    from scipy.sparse.linalg import splu

    try:
        solve: Callable[[Float64], Float64] = splu(matrix).solve
    except RuntimeError:  # exactly singular
        return lambda right: np.full(len(right), np.nan)
    return solve


def _dense_solution(matrix: Float64, right: Float64) -> Float64:
    try:
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(len(right), np.nan)
