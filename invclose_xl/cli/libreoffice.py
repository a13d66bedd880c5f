"""The command install-libreoffice: the buttons' macros where LibreOffice finds them, and out again.

In      arguments.
Out     what was done on stdout.
Errors  as in ``cli.main``.
Source  WORKBOOK "Command line".
"""

from pathlib import Path

import click

from invclose_xl.cli.jobs import Answer, job

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("install-libreoffice")
@click.option("--uninstall", is_flag=True, help="Take the macros out of LibreOffice again.")
@click.option("--program", type=_FOLDER, help="Folder with LibreOffice's programs, where it is not found by itself.")
@click.option("--profile", type=_FOLDER, help="Profile of LibreOffice to use in place of your own.")
@job
def install_libreoffice_command(
    ctx: click.Context, /, uninstall: bool, program: Path | None, profile: Path | None
) -> Answer:
    """Let the buttons of a workbook work in LibreOffice, and add the menu Inventory close to it.

    Close LibreOffice first. The buttons call the Python that runs this command: run it again when that moves.
    """
    from invclose_xl import __version__
    from invclose_xl.libreoffice import install
    from invclose_xl.reports.attached import LibreOfficeDocument

    if uninstall:
        was_there = install.uninstall(program, profile)
        said = "The macros are taken out of LibreOffice." if was_there else "LibreOffice does not have the macros."
        return Answer(LibreOfficeDocument(installed=False, python=None).plain, lambda: said)
    python = install.install(__version__, None, program, profile)
    text = (
        f"LibreOffice has the macros now; they call {python}\n"
        "Start LibreOffice and open a workbook made with new or attach: its buttons work once you let it run macros\n"
        "(Tools, Options, LibreOffice, Security, Macro Security: Medium, then say yes when the workbook opens).\n"
        "The menu Inventory close has the same buttons, for workbooks without macros too."
    )
    return Answer(LibreOfficeDocument(installed=True, python=python).plain, lambda: text)
