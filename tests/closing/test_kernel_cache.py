"""Compiled kernels are kept beside the package, else in the user's cache folder, else not at all; never a traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "invclose_xl"
PROGRAM = """
import numpy as np
from invclose_xl.closing.state.cost_price import _scale_products
from invclose_xl.domain.fingerprint_compiled import hash_numbers
(amount,) = _scale_products.run(np.array([2**40]), np.array([2**40]), 2**30, 1, size=1, columns=1, work=10**9)
hashes = np.zeros(1, dtype=np.uint32)
hash_numbers(np.array([7]), np.uint64(1), np.int64(-1), hashes)
loaded = sum(_scale_products._compiled.stats.cache_hits.values()) + sum(hash_numbers.stats.cache_hits.values())
print(amount[0], hashes[0] > 0, loaded)
"""


@pytest.mark.long
def test_where_the_folder_of_the_package_cannot_be_written(tmp_path: Path) -> None:
    for folder in (p for p in (PACKAGE, *PACKAGE.rglob("*")) if p.is_dir() and p.name != "__pycache__"):
        copy = tmp_path / "installed" / "invclose_xl" / folder.relative_to(PACKAGE)
        copy.mkdir(parents=True)
        for module in folder.glob("*.py"):
            shutil.copy(module, copy)
        (copy / "__pycache__").write_text("in the way, for the administrator, too")
    cache = tmp_path / "cache"
    assert _run(tmp_path, cache) == f"{2**50} True 0"
    assert list(cache.rglob("*.nbi"))
    assert _run(tmp_path, cache) == f"{2**50} True 2"
    no_folder = tmp_path / "file"
    no_folder.touch()
    assert _run(tmp_path, no_folder) == f"{2**50} True 0"


def _run(tmp_path: Path, cache: Path) -> str:
    """Compile in a process whose user has this cache folder, by the rules of every system."""
    names = ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME", "USERPROFILE")
    environment = os.environ | dict.fromkeys(names, str(cache)) | {"PYTHONPATH": str(tmp_path / "installed")}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
