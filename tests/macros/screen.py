"""A screen without a monitor, LibreOffice on it, a mouse and a keyboard.

In      a workbook.
Out     Screen: click a button by its name, type into cells, see which windows are open, take pictures.
Errors  Missing where a program is not installed.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invclose_xl.workbook.cell_reference import Range as Area
from tests.macros.libreoffice import LibreOffice, desktop

PROGRAMS = ("soffice", "Xvfb", "xdotool", "openbox")
WIDTH, HEIGHT = 1500, 900
NOW = 1770109200
"""2026-02-03 09:00 UTC"""
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Layout/Line"><prop oor:name="PageBreak" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Setup/Product"><prop oor:name="ooSetupLastVersion" oor:op="fuse"><value>7.4</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="LastCompatibilityCheckID" oor:op="fuse"><value>x</value></prop></item>
</oor:items>
"""  # noqa: E501 - the registry's own form


class Missing(Exception):
    """A program that the screen needs is not installed."""


def missing() -> str:
    """Return what is not installed; '' where everything is."""
    programs = [program for program in PROGRAMS if shutil.which(program) is None]
    try:
        from tests.macros.libreoffice import bridge

        bridge()
    except ImportError:
        programs.append("python3-uno for this Python")
    return ", ".join(programs)


def until(what: str, is_so: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for something; return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = is_so()
        except Exception:  # not there yet, whatever it says
            found = None
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(what)


class Screen:
    """LibreOffice with one workbook, on a screen of its own."""

    def __init__(self, book: Path, folder: Path) -> None:
        self.book, self.folder = book, folder
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Screen":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        profile = self.folder / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, "utf-8")
        launcher = self.folder / "run.sh"
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("press.py")}" "$1"\n')
        launcher.chmod(0o755)
        self.log = self.folder / "pressed.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        reading, writing = os.pipe()
        self._run("Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as told:
            display = f":{told.readline().strip()}"
        self.environment = {
            **os.environ, "DISPLAY": display, "INVCLOSE_XL_RUN": str(launcher), "INVCLOSE_XL_PORT": str(self.port),
            "INVCLOSE_XL_LOG": str(self.log), "SOURCE_DATE_EPOCH": str(NOW), "SAL_USE_VCLPLUGIN": "gen",
            "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        self._run("openbox")
        self._run(
            "soffice", "--norestore", "--nologo", "--nodefault", f"-env:UserInstallation={profile.as_uri()}",
            f"--accept=socket,host=127.0.0.1,port={self.port};urp;", "--calc", str(self.book),
        )  # fmt: skip
        until("LibreOffice opens the workbook", lambda: self._connect(), 120)
        window = until("its window", lambda: self.windows(self.book.name), 60)[-1]
        self._xdotool("windowmove", window, "0", "0", "windowsize", window, str(WIDTH), str(HEIGHT))
        self.window = window
        time.sleep(1.5)

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._started):
            if process.poll() is None:
                process.terminate()
        for process in self._started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def _run(self, *command: str, **options: Any) -> None:
        environment = getattr(self, "environment", None)
        self._started.append(
            subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                **options,
            )
        )  # fmt: skip

    def _connect(self) -> bool:
        self.desktop, context = desktop(self.port)
        document = self.desktop.CurrentComponent
        if document is None or not document.URL.endswith(self.book.name):
            return False
        self.document = LibreOffice(document, context)
        return True

    # ---- hands and eyes

    def _xdotool(self, *words: str) -> str:
        run = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False)
        return run.stdout

    def windows(self, title: str) -> list[str]:
        """Return the open windows of a title."""
        return self._xdotool("search", "--onlyvisible", "--name", title).split()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self._xdotool("key", key)
            time.sleep(0.15)

    def type(self, sheet: str, cell: str, text: str, keep_anyway: str = "") -> None:
        """Go to a cell and type into it, ending with Enter; ``keep_anyway`` is the title of a warning to say Yes to."""
        self.go(sheet, cell)
        self._xdotool("windowfocus", "--sync", self.window)
        self._xdotool("type", "--delay", "25", "--", text)
        time.sleep(0.2)
        self.press("Return")
        time.sleep(0.8)
        if keep_anyway and self.windows(f"^{keep_anyway}$"):
            self.answer(keep_anyway, "alt+o")

    def go(self, sheet: str, cell: str = "A1") -> None:
        """Show a cell."""
        area = Area.parse(cell)
        assert area is not None
        self.document.activate(sheet)
        self.document.select(sheet, area)
        time.sleep(0.3)

    def click(self, caption: str) -> None:
        """Click a button of the sheet in front with the mouse."""
        x, y = until(f"button {caption}", lambda: self._middle_of(caption), 20)
        self._xdotool("mousemove", str(x), str(y))
        time.sleep(0.3)
        self._xdotool("click", "1")

    def _middle_of(self, caption: str) -> tuple[int, int] | None:
        controller = self.document.document.CurrentController
        forms = controller.ActiveSheet.DrawPage.Forms
        for form in (forms.getByIndex(i) for i in range(forms.Count)):
            for model in (form.getByIndex(i) for i in range(form.Count)):
                if model.Label == caption:
                    seen = controller.getControl(model).AccessibleContext
                    at, size = seen.getLocationOnScreen(), seen.getSize()
                    return at.X + size.Width // 2, at.Y + size.Height // 2
        return None

    def dialog(self, title: str, seconds: float = 60) -> str:
        """Wait for a dialog; return its window."""
        found = until(f"dialog {title}; so far {self.pressed()}", lambda: self.windows(f"^{title}$"), seconds)
        time.sleep(0.5)
        return str(found[-1])

    def answer(self, title: str, key: str = "Return", seconds: float = 60) -> None:
        """Wait for a dialog and press a key in it."""
        window = self.dialog(title, seconds)
        self._xdotool("windowfocus", "--sync", window)
        self.press(key)
        until("the dialog closes", lambda: window not in self.windows(f"^{title}$"), 20)

    def press_button(self, caption: str, title: str, see: Callable[[int], None] = lambda _dialog: None) -> float:
        """Click a button, say Yes and OK to what it asks and tells; return the seconds until its last dialog.

        ``see`` is called with 1, 2, … while each dialog is open.
        """
        before, start, dialogs, seconds = len(self.pressed()), time.monotonic(), 0, 0.0
        waited = 0.0
        self.click(caption)
        while len(self.pressed()) == before:
            found = until(
                f"{caption}: a dialog, or its end",
                lambda: self.windows(f"^{title}$") or len(self.pressed()) > before,
                180,
            )
            if found is True:
                break
            seconds, dialogs, asked = time.monotonic() - start - waited, dialogs + 1, time.monotonic()
            time.sleep(0.5)
            see(dialogs)
            self._xdotool("windowfocus", "--sync", found[-1])
            self.press("alt+y")
            if found[-1] in self.windows(f"^{title}$"):
                self.press("Return")
            until("the dialog closes", lambda window=found[-1]: window not in self.windows(f"^{title}$"), 20)  # type: ignore[misc]
            waited += time.monotonic() - asked
        return seconds

    def pressed(self) -> list[str]:
        """Return what the buttons have run so far."""
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []

    def picture(self, path: Path) -> None:
        """Take a picture of the screen; needs ImageMagick."""
        self._xdotool("mousemove", str(WIDTH - 5), str(HEIGHT - 200))
        time.sleep(0.7)
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment, check=True)
