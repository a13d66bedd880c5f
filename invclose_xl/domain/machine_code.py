"""Functions over bytes and arrays as machine code, which other threads run beside.

In      a function of the few constructs that numba compiles.
Out     the compiled function; what the compiler made is kept beside the package or, where nothing can be written there,
        in the user's cache folder; where neither can be written it is compiled anew in every run.
Errors  ImportError where numba is not installed: ``is_available`` tells beforehand.
Cost    loading numba takes a third of a second, and an unknown function seconds: only much work is worth it.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])


@cache
def is_available() -> bool:
    """Say whether there is a compiler: numba is not built for every platform, and everything works without it."""
    try:
        return find_spec("numba") is not None and find_spec("llvmlite") is not None
    except (ImportError, ValueError):  # a module that is blocked, or loaded without a specification
        return False


@cache
def _load() -> Any:
    import numba

    return numba


def is_loaded() -> bool:
    """Say whether the compiler was loaded in this process, because a sheet was large: then less work is worth it."""
    return _load.cache_info().currsize > 0


_OPTIONS = {"nogil": True, "error_model": "numpy"}
_WITHOUT_COUNTING = {"_nrt": False, "forceinline": True}
"""These functions make no arrays, so none needs its references counted at every call, which took three quarters of the
time; and each of the small ones becomes a part of the one that calls it."""


def compile_function(function: Function) -> Function:
    """Compile a function over bytes and arrays, without the global lock; see ``compile_kept``."""
    try:
        return compile_kept(function, **_OPTIONS, **_WITHOUT_COUNTING)
    except (KeyError, TypeError):  # an option that this version of numba does not know
        return compile_kept(function, **_OPTIONS)


def compile_kept(function: Function, **options: Any) -> Function:
    """Compile a function at its first call, or load what an earlier run compiled.

    Nothing is kept where neither the package's folder nor the user's cache folder can be written.
    """
    numba = _load()
    try:
        return cast("Function", numba.njit(cache=True, **options)(function))
    except RuntimeError:  # how numba says that no folder can be written
        return cast("Function", numba.njit(**options)(function))
