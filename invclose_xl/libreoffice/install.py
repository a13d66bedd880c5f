"""The extension into LibreOffice, and out again, by LibreOffice's own tool unopkg.

In      the Python that the buttons shall call; optionally where LibreOffice's programs and a profile lie.
Out     what was done.
Errors  BookUnusable: LibreOffice is not found, or its tool says no: because it is open, for root, or as it says itself.
Source  WORKBOOK "Command line" (install-libreoffice); ``unopkg --help``.
"""

import os
import re
import shlex
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
SHOWN = 300
SYSTEM = {"/usr/bin", "/bin", "/usr/sbin", "/sbin"}
"""folders of PATH that stay whatever they hold: the Python there is the one that LibreOffice was built for"""
IS_OPEN = re.compile(r"already running|lock file|unopkg cannot be started|concurrent", re.IGNORECASE)
OF_PYTHON = re.compile(r"bad_alloc|pyuno|python", re.IGNORECASE)
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
    try:
        run = subprocess.run(
            [*command, *([last] if last else [])], capture_output=True, text=True, check=False, timeout=PATIENCE,
            env=clean_environment(), stdin=subprocess.DEVNULL, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise BookUnusable(f"{tool} could not be run ({fault}).") from fault
    if run.returncode != 0 and "as root" in run.stderr:
        raise BookUnusable(
            "LibreOffice adds no extension for the user root: run the command as the user who works with the workbook."
        )
    if run.returncode != 0:
        said = " ".join((run.stderr or run.stdout).split())[-SHOWN:]
        raise BookUnusable(
            f"LibreOffice did not take the change ({said or f'exit code {run.returncode}'}). "
            f"{_advise(run.stdout + run.stderr, [str(tool), *words])}"
        )
    return run.stdout


def _advise(said: str, command: Sequence[str]) -> str:
    """Return what to do about what the tool said."""
    if IS_OPEN.search(said):
        return "Close every window of LibreOffice, then run the command again."
    if OF_PYTHON.search(said):
        return (
            "LibreOffice could not start its own Python: install the part of LibreOffice that has it (Debian and "
            "Ubuntu: the packages python3-uno and libreoffice-script-provider-python), then run the command again "
            f"from a terminal where {shlex.join((command[0], 'list'))} works."
        )
    return (
        "If LibreOffice is open, close it and run the command again. Otherwise the fault lies in LibreOffice: see "
        f"whether {shlex.join((command[0], 'list'))} works in a terminal."
    )


def clean_environment() -> dict[str, str]:
    """Return the environment without anything of the Python that runs here.

    LibreOffice brings a Python of its own, which takes the first ``python3`` of PATH for its home: that of a virtual
    environment, of pyenv or conda has not what LibreOffice needs, and it ends with std::bad_alloc.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("PYTHON", "VIRTUAL_ENV", "PYENV_", "CONDA_", "_PYTHON", "__PYVENV"))
    }
    kept = [folder for folder in os.get_exec_path(os.environ) if folder and not _holds_python(Path(folder))]
    kept += [folder for folder in os.defpath.split(os.pathsep) if folder not in kept]
    return {**environment, "PATH": os.pathsep.join(kept)}


def _holds_python(folder: Path) -> bool:
    """Return whether a folder of PATH is not the system's and has a Python that LibreOffice would take for its own."""
    if str(folder) in SYSTEM:
        return False
    own = {Path(prefix) / place for prefix in (sys.prefix, sys.exec_prefix) for place in ("", "bin", "Scripts")}
    names = ("python", "python3", "python.exe", "python3.exe")
    return folder in own or any((folder / name).exists() for name in names)
