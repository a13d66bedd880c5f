"""``install-libreoffice``: what goes into LibreOffice, how the two Pythons talk, and what is said where it cannot be.

The buttons themselves are pressed in ``test_in_libreoffice``.

Source  WORKBOOK "Command line" (install-libreoffice).
"""

import io
import json
import os
import sys
import tempfile
import types
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("xlwings", reason="the macros speak to the open book through xlwings")

from invclose_xl import macros
from invclose_xl.cli.main import main
from invclose_xl.libreoffice.conversation import OfficeGone, OfficeRefused, OpenInOffice
from invclose_xl.libreoffice.document import OfficeDocument
from invclose_xl.libreoffice.extension import SERVICE, extension
from invclose_xl.libreoffice.in_office.document import Area, LibreOffice
from invclose_xl.template_builder.start import BUTTONS
from invclose_xl.workbook.package.cell_reference import Range
from tests.macros.display import not_installed
from tests.macros.profile import program_for_root


def parts(python: str = "/some/python") -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(extension(python, "1.0"))) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def test_the_extension_is_whole() -> None:
    made = parts()
    manifest = ET.fromstring(made["META-INF/manifest.xml"])
    named = {v for entry in manifest for k, v in entry.attrib.items() if k.endswith("full-path")}
    assert named <= made.keys()
    assert json.loads(made["settings.json"]) == {"python": "/some/python"}
    for name, text in made.items():
        if name.endswith(".py"):
            compile(text, name, "exec")
        elif name.endswith((".xml", ".xcu")):
            ET.fromstring(text)
    assert extension("/some/python", "1.0") == extension("/some/python", "1.0")


def test_the_menu_has_every_button_and_nothing_else() -> None:
    values = [node.text or "" for node in ET.fromstring(parts()["Addons.xcu"]).iter("value")]
    calls = [value.partition("?")[2] for value in values if value.startswith(f"service:{SERVICE}?")]
    assert calls == [button.function for button in BUTTONS]
    assert sorted(calls) == sorted(macros.__all__)
    assert [button.caption for button in BUTTONS if button.caption not in values] == []


# ---- the conversation


class Office:
    """The calls of LibreOffice, answered here: what was asked, in order."""

    path = Path("/books/month.xlsm")

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def used(self, sheet: str) -> Area:
        return Area(1, 1, 3, 9)

    def tables(self, sheet: str) -> dict[str, Area]:
        return {"Items": Area(1, 1, 2, 3)}

    def get(self, sheet: str, area: Area) -> list[list[Any]]:
        self.asked.append((sheet, area))
        return [["a", 0.1, None, True, "ü"]]

    def set_look(self, sheet: str, area: Area, **look: Any) -> None:
        self.asked.append((sheet, area, look))

    def save_copy(self, path: Path) -> None:
        self.asked.append(path)

    def remove(self, sheet: str) -> None:
        raise LookupError("no such sheet")


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> tuple[OpenInOffice, Office]:
    buttons, office = in_office(monkeypatch), Office()
    return OpenInOffice(*pipe(buttons, office)), office


def in_office(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module that runs inside LibreOffice, with stand-ins for LibreOffice's own modules."""
    helper = types.ModuleType("unohelper")
    helper.Base = type("Base", (), {})  # type: ignore[attr-defined]
    helper.ImplementationHelper = lambda: types.SimpleNamespace(addImplementation=lambda *_: None)  # type: ignore[attr-defined]
    task = types.ModuleType("com.sun.star.task")
    task.XJobExecutor = type("XJobExecutor", (), {})  # type: ignore[attr-defined]
    from invclose_xl.libreoffice.in_office import document

    for name, module in {
        "unohelper": helper, "com": types.ModuleType("com"), "com.sun": types.ModuleType("com.sun"),
        "com.sun.star": types.ModuleType("com.sun.star"), "com.sun.star.task": task, "invclose_xl_document": document,
    }.items():  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "invclose_xl.libreoffice.in_office.buttons", raising=False)
    from invclose_xl.libreoffice.in_office import buttons

    return buttons


def pipe(buttons: Any, office: Office) -> tuple[Any, Any]:
    """Two ends: a line that is written is answered at once."""
    answers: list[bytes] = []

    class Answers:
        def readline(self) -> bytes:
            return answers.pop(0) if answers else b""

    class Asked:
        def write(self, line: bytes) -> None:
            out = io.BytesIO()
            buttons.answer_all(office, io.BytesIO(line), out)
            answers.append(out.getvalue())

        def flush(self) -> None:
            pass

    return Answers(), Asked()


def test_calls_arrive_as_they_were_made(talk: tuple[OpenInOffice, Office]) -> None:
    book, office = talk
    assert book.path == Path("/books/month.xlsm")
    assert book.used("Lock") == Range(1, 1, 3, 9)
    assert book.tables("Items") == {"Items": Range(1, 1, 2, 3)}
    assert book.get("Lock", Range(1, 2, 3, 4)) == [["a", 0.1, None, True, "ü"]]
    book.set_look("Lock", Range(1, 1, 1, 1), color=(1, 2, 3), bold=True)
    book.save_copy(Path("/tmp/copy.xlsx"))
    area, first = Area(1, 2, 3, 4), Area(1, 1, 1, 1)
    assert office.asked == [
        ("Lock", area), ("Lock", first, {"color": [1, 2, 3], "bold": True}), Path("/tmp/copy.xlsx")
    ]  # fmt: skip


def test_what_libreoffice_refuses_is_said_and_the_talk_goes_on(talk: tuple[OpenInOffice, Office]) -> None:
    book, _ = talk
    with pytest.raises(OfficeRefused, match="no such sheet"):
        book.remove("Nowhere")
    assert book.used("Lock") == Range(1, 1, 3, 9)
    with pytest.raises(OfficeRefused):
        book._call("__class__")


def test_an_end_without_answer_is_a_sentence() -> None:
    with pytest.raises(OfficeGone, match="LibreOffice does not answer any more"):
        OpenInOffice(io.BytesIO(), io.BytesIO())


def test_every_call_of_the_macros_can_be_answered() -> None:
    calls = {name for name in vars(OfficeDocument) if not name.startswith("_")} - {"path"}
    assert calls - vars(LibreOffice).keys() == set()


# ---- the command


def test_a_place_without_libreoffice_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install-libreoffice", "--program", str(tmp_path)]) == 5
    assert "give the folder with LibreOffice's programs" in capsys.readouterr().err


def stand_in(folder: Path, script: str) -> Path:
    """Return a folder whose unopkg is this script of the shell."""
    folder.mkdir(exist_ok=True)
    tool = folder / ("unopkg.com" if sys.platform == "win32" else "unopkg")
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("says", "advice"),
    [
        ("ERROR: unopkg cannot be started", "Close every window of LibreOffice, then run the command again."),
        ("The lock file indicates it as already running", "Close every window of LibreOffice"),
        ("C++ code threw St9bad_alloc: std::bad_alloc", "LibreOffice could not start its own Python"),
        ("ERROR: no space left on device", "the fault lies in LibreOffice"),
        ("", "the fault lies in LibreOffice"),
    ],
)
def test_what_the_tool_says_is_told_with_what_to_do(
    says: str, advice: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = stand_in(tmp_path, f"echo '{says}' >&2; exit 1")
    assert main(["install-libreoffice", "--program", str(program)]) == 5
    said = capsys.readouterr().err
    assert (says or "exit code 1") in said
    assert advice in said
    assert ("Close every window" in said) == advice.startswith("Close every window")


@pytest.mark.skipif(sys.platform == "win32", reason="a script of the shell stands in for unopkg")
@pytest.mark.parametrize("place", ["venv/bin", ".pyenv/shims", ".pyenv/versions/3.12/bin", "conda/bin"])
@pytest.mark.parametrize("words", [["install-libreoffice"], ["install-libreoffice", "--uninstall"]])
def test_libreoffice_sees_nothing_of_the_python_that_runs_here(
    words: list[str], place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own Python takes the first python3 of PATH for its home, and ends with std::bad_alloc."""
    other, tools = tmp_path / place, tmp_path / "tools"
    other.mkdir(parents=True)
    tools.mkdir()
    (other / "python3").symlink_to(sys.executable)
    own = Path(sys.prefix) / "bin"
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, (other, own, tools))))
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PYENV_VERSION", "CONDA_PREFIX"):
        monkeypatch.setenv(name, str(other.parent))
    monkeypatch.setenv("LANG", "C.UTF-8")
    program = stand_in(tmp_path / "program", f"env > '{tmp_path}/seen'")
    assert main([*words, "--program", str(program)]) == 0
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "seen").read_text().splitlines())
    folders = seen["PATH"].split(os.pathsep)
    assert folders[0] == str(tools)
    assert set(folders[1:]) == set(os.defpath.split(os.pathsep))
    assert seen["LANG"] == "C.UTF-8"
    assert [name for name in seen if name.startswith(("PYTHON", "VIRTUAL_ENV", "PYENV", "CONDA"))] == []


@pytest.mark.long
@pytest.mark.skipif(bool(not_installed(("unopkg", "setpriv"))), reason="LibreOffice is not installed")
def test_in_and_out_of_a_profile(tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        where = ["--profile", f"{name}/profile"]
        if os.geteuid() == 0:
            where += ["--program", str(program_for_root(Path(name)))]
        assert main(["install-libreoffice", *where]) == 0
        assert f"they call {sys.executable}" in capsys.readouterr().out
        assert list(Path(name).rglob("buttons.py"))
        assert main(["install-libreoffice", *where]) == 0, "once more, in the place of the first"
        capsys.readouterr()
        assert main(["install-libreoffice", "--uninstall", *where]) == 0
        assert "taken out" in capsys.readouterr().out
        assert main(["install-libreoffice", "--uninstall", *where]) == 0
        assert "does not have the macros" in capsys.readouterr().out
