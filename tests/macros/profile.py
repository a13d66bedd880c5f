"""A profile of LibreOffice with the extension in it, made by ``install``; never the profile of this machine's user.

In      where it shall lie; the Python that the buttons call.
Out     the profile. Where the tests run as root, for whom LibreOffice adds nothing, its tool runs as another user.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from invclose_xl import __version__
from invclose_xl.libreoffice.install import install

NOBODY = 65534


def installed(profile: Path, python: str) -> None:
    """Make the profile: LibreOffice is started once, so that it is one that was used, and then gets the extension."""
    if os.geteuid():
        begun("soffice", profile)
        install(__version__, python, profile=profile)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program, made = program_for_root(folder), folder / "profile"
        begun(str(program / "soffice"), made)
        install(__version__, python, program, made)
        shutil.copytree(made, profile)
    for path in (profile, *profile.rglob("*")):
        os.chown(path, 0, 0)


def begun(soffice: str, profile: Path) -> None:
    """Start LibreOffice with a new profile, and let it end at once."""
    where = f"-env:UserInstallation={profile.as_uri()}"
    command = [soffice, "--headless", "--norestore", "--terminate_after_init", where]
    subprocess.run(command, capture_output=True, check=True, timeout=120)


def program_for_root(folder: Path) -> Path:
    """Return a folder with LibreOffice's programs, run as a user who is not root; the folder is that user's."""
    os.chown(folder, NOBODY, NOBODY)
    folder.chmod(0o755)
    who = f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups env HOME={folder}"
    for name in ("unopkg", "soffice"):
        script = folder / name
        script.write_text(f'#!/bin/sh\ncd /\nexec {who} "{shutil.which(name)}" "$@"\n')
        script.chmod(0o755)
    return folder
