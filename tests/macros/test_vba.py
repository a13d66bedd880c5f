"""The VBA of the template, run: what opening the workbook says, and what each button hands to Python.

It runs in pyOpenVBA's interpreter, with a stand-in for the Windows Script Host and for xlwings' module.
"""

from typing import Any

import pytest

pytest.importorskip("pyopenvba", reason="its interpreter runs the template's VBA")

from pyopenvba.interpreter import Interpreter, VBAObject, member, method, parse_module, setter

from invclose_xl.template_builder.build import our_source
from invclose_xl.template_builder.start import BUTTONS
from invclose_xl.template_builder.xlwings_module import DECIDED, REORDERED, decided, installed_source, xlwings_source

STAND_IN = """
Public Called As String

Public Function RunPython(PythonCommand As String)
    Called = PythonCommand
End Function

Public Function GetConfig(Key As String, Optional Default As String = "") As Variant
    GetConfig = "{interpreter}"
End Function

Public Function WhatWasCalled() As String
    WhatWasCalled = Called
End Function
"""


class Shell(VBAObject):
    """WScript.Shell: notes the command and gives back an exit code."""

    def __init__(self, code: int) -> None:
        self.code, self.commands = code, []

    @method
    def Run(self, Command: object, Style: object = 1, Wait: object = False) -> object:  # noqa: N802, N803 - its names
        self.commands.append(str(Command))
        return self.code


class Application(VBAObject):
    """Excel, as far as our Subs use it."""

    cancel_key: Any = None

    @member
    def EnableCancelKey(self) -> object:  # noqa: N802 - its name
        return self.cancel_key

    @setter("EnableCancelKey")
    def set_cancel_key(self, value: object) -> None:
        self.cancel_key = value


class Host:
    """What the interpreter asks for; without a shell it is a system that has no Windows Script Host."""

    def __init__(self, shell: Shell | None) -> None:
        self.shell, self.application = shell, Application()

    def create(self, name: str) -> object:
        if self.shell is None or name.startswith("com.sun.star."):
            from pyopenvba.exceptions import VBARuntimeError

            raise VBARuntimeError(429, f"ActiveX component can't create object: {name}")
        return self.shell

    def global_object(self, name: str) -> object:
        return self.application if name.lower() == "application" else unresolved()

    def has_global_member(self, name: str) -> bool:
        return False

    def constant(self, name: str) -> object:
        return 0 if name.lower() == "xldisabled" else unresolved()


def unresolved() -> object:
    from pyopenvba.interpreter._runtime import UNRESOLVED

    return UNRESOLVED


def project(shell: Shell | None, interpreter: str = "") -> Interpreter:
    vba = Interpreter(Host(shell))
    vba.add_module(our_source("InvCloseXL.bas"), name="InvCloseXL")
    vba.add_module(our_source("LibreOffice.bas"), name="LibreOffice")
    vba.add_module(our_source("ThisWorkbook.cls"), name="ThisWorkbook")
    vba.add_module(STAND_IN.replace("{interpreter}", interpreter), name="xlwings")
    return vba


def said_on_opening(shell: Shell | None, interpreter: str = "") -> list[str]:
    vba = project(shell, interpreter)
    vba.run("Workbook_Open", module="ThisWorkbook")
    return [dialog[1] for dialog in vba.dialogs]


def test_nothing_is_said_where_nothing_is_missing() -> None:
    shell = Shell(0)
    assert said_on_opening(shell) == []
    assert "u.find_spec('invclose_xl')" in shell.commands[0]
    assert '""python" -c' in shell.commands[0]


def test_a_missing_package_is_said_with_what_to_enter() -> None:
    (said,) = said_on_opening(Shell(3), "C:\\Python 3\\python.exe")
    assert said.startswith(
        "The buttons of this workbook need the package invclose-xl, and Python does not have it yet."
    )
    assert '"C:\\Python 3\\python.exe" -m pip install ".[excel]"' in said
    assert "open the Command Prompt in the folder of invclose-xl" in said
    assert "open this workbook again" in said


@pytest.mark.parametrize("code", [1, 9009])
def test_a_missing_python_is_said_with_where_to_get_it(code: int) -> None:
    (said,) = said_on_opening(Shell(code))
    assert said.startswith("The buttons of this workbook need Python, and it was not found (python).")
    assert "python.org" in said
    assert 'python -m pip install ".[excel]"' in said


def test_nothing_is_asked_where_there_is_no_script_host() -> None:
    assert said_on_opening(None) == []


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.caption)
def test_a_button_hands_one_line_to_python_and_leaves_esc_to_it(button: Any) -> None:
    vba = project(Shell(0))
    vba.run(button.macro)
    assert vba.run("WhatWasCalled") == f"import invclose_xl.macros; invclose_xl.macros.{button.function}()"
    assert vba.host.application.cancel_key == 0


def test_every_module_can_be_read_as_vba() -> None:
    """A slip in a module would stop every macro of the workbook."""
    for name in ("InvCloseXL.bas", "LibreOffice.bas", "ThisWorkbook.cls", "Dictionary.cls"):
        assert parse_module(our_source(name), name=name.partition(".")[0])
    assert "Function RunPython" in xlwings_source()


def test_the_module_of_xlwings_is_as_installed_but_for_what_is_decided() -> None:
    """Nothing but directives and the branches that Excel never takes is gone; two places are in another order."""
    installed = installed_source()
    for found, _ in REORDERED:
        assert installed.count(found) == 1, "another version of xlwings: LibreOffice may not be able to read its module"
    ours, theirs = decided(installed).splitlines(), installed.splitlines()
    rest = iter(theirs)
    assert all(line in rest for line in ours), "a line of ours that xlwings does not have, or in another order"
    gone = len(theirs) - len(ours)
    assert 30 < gone < 80
    assert not [line for line in ours if any(f"If {condition} " in line and "#" in line for condition in DECIDED)]
    assert "BSD 3-clause" in xlwings_source()


CONDITIONS = """a
#If VBA7 Then
b
    #If Mac Then
c
    #Else
d
    #End If
#ElseIf Win16 Then
e
#Else
f
#End If
#If App = "Microsoft Word" Then
g
#ElseIf App = "Microsoft Access" Then
h
#Else
i
#End If
#If Win64 Then ' a comment
j
#End If
"""


def test_conditions_that_are_decided_go_with_their_branches() -> None:
    left = [line.strip() for line in decided(CONDITIONS).splitlines()]
    assert left[:7] == ["a", "b", "#If Mac Then", "c", "#Else", "d", "#End If"]
    assert left[7:] == ["i", "#If Win64 Then ' a comment", "j", "#End If"]
