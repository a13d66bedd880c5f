"""Functions that LibreOffice calls: the buttons of a workbook, and the menu Inventory close.

LibreOffice's own Python has none of our libraries, so a press starts the Python that settings.json names and answers
what that asks about the open workbook, line by line, until it is done. LibreOffice waits meanwhile, as Excel does.

In      the name of a button; the document whose button it is, by default the one in front.
Out     the button's work, done to the open document; a message where it could not begin.
Errors  none: whatever goes wrong is a message.
Source  LibreOffice, Python UNO components; ``libreoffice.conversation`` is the other end.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

import unohelper
from com.sun.star.task import XJobExecutor
from invclose_xl_document import Area, LibreOffice

SERVICE = "org.invclose_xl.Buttons"
TITLE = "Inventory close"
SETTINGS = Path(__file__).with_name("settings.json")
OF_OFFICE = ("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What LibreOffice sets for its own Python, and another one would stumble over."""
NO_WINDOW = 0x08000000
"""Windows: no console beside the workbook."""
AGAIN = "enter this in a terminal, then start LibreOffice again:\n\n    invclose-xl install-libreoffice"


class Buttons(unohelper.Base, XJobExecutor):  # type: ignore[misc]
    """The service that macros and menu call; ``trigger`` takes the name of a button."""

    is_at_work = False

    def __init__(self, context: Any, *arguments: Any) -> None:
        """Take the component context, and from a macro the document it is in."""
        self.context = context
        self.given = arguments[0] if arguments else None

    def trigger(self, name: str) -> None:
        """Press a button."""
        desktop = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        document = self.given or desktop.CurrentComponent
        if Buttons.is_at_work:
            return
        Buttons.is_at_work = True
        try:
            if document is None or not document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
                self._tell(LibreOffice(document, self.context), "Open a workbook first; the menu works on it.")
                return
            fault = self._press(LibreOffice(document, self.context), name)
            if fault:
                self._tell(LibreOffice(document, self.context), fault)
        finally:
            Buttons.is_at_work = False

    def _tell(self, office: LibreOffice, text: str) -> None:
        office.alert(text, TITLE, "ok", "critical")

    def _press(self, office: LibreOffice, name: str) -> str:
        """Start the other Python and answer it; return what went wrong, '' where nothing did."""
        try:
            python = str(json.loads(SETTINGS.read_text("utf-8"))["python"])
        except (OSError, ValueError, KeyError) as fault:
            return f"The extension of invclose-xl is damaged ({fault}): {AGAIN}"
        environment = {name: value for name, value in os.environ.items() if name not in OF_OFFICE}
        environment["PYTHONIOENCODING"] = "utf-8"
        with tempfile.TemporaryFile() as said:
            try:
                other = subprocess.Popen(
                    [python, "-m", "invclose_xl.libreoffice", name],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=environment,
                    creationflags=NO_WINDOW if os.name == "nt" else 0,
                )  # fmt: skip
            except OSError as fault:
                return f"The buttons need Python, and {python} cannot be started ({fault.strerror}). With a Python that has invclose-xl, {AGAIN}"  # noqa: E501
            with other:
                assert other.stdin is not None
                assert other.stdout is not None
                answer_all(office, other.stdout, other.stdin)
            if other.returncode == 0:
                return ""
            said.seek(0)
            last = said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        if last and "No module named" in last[0]:
            return f"{python} does not have invclose-xl any more ({last[0]}). With a Python that has it, {AGAIN}"
        return f"The button {name} could not finish: {last[0] if last else f'exit code {other.returncode}'}"


def answer_all(office: LibreOffice, asked: IO[bytes], answers: IO[bytes]) -> None:
    """Do what each line asks of the open workbook, and write the answer, until there is no more."""
    for line in asked:
        try:
            name, arguments = json.loads(line)
            said = {"value": answer(office, name, arguments)}
        except Exception as fault:  # whatever LibreOffice raises is for the other end to deal with
            said = {"fault": f"{getattr(fault, 'Message', '') or fault}"}
        try:
            answers.write(json.dumps(said).encode("utf-8") + b"\n")
            answers.flush()
        except OSError:  # the other end is gone; its exit code says why
            return


def answer(office: LibreOffice, name: str, arguments: list[Any]) -> Any:
    """Call a method of the open workbook, or return its path; areas come and go as lists of four, paths as text."""
    if name == "path":
        return str(office.path)
    if name.startswith("_"):
        raise ValueError(f"no call of that name: {name}")
    given = [Area(*one["area"]) if isinstance(one, dict) and "area" in one
             else Path(one["path"]) if isinstance(one, dict) and "path" in one
             else one for one in arguments]  # fmt: skip
    named: Any = given.pop() if given and isinstance(given[-1], dict) else {}
    return getattr(office, name)(*given, **named)


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name that LibreOffice looks for
g_ImplementationHelper.addImplementation(Buttons, SERVICE, (SERVICE,))
