"""The VBA module of the installed xlwings package, in a form that LibreOffice can read as well.

LibreOffice takes lines of conditional compilation for comments and reads every branch. So what is decided for this
workbook is decided here: it is Excel's (``App``), and VBA 7, as in every Excel since 2010. Branches for Mac and
Windows stay, but for two places that must not be read one after the other: there the same is said in another order.
In Excel the module does what it does unchanged.

In      the module as xlwings installs it (its BSD part).
Out     its text.
Errors  BookUnusable where xlwings is not installed.
"""

import re
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable

INSTALL = "in the folder of invclose-xl, enter pip install '.[excel]'"
_APPLICATIONS = ("Excel", "Word", "Access", "PowerPoint")
DECIDED = {"VBA7": True} | {f'App = "Microsoft {name}"': name == "Excel" for name in _APPLICATIONS}
REORDERED = (
    (
        """    #If Mac Then
    Dim d As Dictionary
    Set d = New Dictionary
    #Else
    Dim d As Object
    Set d""",
        """    Dim d As Object
    #If Mac Then
    Set d = New Dictionary
    #Else
    Set d""",
    ),
    (
        """  #If Mac Then
    If Not FileOrFolderExistsOnMac(ParentFolder(sFileName)) Then
  #Else
    If Len(Dir(ParentFolder(sFileName), vbDirectory)) = 0 Then
  #End If
     MkDir ParentFolder(sFileName)
  End If
""",
        """  #If Mac Then
    If Not FileOrFolderExistsOnMac(ParentFolder(sFileName)) Then MkDir ParentFolder(sFileName)
  #Else
    If Len(Dir(ParentFolder(sFileName), vbDirectory)) = 0 Then MkDir ParentFolder(sFileName)
  #End If
""",
    ),
)
_DIRECTIVE = re.compile(r"\s*#(If|ElseIf|Else|End If)\b\s*(.*?)(?:\s+Then\b.*)?$")


def xlwings_source() -> str:
    """Return the module as the workbooks carry it."""
    text = installed_source()
    for found, instead in REORDERED:
        text = text.replace(found, instead)
    return decided(text)


def installed_source() -> str:
    """Return the module of the installed package, in the form that needs no add-in."""
    try:
        import xlwings
    except ImportError:
        raise BookUnusable(f"A workbook with buttons needs the package xlwings: {INSTALL}") from None
    return Path(xlwings.__file__).with_name("xlwings.bas").read_text("utf-8").replace("\r\n", "\n")


def decided(text: str) -> str:
    """Return a module without the conditions of ``DECIDED``, and without the branches that they leave out."""
    kept: list[str] = []
    open_ones: list[_Condition] = []
    for line in text.splitlines():
        directive = _DIRECTIVE.match(line)
        word, condition = (directive[1], directive[2]) if directive else ("", "")
        if word == "If":
            open_ones.append(_Condition(DECIDED.get(condition)))
        elif word in ("ElseIf", "Else"):
            open_ones[-1].turn(DECIDED.get(condition, False) if word == "ElseIf" else True)
        is_gone = bool(word) and open_ones[-1].is_decided
        if not is_gone and all(one.is_taken for one in open_ones):
            kept.append(line)
        if word == "End If":
            open_ones.pop()
    return "\n".join([*kept, ""])


class _Condition:
    """An #If that is open: whether it is decided here, and whether the branch in hand is taken."""

    def __init__(self, holds: bool | None) -> None:
        self.is_decided = holds is not None
        self.is_taken = holds is not False
        self._was_taken = self.is_taken

    def turn(self, holds: bool) -> None:
        """Go on to the next branch."""
        if self.is_decided:
            self.is_taken = holds and not self._was_taken
            self._was_taken = self._was_taken or self.is_taken
