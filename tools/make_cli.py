"""Write docs/cli.md: what every command says about itself with --help, and the exit codes.

In      the command line of the package.
Out     the page as text; run this file to write it.
"""

from pathlib import Path

import click

from invclose_xl.cli.main import cli

EXIT_CODES = """
## Exit codes

| code | means |
|---:|---|
| 0 | done, warnings included |
| 2 | wrong usage |
| 3 | the input has errors; all of them are listed, nothing was written |
| 4 | refused: locked period, rows changed behind the lock, nothing to reverse |
| 5 | the file cannot be read or written, or the result cannot be printed |
| 6 | done, with warnings (only with `--strict`) |
| 70 | a fault of the tool itself |

Messages go to stderr, results to stdout. Each input error is one line that begins with its code and its cell; the codes
are explained in [problems.md](problems.md). The first 50 are printed, `--json` lists all of them.
"""


def cli_page() -> str:
    """Return the page."""
    context = click.Context(cli, info_name="invclose-xl")
    parts = ["# Command line\n", "This page is made by `python tools/make_cli.py`.\n", block("invclose-xl", cli, None)]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        parts.append(f"## {name}\n")
        parts.append(block(name, command, context))
    return "\n".join(parts) + EXIT_CODES


def block(name: str, command: click.Command, parent: click.Context | None) -> str:
    """Return one help text as it appears in a terminal of 100 columns."""
    names = cli.context_settings["help_option_names"]
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=100, max_content_width=100, help_option_names=names
    )
    return f"```\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    (Path(__file__).parent.parent / "docs" / "cli.md").write_text(cli_page(), "utf-8")
