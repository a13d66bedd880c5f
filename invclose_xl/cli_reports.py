"""The commands of what people look at: explain.

In      arguments; clock and user from the command line's context.
Out     results on stdout, files where one is asked for.
Errors  as in ``cli``: every InvCloseError becomes lines for an accountant and its exit code.
Source  WORKBOOK "Command line".
"""

import json
from pathlib import Path

import click

from invclose_xl.cli_options import BOOK, JSON


@click.command("explain")
@BOOK
@click.argument("id_")
@JSON
def explain_command(book: Path, id_: str, as_json: bool) -> None:
    """Show where every cent of a cost comes from, and where it went.

    ID is a Transaction ID, an item number, a closing (IC-000001: its voucher) or a voucher line (IC-000001/3).
    """
    from invclose_xl.looking import explain

    explained = explain(book, id_)
    click.echo(json.dumps(explained.json(), ensure_ascii=False, indent=1) if as_json else explained.text())
