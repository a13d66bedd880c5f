"""Real workbooks with everything Excel can hold: closed with nothing lost, or refused for one of the stated reasons."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.corpus.attempt import CORPUS, Attempt, attempt, books, opened_by_libreoffice

BATCHES = 28
SAMPLE = 100
VALIDATOR = Path(os.environ.get("OOXML_VALIDATOR_DIR", Path(tempfile.gettempdir()) / "ooxml-validator"))

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus ../shared/corpus is not beside this checkout")


def batch(number: int) -> list[str]:
    return books()[number::BATCHES]


@pytest.mark.parametrize("number", range(BATCHES))
def test_nothing_is_lost(number: int, tmp_path: Path) -> None:
    attempts = [attempt(name, tmp_path) for name in batch(number)]
    assert len(attempts) > 20
    assert sum(not a.refused for a in attempts) > 15
    assert {a.name: a.refused for a in attempts if a.refused and not a.reason} == {}
    assert {a.name: a.losses for a in attempts if a.losses} == {}


@pytest.mark.full
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("number", range(BATCHES))
def test_libreoffice_opens_it(number: int, tmp_path: Path) -> None:
    written = [a for a in (attempt(name, tmp_path) for name in batch(number)) if a.output is not None]
    opened = opened_by_libreoffice([a.output for a in written if a.output], tmp_path / "after")
    closed = [a for a in written if a.output not in opened]
    before = opened_by_libreoffice([a.input for a in closed if a.input], tmp_path / "before")
    assert [a.name for a in closed if a.input in before] == []


def test_the_whole_corpus_is_in_the_batches() -> None:
    assert sorted(name for number in range(BATCHES) for name in batch(number)) == books()
    assert len(books()) > 600


def validated(names: list[str], folder: Path) -> dict[str, list[str]]:
    """Return what Microsoft's validator says about each closed workbook that it did not say about it before."""
    found: dict[str, list[str]] = {}
    for name in names:
        result: Attempt = attempt(name, folder)
        if result.output is None or result.input is None:
            continue
        after = _complaints(result.output)
        if after and (new := after - _complaints(result.input)):
            found[name] = sorted(new)
        result.output.unlink()
        result.input.unlink()
    return found


@cache
def _validator() -> Path:
    """The Open XML SDK validator, installed once; the tests that need it are skipped where it cannot be had."""
    program = VALIDATOR / "node_modules" / ".bin" / "ooxml-validator"
    if not program.exists():
        script = Path(__file__).parents[1] / "tools" / "validate_ooxml.sh"
        subprocess.run(["bash", str(script), str(script)], capture_output=True, timeout=300, check=False)
    if not program.exists():
        pytest.skip("the Open XML SDK validator could not be installed (needs Node.js and npm)")
    return program


def _complaints(path: Path) -> set[str]:
    run = subprocess.run([str(_validator()), str(path)], capture_output=True, text=True, timeout=600, check=False)
    answer = json.loads(run.stdout)
    return {f"{_place(e.get('path'))} {e.get('description')}" for e in answer.get("errors", [])}


def _place(path: object) -> str:
    if isinstance(path, dict):
        return f"{path.get('partUri')} {path.get('xPath') or path.get('xpath')}"
    return str(path or "")


def sample() -> list[str]:
    """A fixed choice of workbooks, the same on every machine."""
    packages = [name for name in books() if name.endswith((".xlsx", ".xlsm"))]
    return sorted(packages, key=lambda name: hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())[:SAMPLE]


@pytest.mark.full
@pytest.mark.parametrize("number", range(4))
def test_the_validator_finds_nothing_new_in_a_sample(number: int, tmp_path: Path) -> None:
    assert validated(sample()[number::4], tmp_path) == {}


@pytest.mark.full
@pytest.mark.parametrize("number", range(BATCHES))
def test_the_validator_finds_nothing_new_anywhere(number: int, tmp_path: Path) -> None:
    assert validated(batch(number), tmp_path) == {}
