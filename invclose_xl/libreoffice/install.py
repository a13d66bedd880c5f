"""The extension into LibreOffice, and out again, by LibreOffice's own tool unopkg.

In      the Python that the buttons shall call; optionally where LibreOffice's programs and a profile lie.
Out     what was done.
Errors  BookUnusable: LibreOffice is not found, is open, or its tool says no.
Source  WORKBOOK "Command line" (install-libreoffice); ``unopkg --help``.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.libreoffice.extension import IDENTIFIER, extension

PROGRAMS = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice*/program",
    "/snap/libreoffice/current/lib/libreoffice/program",
    "/Applications/LibreOffice.app/Contents/MacOS",
)
PATIENCE = 300
NEEDED = "the package xlwings: in the folder of invclose-xl, enter pip install '.[excel]'"


def install(version: str, python: str | None = None, program: Path | None = None, profile: Path | None = None) -> str:
    """Register the extension with LibreOffice, in the place of an older one; return the Python it calls."""
    if python is None and find_spec("xlwings") is None:
        raise BookUnusable(f"The buttons need {NEEDED}")
    tool, called = _tool(program), python or sys.executable
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # nothing in it is secret, and the tool may run as another user
        file = Path(folder) / "invclose-xl.oxt"
        file.write_bytes(extension(called, version))
        _run(tool, ("add", "--force", "--suppress-license"), profile, str(file))
    return called


def uninstall(program: Path | None = None, profile: Path | None = None) -> bool:
    """Take the extension out of LibreOffice; say whether it was there."""
    tool = _tool(program)
    if IDENTIFIER not in _run(tool, ("list",), profile):
        return False
    _run(tool, ("remove",), profile, IDENTIFIER)
    return True


def _tool(program: Path | None) -> Path:
    """Return LibreOffice's tool for extensions."""
    names = ("unopkg.com", "unopkg.exe") if sys.platform == "win32" else ("unopkg",)
    for folder in [program] if program is not None else _places():
        for name in names:
            if (folder / name).is_file():
                return folder / name
    if program is not None:
        raise BookUnusable(f"{program} has no {names[0]}: give the folder with LibreOffice's programs (soffice).")
    raise BookUnusable(
        "LibreOffice was not found. Install it; where it is in a place of its own, give --program the folder with "
        "soffice and unopkg."
    )


def _places() -> Iterator[Path]:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found:
        yield Path(found).resolve().parent
        yield Path(found).parent
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)"):
        if os.environ.get(variable):
            yield Path(os.environ[variable]) / "LibreOffice" / "program"
    for place in PROGRAMS:
        yield from Path("/").glob(place.lstrip("/"))


def _run(tool: Path, words: Sequence[str], profile: Path | None, last: str = "") -> str:
    """Run the tool and return what it says."""
    command = [str(tool), *words]
    if profile is not None:
        command.append(f"-env:UserInstallation={profile.absolute().as_uri()}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        run = subprocess.run(
            [*command, *([last] if last else [])], capture_output=True, text=True, check=False, timeout=PATIENCE,
            env=environment, stdin=subprocess.DEVNULL, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise BookUnusable(f"{tool} could not be run ({fault}).") from fault
    if run.returncode != 0 and "as root" in run.stderr:
        raise BookUnusable(
            "LibreOffice adds no extension for the user root: run the command as the user who works with the workbook."
        )
    if run.returncode != 0:
        said = " ".join((run.stderr or run.stdout).split())[-300:]
        raise BookUnusable(
            f"LibreOffice did not take the change ({said or f'exit code {run.returncode}'}). Close every window of "
            "LibreOffice, then run the command again."
        )
    return run.stdout
