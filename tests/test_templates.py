"""The templates in the repository are those that the program makes today: every part of both files is compared."""

import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tools.make_templates import NAMES, TEMPLATES, make_templates

CONSTRAINTS = TEMPLATES.parent / "constraints.txt"


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pyopenvba", reason="the buttons are put in by pyOpenVBA")
    pytest.importorskip("xlwings", reason="the buttons call xlwings")
    pinned = dict(line.lower().split("==") for line in CONSTRAINTS.read_text("utf-8").splitlines() if "==" in line)
    for library in ("xlsxwriter", "xlwings", "pyopenvba"):
        if version(library) != pinned[library]:
            pytest.skip(f"the files are made with {library} {pinned[library]}, not {version(library)}")
    folder = tmp_path_factory.mktemp("templates")
    make_templates(folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_as_the_program_makes_it(name: str, made: Path) -> None:
    kept, new = parts(TEMPLATES / name), parts(made / name)
    assert [part for part in {**kept, **new} if kept.get(part) != new.get(part)] == [], (
        "run python tools/make_templates.py"
    )
