"""Close a book in this process and say what each stage took: CPU seconds of all threads, and the peak of memory.

In      the book, the output, the date of the close; where the JSON goes.
Out     a JSON object: stage -> CPU seconds, and ``whole``, ``peak_mb``. Start is everything before the command runs.
"""

import functools
import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

STAGES = {
    "read": ("workbook.input.read:read_book",),
    "compute": ("closing.compute:compute",),
    "post": ("closing.posting.voucher:post",),
    "seal": ("closing.lock.sealing:seal_rows", "closing.record:record"),
    "write": ("workbook.results.write:write_results",),
}
"""Stage -> the functions that do it; stock value, findings and laws are in what is left."""
spent: dict[str, float] = {}


def watched(stage: str, function: Any) -> Any:
    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] = spent.get(stage, 0.0) + time.process_time() - started

    return run


def watch() -> None:
    """Put a watch around the functions of every stage, wherever a module has taken them over by name."""
    for stage, names in STAGES.items():
        for name in names:
            module_name, function_name = name.split(":")
            function = getattr(importlib.import_module(f"invclose_xl.{module_name}"), function_name)
            wrapped = watched(stage, function)
            for module in [m for n, m in sys.modules.items() if n.startswith("invclose_xl")]:
                if vars(module).get(function_name) is function:
                    setattr(module, function_name, wrapped)


def main(book: str, output: str, day: str, result: str) -> None:
    from invclose_xl.api import runs  # noqa: F401 - loads what a close needs
    from invclose_xl.entry import run

    watch()
    spent["start"] = time.process_time()
    sys.argv[1:] = [book, "--date", day, "--output", output]
    code = run()
    assert code in (0, 1), code
    whole = time.process_time()
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    spent["else"] = whole - sum(spent.values())
    Path(result).write_text(json.dumps({**spent, "whole": whole, "peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:5])
