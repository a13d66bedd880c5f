"""LibreOffice with one workbook on a screen of its own: buttons clicked with the mouse, cells typed into by keyboard.

The profile is a new one in the test's folder, with the extension as ``install-libreoffice`` puts it there; the Python
that the buttons call notes when it begins and ends (``press``).

Nothing here waits for a fixed time and hopes: every act is looked at, and repeated where it had no effect, because a
busy machine loses clicks and keys.

In      a workbook.
Out     Screen: click a button by its caption, answer what it asks, type into cells, take pictures.
Errors  TimeoutError where something does not happen.
"""

import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from invclose_xl.libreoffice.in_office.document import LibreOffice
from invclose_xl.workbook.package.cell_reference import Range as Area
from tests.macros.bridge import bridge, desktop
from tests.macros.display import HEIGHT, PATIENCE, WIDTH, Display, not_installed, until
from tests.macros.profile import installed

NOW = 1770109200
"""2026-02-03 09:00 UTC"""
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="AutoSave" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Input"><prop oor:name="AutoInput" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Layout/Line"><prop oor:name="PageBreak" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Setup/Product"><prop oor:name="ooSetupLastVersion" oor:op="fuse"><value>7.4</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="LastCompatibilityCheckID" oor:op="fuse"><value>x</value></prop></item>
</oor:items>
"""  # noqa: E501 - the registry's own form
ALERT, DIALOG, PUSH_BUTTON, TEXTS = 1, 12, 44, (30, 86)
"""Roles of com.sun.star.accessibility.AccessibleRole."""
OF_THE_SYSTEM = "/usr/local/bin:/usr/bin:/bin"
"""LibreOffice's Python takes its library from the first python3 on the path, which must not be another version's."""
LOST = 10.0
"""Seconds after which a click that nobody noticed is repeated."""


def missing() -> str:
    """Return what is not installed; '' where everything is."""
    programs = not_installed(("soffice",)) + not_installed()
    try:
        bridge()
    except ImportError:
        programs.append("python3-uno for this Python")
    return ", ".join(programs)


@dataclass(frozen=True)
class Dialog:
    """What the application asks or tells."""

    title: str
    text: str
    buttons: dict[str, tuple[int, int]]
    """caption -> its middle on the screen"""


@dataclass
class Pressed:
    """How the press of a button went."""

    seconds: float = 0.0
    """from the click to the last dialog, without the time of answering"""
    said: list[str] = field(default_factory=list)


class Screen:
    """LibreOffice with one workbook, on a screen of its own."""

    def __init__(self, book: Path, folder: Path, *, is_installed: bool = True) -> None:
        self.book, self.folder, self.is_installed = book, folder, is_installed

    def __enter__(self) -> "Screen":
        self.display = Display()
        try:
            self._start()
        except BaseException:
            self.display.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.display.close()

    def _start(self) -> None:
        profile = self.folder / "profile"
        launcher = self.folder / "python.sh"
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("press.py")}" "$@"\n')
        launcher.chmod(0o755)
        if self.is_installed:
            installed(profile, str(launcher))
        (profile / "user").mkdir(parents=True, exist_ok=True)
        (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, "utf-8")
        self.log = self.folder / "pressed.log"
        self.log.touch()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.display.environment |= {
            "INVCLOSE_XL_LOG": str(self.log), "SOURCE_DATE_EPOCH": str(NOW), "LOGNAME": "Ann",
            "SAL_USE_VCLPLUGIN": "gen", "LC_ALL": "C.UTF-8", "PATH": OF_THE_SYSTEM,
        }  # fmt: skip
        self.office = self.display.run(
            "soffice", "--norestore", "--nologo", "--nodefault", f"-env:UserInstallation={profile.as_uri()}",
            f"--accept=socket,host=127.0.0.1,port={self.port};urp;", "--calc", str(self.book),
        )  # fmt: skip
        until("LibreOffice opens the workbook", self._connect)
        self.window = until("its window", lambda: self.display.windows(self.book.name))[-1]
        until("it fills the screen", self._fills)

    def _connect(self) -> bool:
        front, context = desktop(self.port)
        document = document_of(front, self.book.name)
        if document is None or document.CurrentController is None:
            return False
        self.document = LibreOffice(document, context)
        return True

    def _fills(self) -> bool:
        place = self.document.document.CurrentController.Frame.ContainerWindow.getPosSize()
        if place.Width >= WIDTH - 20 and place.Height >= HEIGHT - 60:
            return True
        move = ("windowmove", self.window, "0", "0", "windowsize", self.window, str(WIDTH), str(HEIGHT))
        self.display.xdotool(*move)
        time.sleep(0.3)
        return False

    # ---- cells

    def go(self, sheet: str, cell: str = "A1") -> None:
        """Show a cell."""
        area = Area.parse(cell)
        assert area is not None

        def is_there() -> bool:
            self.document.activate(sheet)
            self.document.select(sheet, area)
            return self.document.selected() == f"{sheet}!{area}"

        until(f"{sheet}!{cell} is shown", is_there, 30)

    def type(self, sheet: str, cell: str, text: str, keep_anyway: str = "") -> None:
        """Go to a cell and type into it, ending with Enter; ``keep_anyway`` is the title of a warning to say OK to."""

        def is_typed() -> bool:
            self._type(sheet, cell, text)
            end = time.monotonic() + LOST
            while time.monotonic() < end:
                if self.shown(sheet, cell) == text and not self.dialogs():
                    return True
                for dialog in self.dialogs():
                    if dialog.title == keep_anyway:
                        self.answer(dialog, "OK")
                time.sleep(0.1)
            return False

        until(f"{sheet}!{cell} holds {text}", is_typed)

    def type_refused(self, sheet: str, cell: str, text: str) -> Dialog:
        """Type what the application will not take; return what it says, still open."""

        def refused() -> Dialog | None:
            self._type(sheet, cell, text)
            try:
                return until("it is refused", lambda: next(iter(self.dialogs()), None), LOST)  # type: ignore[no-any-return]
            except TimeoutError:
                return None

        return until(f"{text} in {sheet}!{cell} is refused", refused)  # type: ignore[no-any-return]

    def _type(self, sheet: str, cell: str, text: str) -> None:
        self.display.focus(self.window)
        self.display.press("Escape")
        self.go(sheet, cell)
        self.display.focus(self.window)
        self.display.type(text)
        self.display.press("Return")

    def shown(self, sheet: str, cell: str) -> str:
        """Return what a cell shows."""
        area = Area.parse(cell)
        assert area is not None
        return str(self.document.text(sheet, area))

    # ---- dialogs

    def dialogs(self) -> list[Dialog]:
        """Return the open dialogs."""
        service = self.document.context.ServiceManager
        toolkit = service.createInstanceWithContext("com.sun.star.awt.Toolkit", self.document.context)
        found = []
        for position in range(toolkit.getTopWindowCount()):
            try:
                seen = toolkit.getTopWindow(position).AccessibleContext
                if seen.getAccessibleRole() in (ALERT, DIALOG):
                    found.append(_dialog(seen))
            except Exception:  # a window that goes away while it is looked at
                continue
        return [dialog for dialog in found if dialog.buttons]

    def answer(self, dialog: Dialog, caption: str) -> None:
        """Click a button of a dialog until the dialog is gone."""

        def is_gone() -> bool:
            now = [one for one in self.dialogs() if (one.title, one.text) == (dialog.title, dialog.text)]
            if not now:
                return True
            for window in self.display.windows(f"^{dialog.title}$"):
                self.display.xdotool("windowactivate", window)
            self.display.click(*now[0].buttons[caption])
            end = time.monotonic() + 3
            while time.monotonic() < end:
                if not any((one.title, one.text) == (dialog.title, dialog.text) for one in self.dialogs()):
                    return True
                time.sleep(0.1)
            return False

        until(f"the dialog {dialog.title!r} closes", is_gone)

    # ---- buttons

    def press_button(
        self, caption: str, see: Callable[[int], None] = lambda _dialog: None, *, say: str = "Yes"
    ) -> Pressed:
        """Click a button of the sheet in front, answer what it asks, and return when it is through.

        ``see`` is called with 1, 2, … while each dialog is open.
        """
        went, paused = Pressed(), 0.0
        ended = len(self._lines("end"))
        start = self._click_button(caption)

        def next_thing() -> Dialog | str | None:
            return next(iter(self.dialogs()), None) or (len(self._lines("end")) > ended and "end")

        while isinstance(dialog := until(f"{caption}: a dialog, or its end", next_thing, 2 * PATIENCE), Dialog):
            asked = time.monotonic()
            went.seconds = asked - start - paused
            went.said.append(dialog.text)
            see(len(went.said))
            self.answer(dialog, say if say in dialog.buttons else "OK")
            paused += time.monotonic() - asked
        faults = [line for line in self.log.read_text("utf-8").splitlines() if line.startswith("fault")]
        assert not faults, faults
        return went

    def _click_button(self, caption: str) -> float:
        """Click until the button's command has started; return the time of the click that did it."""
        started = len(self._lines("start"))
        for _ in range(6):
            self.display.focus(self.window)
            x, y = until(f"button {caption}", lambda: self._middle_of(caption), 30)
            at = time.monotonic()
            self.display.click(x, y)
            try:
                until("it starts", lambda: len(self._lines("start")) > started, LOST)
            except TimeoutError:
                continue
            return at
        raise TimeoutError(f"{caption} was clicked, and nothing started")

    def click_for_dialog(self, caption: str) -> Dialog:
        """Click a button whose Python is not there, until it says so."""
        for _ in range(6):
            self.display.focus(self.window)
            self.display.click(*until(f"button {caption}", lambda: self._middle_of(caption), 30))
            try:
                return until("it says something", lambda: next(iter(self.dialogs()), None), LOST)  # type: ignore[no-any-return]
            except TimeoutError:
                continue
        raise TimeoutError(f"{caption} was clicked, and nothing was said")

    def _middle_of(self, caption: str) -> tuple[int, int] | None:
        """Return where a button is, once it stays there."""
        places = []
        for _ in range(2):
            places.append(self._place_of(caption))
            time.sleep(0.1)
        return places[0] if places[0] == places[1] else None

    def _place_of(self, caption: str) -> tuple[int, int] | None:
        controller = self.document.document.CurrentController
        forms = controller.ActiveSheet.DrawPage.Forms
        for form in (forms.getByIndex(i) for i in range(forms.Count)):
            for model in (form.getByIndex(i) for i in range(form.Count)):
                if model.Label == caption:
                    return _middle(controller.getControl(model).AccessibleContext)
        return None

    def _lines(self, kind: str) -> list[str]:
        return [line for line in self.log.read_text("utf-8").splitlines() if line.startswith(kind)]

    def ends(self) -> list[str]:
        """Return how long each press took Python."""
        return self._lines("end")

    # ---- other books

    def other(self, name: str) -> LibreOffice:
        """Return a workbook that a button opened, its window over the whole screen."""
        found = until(f"{name} is open", lambda: document_of(desktop(self.port)[0], name))
        window = until("its window", lambda: self.display.windows(name))[-1]
        self.display.xdotool("windowmove", window, "0", "0", "windowsize", window, str(WIDTH), str(HEIGHT))
        self.display.focus(window)
        return LibreOffice(found, self.document.context)

    def close_others(self) -> list[str]:
        """Close what the buttons opened beside the workbook; return the names."""
        names = []
        for other in self.document.documents():
            if not other.URL.endswith("/" + self.book.name):
                names.append(unquote(other.URL.rsplit("/", 1)[-1]))
                other.close(True)
        return names

    def seconds_of_office(self) -> float:
        """Return how much of the processor LibreOffice has used so far; 0 where that is not told."""
        ticks = 0
        for group in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = group.read_text("utf-8").rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == self.office.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def document_of(front: Any, name: str) -> Any:
    """Return the open document of a file name."""
    each = front.Components.createEnumeration()
    while each.hasMoreElements():
        document = each.nextElement()
        if document.URL.endswith("/" + name):
            return document
    return None


def _dialog(seen: Any) -> Dialog:
    texts: list[str] = []
    buttons: dict[str, tuple[int, int]] = {}
    waiting = [seen]
    while waiting:
        part = waiting.pop(0)
        role, name = part.getAccessibleRole(), part.getAccessibleName()
        if role == PUSH_BUTTON:
            buttons[name.replace("~", "")] = _middle(part)
        elif role in TEXTS:
            texts.append(name)
        children = range(part.getAccessibleChildCount())
        waiting += [part.getAccessibleChild(i).getAccessibleContext() for i in children]
    return Dialog(seen.getAccessibleName(), "\n".join(texts), buttons)


def _middle(seen: Any) -> tuple[int, int]:
    at, size = seen.getLocationOnScreen(), seen.getSize()
    return at.X + size.Width // 2, at.Y + size.Height // 2
