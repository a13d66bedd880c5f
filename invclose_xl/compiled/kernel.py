"""Kernels: loops over integer columns that run as plain Python on small books and compiled on large ones.

The same function does both. Uncompiled it gets lists and Python integers, so nothing can overflow and no compiler
is waited for; compiled it gets int64 arrays, and products are widened to 128 bits.

In      a function ``f(*inputs, *outputs) -> rows``: inputs are columns or numbers, outputs columns it fills.
Out     ``kernel.run(...)`` returns the filled output columns as int64 arrays, cut to the rows it reported: in order,
        and by the names of the function's parameters.
Errors  none of its own.
Cost    the compiler is loaded only from COMPILE_FROM rows on, if there is one; what it made is cached beside the
        package or in the user's cache folder.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from invclose_xl.domain.machine_code import is_available, is_loaded
from invclose_xl.domain.money import Int64

COMPILE_FROM = 300_000
"""Work (rows walked) from which compiling pays, measured on two cores; below it plain Python finishes sooner."""
LOADED_FROM = 60_000
"""The same where the compiler is loaded already, because the sheet was large."""


class FilledColumns(tuple[Int64, ...]):
    """The output columns of a kernel; each is also an attribute, named as the kernel's parameter."""

    names: tuple[str, ...]

    def __getattr__(self, name: str) -> Int64:
        """Return a column by its name."""
        if name == "names" or name not in self.names:
            raise AttributeError(name)
        return self[self.names.index(name)]


class Kernel:
    """A loop that is run by ``run``; ``function`` is the plain Python it was made from."""

    def __init__(self, function: Callable[..., int]) -> None:
        self.function = function
        self._parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
        self.__doc__ = function.__doc__
        self._compiled: Callable[..., int] | None = None

    def run(self, *inputs: Any, size: int, columns: int, work: int | None = None) -> FilledColumns:
        """Fill ``columns`` output columns of at most ``size`` rows; ``work`` is what decides about compiling."""
        if _is_worth_compiling(size if work is None else work):
            arrays = [np.zeros(size, dtype=np.int64) for _ in range(columns)]
            rows = self._compile()(*(_make_contiguous(i) for i in inputs), *arrays)
            return self._name_columns([array[:rows] for array in arrays])
        lists = [[0] * size for _ in range(columns)]
        rows = self.function(*(i.tolist() if isinstance(i, np.ndarray) else i for i in inputs), *lists)
        return self._name_columns([np.array(column[:rows], dtype=np.int64) for column in lists])

    def _name_columns(self, columns: list[Int64]) -> FilledColumns:
        filled = FilledColumns(columns)
        filled.names = self._parameters[len(self._parameters) - len(columns) :]
        return filled

    def choose(self, work: int) -> tuple[Callable[..., int], Callable[[Int64], Any]]:
        """Return the function to call for this much work, and what makes a column into one that it can fill.

        For loops that are called again and again on the same columns: these stay lists or arrays in between.
        """
        if _is_worth_compiling(work):
            return self._compile(), _make_contiguous
        return self.function, np.ndarray.tolist

    def _compile(self) -> Callable[..., int]:
        if self._compiled is None:
            from invclose_xl.compiled.widened import compile_kernel

            self._compiled = compile_kernel(self.function)
        return self._compiled


def _is_worth_compiling(work: int) -> bool:
    # the smaller of the two, because tests lower COMPILE_FROM to try machine code on small books
    least = min(COMPILE_FROM, LOADED_FROM) if is_loaded() else COMPILE_FROM
    return work >= least and is_available()


def kernel(function: Callable[..., int]) -> Kernel:
    """Mark a loop as a kernel."""
    return Kernel(function)


def _make_contiguous(value: Any) -> Any:
    """Give the compiler one type per column, so that it compiles each kernel once."""
    if not isinstance(value, np.ndarray):
        return value
    kept = value.dtype in (np.bool_, np.float64)
    return np.ascontiguousarray(value, dtype=value.dtype if kept else np.int64)
