"""The offline bundle: what it needs is followed by the markers of its own platform; all files have check sums.

Putting it together takes wheels from the package index; that is done by the release workflow, and by hand.
"""

import hashlib
import tomllib
import zipfile
from pathlib import Path

import pytest

import invclose_xl
from tools import make_offline_bundle
from tools.make_offline_bundle import fetch_all, scripts, write_bundle

NEEDS = {
    "invclose_xl": ["click>=8.1", 'xlwings>=0.37; extra == "excel"', 'pytest; extra == "test"', "polars>=1.30"],
    "click": ['colorama; platform_system == "Windows"'],
    "xlwings": ['pywin32; sys_platform == "win32"', "polars"],
    "polars": ["polars-runtime-32==1.0"],
    "colorama": [], "pywin32": [], "polars_runtime_32": [], "pytest": [],
}  # fmt: skip


def _wheel(folder: Path, name: str) -> None:
    needs = "".join(f"Requires-Dist: {need}\n" for need in NEEDS[name])
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}\n"
        )


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("win_amd64", {"invclose_xl", "click", "xlwings", "polars", "polars_runtime_32", "colorama", "pywin32"}),
        ("manylinux_2_28_x86_64", {"invclose_xl", "click", "xlwings", "polars", "polars_runtime_32"}),
    ],
)
def test_what_is_needed_there(
    platform: str, expected: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(names: list[str], folder: Path, python: str, platform: str) -> None:
        asked.extend(names)
        for name in names:
            _wheel(folder, name.partition(">")[0].partition("=")[0].replace("-", "_"))

    monkeypatch.setattr(make_offline_bundle, "download", download)
    _wheel(tmp_path, "invclose_xl")
    fetch_all(tmp_path, "3.12", platform)
    assert {wheel.name.partition("-")[0] for wheel in tmp_path.glob("*.whl")} == expected
    assert len(asked) == len(set(asked)), "nothing is fetched twice"


@pytest.mark.parametrize("platform", make_offline_bundle.ENVIRONMENTS)
def test_the_zip(platform: str, tmp_path: Path) -> None:
    _wheel(tmp_path, "click")
    output = tmp_path / "bundle.zip"
    write_bundle(output, tmp_path, "3.12", platform)
    with zipfile.ZipFile(output) as bundle:
        files = {name.removeprefix("invclose-xl/"): bundle.read(name) for name in bundle.namelist()}
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS.txt").decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert {
        "wheels/click-1.0-py3-none-any.whl",
        "january.xlsx",
        "inventory-close.xlsm",
        *scripts("3.12", platform),
    } == (files.keys())
    for name, text in scripts("3.12", platform).items():
        assert "{" not in text, f"{name} has a gap"
        assert ("\r\n" in text) == platform.startswith("win")


def test_the_version_is_the_same_everywhere() -> None:
    root = Path(__file__).parents[2]
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert invclose_xl.__version__ == version
    assert f"\nversion: {version}\n" in (root / "CITATION.cff").read_text("utf-8").replace('"', "")
