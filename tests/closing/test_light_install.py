"""What is only for speed may be missing: the package runs and writes the same cents, with the same Digest."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.results import Results

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.xlsx"))
NOW = datetime(2026, 6, 30, 8, 15, tzinfo=UTC)


@pytest.mark.long
def test_the_examples_close_with_the_same_digests(tmp_path: Path) -> None:
    light, usual = tmp_path / "light", tmp_path / "usual"
    light.mkdir()
    usual.mkdir()
    script = Path(__file__).with_name("light_install.py")
    command = [sys.executable, str(script), str(light), *map(str, EXAMPLES)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    for book in EXAMPLES:
        main([str(book), "--output", str(usual / book.name)], NOW, "controller")
        digests = [
            [row["Digest"] for row in Results(path / book.name).rows("Lock", "Closing")] for path in (light, usual)
        ]
        assert digests[0] == digests[1] != []
