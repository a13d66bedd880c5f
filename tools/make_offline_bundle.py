"""Make a zip from which invclose-xl is installed on a computer without internet, for Windows as it is asked for there.

    python tools/make_offline_bundle.py --output invclose-xl-windows.zip                   # Windows, Python 3.12
    python tools/make_offline_bundle.py --platform manylinux_2_28_x86_64 --python 3.11 --output here.zip

In      the repository, and the package index that pip is set up with.
Out     a zip: wheels of the package and of everything it needs (with the Excel buttons), ``install`` and ``close``
        scripts for the platform, the template, the January example, README.txt, SHA256SUMS.txt.
Errors  what pip says where a package has no wheel for the platform; no zip is written then.

pip chooses by the computer it runs on what a package needs (``colorama`` on Windows only). So needs are followed here:
the markers in each wheel, read for the platform that is asked for.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parent.parent
EXTRA = "excel"
ENVIRONMENTS = {
    "win_amd64": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    "manylinux_2_28_x86_64": {
        "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64",
    },
}  # fmt: skip
OLDER = {"manylinux_2_28_x86_64": ("manylinux_2_17_x86_64", "manylinux2014_x86_64")}
"""further platforms whose wheels run there, too"""

INSTALL_CMD = """@echo off
rem Installs invclose-xl into the folder "venv" beside this file. Needs Python {python} from python.org, no internet.
cd /d "%~dp0"
py -{python} -m venv venv || goto failed
venv\\Scripts\\python -m pip install --no-index --find-links wheels "invclose-xl[{extra}]" || goto failed
echo.
echo Installed. Drag a workbook onto close.cmd, or open inventory-close.xlsm.
pause
exit /b 0
:failed
echo.
echo It did not work. Is Python {python} (64 bit) installed? Type:  py --list
pause
exit /b 1
"""
CLOSE_CMD = """@echo off
rem Closes the workbook that is dragged onto this file; with other words behind it, any command of invclose-xl.
"%~dp0venv\\Scripts\\invclose-xl" %*
pause
"""
INSTALL_SH = """#!/bin/sh
# Installs invclose-xl into the folder "venv" beside this file. Needs Python {python}, no internet.
set -e
cd "$(dirname "$0")"
python{python} -m venv venv
venv/bin/python -m pip install --no-index --find-links wheels "invclose-xl[{extra}]"
echo "Installed. ./close.sh BOOK.xlsx closes a workbook."
"""
CLOSE_SH = """#!/bin/sh
# Closes a workbook; with other words behind it, any command of invclose-xl.
exec "$(dirname "$0")/venv/bin/invclose-xl" "$@"
"""
README = """invclose-xl {version}, for a computer without internet

1. Install Python {python} (64 bit) from python.org, if it is not there.
2. {install}: installs into the folder "venv" beside it, from the folder "wheels". Nothing else is changed.
3. {close}: closes a workbook. Try it with a copy of january.xlsx.
   inventory-close.xlsm is an empty workbook with the buttons.

To remove it, delete the folder. SHA256SUMS.txt has the check sums of all files.
The manual: docs in the repository, {repository}
"""


def download(names: list[str], folder: Path, python: str, platform: str) -> None:
    """Fetch the wheels of some requirements for the platform, without what these need."""
    platforms = [word for name in (platform, *OLDER.get(platform, ())) for word in ("--platform", name)]
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *platforms,
         "--python-version", python, "--constraint", ROOT / "constraints.txt", "--dest", folder, *names)  # fmt: skip


def _run(*command: object) -> None:
    done = subprocess.run(list(map(str, command)), check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}")


def needs(wheel: Path, extras: set[str], environment: dict[str, str]) -> Iterator[Requirement]:
    """Return what a wheel needs on a platform."""
    with zipfile.ZipFile(wheel) as package:
        (metadata,) = (n for n in package.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1)
        stated = HeaderParser().parsestr(package.read(metadata).decode())
    for text in stated.get_all("Requires-Dist", []):
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate(environment | {"extra": extra}) for extra in {"", *extras}):
            yield requirement


def fetch_all(folder: Path, python: str, platform: str) -> None:
    """Fetch what the package needs, and what that needs, until nothing is missing."""
    environment = {
        **ENVIRONMENTS[platform], "python_version": python, "python_full_version": f"{python}.0",
        "implementation_name": "cpython", "platform_python_implementation": "CPython",
    }  # fmt: skip
    extras: dict[str, set[str]] = {"invclose-xl": {EXTRA}}
    done: set[tuple[str, frozenset[str]]] = set()
    while True:
        wanted: dict[str, str] = {}
        there = {canonicalize_name(parse_wheel_filename(w.name)[0]): w for w in sorted(folder.glob("*.whl"))}
        for name, wheel in there.items():
            asked = extras.get(name, set())
            if (name, frozenset(asked)) in done:
                continue
            done.add((name, frozenset(asked)))
            for requirement in needs(wheel, asked, environment):
                key = canonicalize_name(requirement.name)
                extras.setdefault(key, set()).update(requirement.extras)
                if key not in there:
                    wanted[key] = f"{requirement.name}{requirement.specifier}"
        if wanted:
            download(list(wanted.values()), folder, python, platform)
        elif all((name, frozenset(extras.get(name, set()))) in done for name in there):
            return


def scripts(python: str, platform: str) -> dict[str, str]:
    """Return the scripts and the page that lie beside the wheels, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    words = {
        "python": python,
        "extra": EXTRA,
        "version": project["version"],
        "repository": project["urls"]["Repository"],
    }
    if platform.startswith("win"):
        steps = {"install": "Double-click install.cmd", "close": "Drag a workbook onto close.cmd"}
        texts = {"install.cmd": INSTALL_CMD, "close.cmd": CLOSE_CMD}
    else:
        steps = {"install": "Run sh install.sh", "close": "Run sh close.sh BOOK.xlsx"}
        texts = {"install.sh": INSTALL_SH, "close.sh": CLOSE_SH}
    texts = {name: text.format(**words) for name, text in texts.items()} | {
        "README.txt": README.format(**words, **steps)
    }
    return {n: t.replace("\n", "\r\n") if platform.startswith("win") else t for n, t in texts.items()}


def write_bundle(output: Path, wheels: Path, python: str, platform: str) -> None:
    """Put wheels, scripts and books into the zip, with their check sums."""
    books = (ROOT / "templates" / "inventory-close.xlsm", ROOT / "examples" / "january.xlsx")
    files = {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in sorted(wheels.glob("*.whl"))}
    files |= {book.name: book.read_bytes() for book in books}
    files |= {name: text.encode() for name, text in scripts(python, platform).items()}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in {**files, "SHA256SUMS.txt": sums.encode()}.items():
            bundle.writestr(f"invclose-xl/{name}", data)


def main() -> None:
    """Make the bundle that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--platform", choices=list(ENVIRONMENTS), default="win_amd64")
    parser.add_argument("--python", default="3.12")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder)
        _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, ROOT)
        fetch_all(wheels, asked.python, asked.platform)
        write_bundle(asked.output, wheels, asked.python, asked.platform)
    print(f"{asked.output}: {asked.output.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
