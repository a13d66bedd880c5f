"""Packing items into parts of a bounded size: those between which cost flows stay together.

In      pairs of items between which cost can flow (marks, transfers, production, returns); rows per item.
Out     a component per item: items of different components never touch each other; a part per item.
Errors  none. A component that is larger than a part becomes a part of its own, however large it is.
Cost    O(pairs + items), nearly.
Source  RULES R6.1 (cost flows along settlements and feeds, never anywhere else).
"""

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


def find_components(first: Int64, second: Int64, size: int) -> Int64:
    """Return the component of each of ``size`` items: the smallest item of it."""
    parent = list(range(size))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        one_root, other_root = root(one), root(other)
        if one_root != other_root:
            parent[max(one_root, other_root)] = min(one_root, other_root)
    return np.array([root(item) for item in range(size)], dtype=np.int64)


def pack_items(component: Int64, rows: Int64, most: int) -> Int64:
    """Return the part of each item: components in the order of their first items, as many as fit into ``most`` rows.

    The parts follow from the data alone, so that whoever computes them, and how many at once, changes no result.
    """
    size = np.bincount(component, weights=rows, minlength=len(component)).astype(np.int64)
    part_of: dict[int, int] = {}
    part, filled = 0, 0
    for root in np.unique(component).tolist():
        if filled and filled + size[root] > most:
            part, filled = part + 1, 0
        part_of[root] = part
        filled += int(size[root])
    return np.array([part_of[root] for root in component.tolist()], dtype=np.int64)
