"""The program: heeds the keyboard before anything else is loaded, and no more once everything is done and said.

In      what was typed.
Out     the exit code of the command line; 130 with a sentence for Ctrl-C, however early.
Source  WORKBOOK "Command line".
"""

import gc
import sys

from invclose_xl.cli import keyboard

CANNOT_READ_OR_WRITE, STOPPED = 5, 130


def run() -> int:
    """Load the command line and run it."""
    code = None
    try:
        keyboard.heed()
        from invclose_xl.cli.main import main
    except BaseException as error:
        return _not_loaded(error)
    try:
        code = main()
        gc.freeze()  # the end of a process would look for cycles among all that is left, and nobody needs that memory
        keyboard.no_more()
    except KeyboardInterrupt:  # everything that was to be done is done: only the end of it was interrupted
        keyboard.no_more()
        return STOPPED if code is None else code
    return code


def _not_loaded(error: BaseException) -> int:
    if keyboard.stopped_by(error):
        keyboard.no_more()
        sys.stderr.write("Stopped; nothing was written.\n")
        return STOPPED
    if isinstance(error, OSError):
        sys.stderr.write(
            f"The program could not be loaded: {error.strerror or error} ({error.filename}). Nothing was written. "
            "Close other programs, or allow more open files (ulimit -n), and run again.\n"
        )
        return CANNOT_READ_OR_WRITE
    raise error
