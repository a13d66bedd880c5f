"""Has the user pressed Ctrl-C? Remembered, because libraries turn the interrupt into errors of their own.

In      SIGINT; an exception that came up.
Out     whether it is what is left of a keyboard interrupt.
Errors  none; loads nothing but the standard library's ``signal``, so that it can be first.
Source  Python, ``signal``: only the main thread is told of the keyboard.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_pressed: list[int] = []


def _remember(number: int, frame: FrameType | None) -> None:
    _pressed.append(number)
    signal.default_int_handler(number, frame)


def heed() -> None:
    """Remember from now on that the keyboard asked to stop; never undone: for a process that is ours alone."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)


@contextmanager
def heeded() -> Iterator[None]:
    """The same for one command, in a process that may be somebody else's."""
    before = signal.getsignal(signal.SIGINT)
    if before is not _remember:
        _pressed.clear()
    try:
        heed()
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, before)


def stopped_by(error: BaseException) -> bool:
    """Say whether the keyboard is behind an exception, whatever became of it on its way."""
    seen: set[int] = set()
    found: list[BaseException | None] = [error]
    while found:
        one = found.pop()
        if one is None or id(one) in seen:
            continue
        if isinstance(one, KeyboardInterrupt):
            return True
        seen.add(id(one))
        found += [one.__cause__, one.__context__]
    return bool(_pressed)


@contextmanager
def deaf() -> Iterator[None]:
    """Hear nothing from the keyboard while a last sentence is said."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # only the main thread is told of the keyboard
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def no_more() -> None:
    """Hear nothing any more: what there was to do is done and said, and only the interpreter still has to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
