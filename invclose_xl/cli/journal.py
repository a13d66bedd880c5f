"""The command voucher: what a run posted, as another system loads it.

In      arguments.
Out     a file; its figures on stdout.
Errors  as in ``cli``; exit code 4 where the run made no voucher.
Source  WORKBOOK "Command line" (voucher).
"""

from pathlib import Path
from typing import cast

import click

from invclose_xl.cli.jobs import Answer, job
from invclose_xl.cli.options import BOOK, FORCE


@click.command("voucher")
@BOOK
@click.option(
    "--format", "form", type=click.Choice(["d365", "business-central", "csv"]), required=True,
    help="General journal of Dynamics 365, general journal of Business Central, or a plain table.",
)  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write, .csv or .xlsx.")
@click.option(
    "--closing", help="The run, such as IC-000002; default: the latest that made a voucher, reversals included."
)
@click.option(
    "--account-format", default="",
    help="How account and ledger dimension are joined: {account}, {dimension} or its parts {1}, {2}, …; default:"
    " {account}-{dimension}.",
)  # fmt: skip
@click.option("--dimension-separator", default="-", help="Between the parts of a ledger dimension; default: -.")
@click.option("--dimensions", default="", help="Columns for the parts, such as DEPARTMENT,PROJECT.")
@click.option("--date-format", default="YYYY-MM-DD", help="Of dates in a .csv file; default: YYYY-MM-DD.")
@click.option("--journal-name", default="", help="JournalName (default GenJrn), or Journal Template Name (GENERAL).")
@click.option("--journal-batch", default="", help="JournalBatchNumber (default: the run), or Batch Name (DEFAULT).")
@click.option("--currency", default="", help="CurrencyCode of d365; default: that of the book.")
@FORCE
@job
def voucher_command(
    ctx: click.Context,
    /,
    book: Path,
    form: str,
    output: Path,
    closing: str | None,
    account_format: str,
    dimension_separator: str,
    dimensions: str,
    date_format: str,
    journal_name: str,
    journal_batch: str,
    currency: str,
    force: bool,
) -> Answer:
    """Write the voucher of a run as another system loads it.

    Its totals are proved to be those of the sheet Vouchers before anything is written. BOOK is not changed.
    """
    from invclose_xl.api.exporting import Format, export_voucher
    from invclose_xl.reports.journal.lines import JournalOptions

    names = tuple(name.strip() for name in dimensions.split(",") if name.strip())
    options = JournalOptions(
        account_format, dimension_separator, names, date_format, journal_name, journal_batch, currency
    )
    done = export_voucher(book, output, cast("Format", form), closing, options, force=force, landing=ctx.obj["landing"])
    notes = []
    if done.by_role:
        what = "The voucher has names such as Inventory in place of account numbers"
        notes.append(f"{what}: no account is filled in anywhere in the book (see the sheet Posting).")
    if done.reversed_by:
        notes.append(f"{done.closing} was reversed: the voucher of {done.reversed_by} takes it back.")
    if form == "d365" and not done.currency:
        notes.append("CurrencyCode is blank: enter Currency on the sheet Parameters, or give --currency.")
    return Answer(done.plain, done.text, notes=notes)
