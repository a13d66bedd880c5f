"""The command ``import``.

Source  WORKBOOK "Command line" (import).
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from invclose_xl.cli.jobs import Answer, job

if TYPE_CHECKING:
    from invclose_xl.importing.transform.passed_over import EqualRows

_SYSTEMS = ("dynamics", "business-central", "erpnext", "odoo")


@click.command("import")
@click.argument("sources", metavar="SOURCE…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Write a new book: .xlsx, or .xlsm with buttons.")
@click.option("--into", type=click.Path(path_type=Path), help="Add what is new to this book.")
@click.option("--system", type=click.Choice(_SYSTEMS), help="The system; default: the one that the columns tell.")
@click.option("--map", "map_file", type=click.Path(path_type=Path), help="A mapping of your own, as TOML.")
@click.option("--company", default="", help="Only rows of this company.")
@click.option("--model", default="", help="Inventory model of items whose model the export does not say.")
@click.option("--show-map", type=click.Choice(_SYSTEMS), help="Print the mapping of a system, to copy and change.")
@click.option("--dry-run", is_flag=True, help="Read and add up everything, write nothing.")
@click.option("--no-backup", is_flag=True, help="With --into: keep no copy of the book as it was.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option(
    "--equal-rows",
    type=click.Choice(["refuse", "once", "keep"]),
    default="refuse",
    help="Rows alike in every column: named as a fault, counted once, or (without a key) each kept.",
)
@job
def import_command(
    ctx: click.Context,
    /,
    sources: tuple[Path, ...],
    output: Path | None,
    into: Path | None,
    system: str | None,
    map_file: Path | None,
    company: str,
    model: str,
    show_map: str | None,
    dry_run: bool,
    no_backup: bool,
    force: bool,
    equal_rows: str,
) -> Answer:
    """Make a book from another system's export: files, or a folder of them (CSV, Parquet, Delta, xlsx)."""
    from invclose_xl.api.importing import import_book, shown_mapping

    if show_map:
        shown = shown_mapping(show_map)
        return Answer(shown.plain, shown.text)
    if not sources:
        raise click.UsageError("Name the export: a folder, a workbook or files.", ctx)
    report = import_book(
        sources, output=output, into=into,
        system=system or "", map_file=map_file, company=company, model=model, dry_run=dry_run, backup=not no_backup,
        force=force, equal_rows=cast("EqualRows", equal_rows), landing=ctx.obj["landing"], now=ctx.obj["now"],
    )  # fmt: skip
    return Answer(lambda: report.document().plain(), report.text, report.problems)
