"""Our VBA modules in somebody's VBA project, beside their own; and out of it again.

In      a workbook with a VBA project.
Out     the bytes of the project with our modules, or without them.
Errors  BookUnusable: a name of ours is taken there, the project has a password, pyOpenVBA is missing or cannot read it.
Source  MS-OVBA; pyOpenVBA.
"""

import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.template_builder.build import (
    BOOK_MODULE,
    OFFICE_MODULE,
    OUR_MODULE,
    SETTINGS_MODULE,
    XLWINGS_MODULE,
    our_source,
)
from invclose_xl.template_builder.xlwings_module import INSTALL, xlwings_source

PROJECT_TYPE = "application/vnd.ms-office.vbaProject"
PROJECT_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
OUR_MODULES = (OUR_MODULE, XLWINGS_MODULE, SETTINGS_MODULE, OFFICE_MODULE)
_PROCEDURE = re.compile(
    r"^[ \t]*(?:Public[ \t]+)?(?:Static[ \t]+)?(?:Sub|Function)[ \t]+(\w+)", re.IGNORECASE | re.MULTILINE
)


def with_our_modules(book: Path) -> bytes:
    """Return the project of a workbook with our modules added; raise BookUnusable where a name is taken."""

    def add(project: Any) -> None:
        from pyopenvba.vba import VBAModuleKind

        _refuse_taken_names(project, book.name)
        project.add_module(XLWINGS_MODULE, _lines(xlwings_source()))
        for name in (OUR_MODULE, OFFICE_MODULE):
            project.add_module(name, _lines(our_source(f"{name}.bas")))
        project.add_module(SETTINGS_MODULE, _lines(our_source(f"{SETTINGS_MODULE}.cls")), kind=VBAModuleKind.other)

    return _edited(book, add)


def project_alone(template: Path) -> bytes:
    """Return the template's project without the modules of its sheets: another workbook has other sheets."""

    def remove(project: Any) -> None:
        for name in [name for name in project.module_names() if name not in (*OUR_MODULES, BOOK_MODULE)]:
            project.delete_module(name)

    return _edited(template, remove)


def without_our_modules(book: Path) -> bytes:
    """Return the project without our modules."""

    def remove(project: Any) -> None:
        for name in OUR_MODULES:
            if name in project.module_names():
                project.delete_module(name)

    return _edited(book, remove)


def modules_of(book: Path) -> dict[str, str]:
    """Return the modules of a project and their text."""
    found: dict[str, str] = {}

    def look(project: Any) -> None:
        found.update({name: str(project.get_module(name).source) for name in project.module_names()})

    _edited(book, look, saves=False)
    return found


def _refuse_taken_names(project: Any, book: str) -> None:
    """Refuse modules of our names, and procedures that a button would find twice."""
    names = {name.casefold(): name for name in project.module_names()}
    taken = [f"the module {names[name.casefold()]}" for name in OUR_MODULES if name.casefold() in names]
    texts = [our_source(f"{name}.bas") for name in (OUR_MODULE, OFFICE_MODULE)]
    ours = {p.casefold() for text in texts for p in _PROCEDURE.findall(text)} | {"runpython"}
    for name in () if taken else project.module_names():
        text = str(project.get_module(name).source)
        taken += [f"the procedure {p} in {name}" for p in _PROCEDURE.findall(text) if p.casefold() in ours]
    if taken:
        raise BookUnusable(
            f"The VBA project of {book} has {', '.join(taken)} already, and our macros need that name: rename it in "
            "the VBA editor (Alt+F11), or take ours out with detach, save, and run again."
        )


def _edited(book: Path, edit: Callable[[Any], None], *, saves: bool = True) -> bytes:
    """Open a copy of the workbook's project, edit it, and return its bytes."""
    try:
        from pyopenvba import ExcelFile
    except ImportError:
        raise BookUnusable(f"A workbook with buttons needs the package pyOpenVBA: {INSTALL}") from None
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = Path(folder) / "book.xlsm"
        copy.write_bytes(book.read_bytes())
        try:
            with ExcelFile(copy) as file:
                project = file.vba_project()
                if project.protection is not None and project.protection.has_password:
                    raise BookUnusable(
                        f"The VBA project of {book.name} is locked with a password: unlock it in the VBA editor "
                        "(Tools, VBAProject Properties, Protection), save, and run again."
                    )
                edit(project)
                if saves:
                    file.save(allow_invalidate_signature=True)
            with ExcelFile(copy) as file:
                return bytes(file.vba_project_bytes())
        except BookUnusable:
            raise
        except Exception as fault:  # pyOpenVBA says it in many ways
            raise BookUnusable(f"The VBA project of {book.name} cannot be read: {fault}") from fault


def _lines(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\n", "\r\n")
