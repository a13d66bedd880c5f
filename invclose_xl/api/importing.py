"""Imports: from the user's export to a book, or into one.

In      paths of the export, the system or mapping, where the book goes.
Out     ImportReport; the book is written whole or not at all.
Errors  WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5).
Source  WORKBOOK "Command line" (import); RULES R10.1, R10.2.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

import polars as pl

from invclose_xl.api.context.arguments import moment_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.run_context import RunContext, book_or_raise
from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.state.ledger_state import list_active_closings, read_state
from invclose_xl.closing.state.locked_rows import RELEASED, read_locked_transactions
from invclose_xl.domain.problems.problem import BookUnusable, Severity, WrongUsage
from invclose_xl.files.identity import same_file
from invclose_xl.files.landing import Landing
from invclose_xl.files.target import refuse_ending, refuse_unwritable_target
from invclose_xl.importing.book.behind_the_lock import LockedBook
from invclose_xl.importing.book.existing import rows_in
from invclose_xl.importing.book.into import write_into
from invclose_xl.importing.book.new_book import write_new_book
from invclose_xl.importing.book.report import ImportedRows, ImportReport, MappingDocument, show_import
from invclose_xl.importing.mapping.load import SYSTEMS, file_mapping, system_mapping, text_of_system
from invclose_xl.importing.mapping.model import Mapping
from invclose_xl.importing.mapping.recognise import choose_mapping
from invclose_xl.importing.sources.find import find_tables
from invclose_xl.importing.sources.table import ExportTable
from invclose_xl.importing.transform.examples import hold_examples
from invclose_xl.importing.transform.models import MODELS
from invclose_xl.importing.transform.passed_over import EqualRows
from invclose_xl.importing.transform.run import import_tables
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.results.write import refuse_unwritable

BOOK_ENDINGS = (".xlsx", ".xlsm")


def import_book(
    sources: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    into: str | Path | None = None,
    system: str = "",
    map_file: str | Path | None = None,
    company: str = "",
    model: str = "",
    dry_run: bool = False,
    backup: bool = True,
    force: bool = False,
    equal_rows: EqualRows = "refuse",
    landing: Landing | None = None,
    now: datetime | None = None,
) -> ImportReport:
    """Make a new book from an export, or add what is new to one that is there.

    sources   a folder, a workbook or files of the export
    output    the new book to make, or
    into      the book to add to
    system    dynamics, business-central, erpnext or odoo; default: the one that the tables tell
    map_file  a mapping of your own, as TOML
    company   only rows of this company
    model     the inventory model of items whose model the export does not say
    dry_run   do everything but write
    backup    keep the book of ``into`` as it was
    force     let ``output`` take the place of whatever file is there
    equal_rows  rows that are alike in every column: ``refuse`` them, count them ``once``, ``keep`` each without a key
    landing   knows from the rename on that the book is there
    now       clock, UTC where it has no zone

    returns     ImportReport: numbers of rows read, passed over and written, table by table
    errors      WrongUsage, InputFault, Refused, BookUnusable; nothing is written then
    """
    many = sources if isinstance(sources, Iterable) and not isinstance(sources, str) else [sources]
    paths = [path_of(source, "sources") for source in many]
    if not paths:
        raise WrongUsage("sources is empty: name the files or the folder of the export.")
    refuse_other_than_flags(dry_run=dry_run, backup=backup, force=force)
    new, old = (None if path is None else path_of(path, name) for path, name in ((output, "output"), (into, "into")))
    moment = moment_of(now)
    _refuse_what_was_asked(new, old, model, equal_rows, dry_run)
    if not dry_run:
        _refuse_target(paths, new, old, force)
    tables = find_tables(paths)
    mapping = chosen_mapping(tables, system, None if map_file is None else path_of(map_file, "map_file"))
    imported = import_tables(mapping, tables, company, model, equal_rows, _rows_in(old))
    if dry_run:
        rows = {sheet: frame.height for sheet, frame in imported.sheets.items()}
        return show_import(imported, ImportedRows(None, rows, {}, {}), None, dry_run=True)
    if landing is not None:
        landing.what = f"{new or old} was written, whole."
    if old is not None:
        kept = old.with_name(f"{old.stem}.before-import{old.suffix}") if backup else None
        return show_import(imported, write_into(imported, old, behind_the_lock, backup=kept, landing=landing), old)
    assert new is not None
    today = RunContext.here(moment, "").today
    return show_import(imported, write_new_book(imported, new, today, force=force, landing=landing), new)


def _refuse_what_was_asked(output: Path | None, into: Path | None, model: str, equal_rows: str, dry_run: bool) -> None:
    """Refuse two targets, none, and a model or a word that there is not."""
    if equal_rows not in get_args(EqualRows):
        raise WrongUsage(f"equal_rows is {equal_rows!r}: it is one of {', '.join(get_args(EqualRows))}.")
    if output is not None and into is not None:
        raise WrongUsage("Give --output for a new book or --into for one that is there, not both.")
    if output is None and into is None and not dry_run:
        raise WrongUsage(
            "Say where the book goes: --output BOOK.xlsx for a new one, --into BOOK.xlsx for one there is."
        )
    if model and model not in MODELS:
        raise WrongUsage(f"There is no inventory model {model}: name one of {', '.join(MODELS)}.")


def _rows_in(book: Path | None) -> dict[str, pl.DataFrame]:
    return {} if book is None or not book.is_file() else rows_in(book)


def shown_mapping(system: str) -> MappingDocument:
    """Return the mapping of a system as the package has it."""
    return MappingDocument(system=system, toml=text_of_system(system))


def behind_the_lock(made: Path) -> LockedBook:
    """Return what a close of the new book would refuse, before the old one is touched (R10.1, R10.2)."""
    content = book_or_raise(read_book(made))
    refused = [p for p in verify(content, read_state(content)) if p.severity is not Severity.WARNING]
    active = list_active_closings(content.history["lock"])
    if active.is_empty():
        return LockedBook(refused, "")
    locked = read_locked_transactions(content).filter(pl.col("fingerprint") != RELEASED)
    return LockedBook(refused, str(active[-1]), frozenset(locked["key"].to_list()))


def _refuse_target(sources: Sequence[Path], output: Path | None, into: Path | None, force: bool) -> None:
    """Raise before any work where the book may not be written."""
    target = output or into
    assert target is not None
    if any(same_file(target, source) for source in sources):
        raise WrongUsage(f"{target} is the export itself: name another file.")
    if output is not None:
        if output.is_dir() or not output.suffix:
            raise WrongUsage(
                f"{output} is no workbook. Import into one (--output BOOK.xlsx), and make the folder of tables of it:"
                f" invclose-xl convert BOOK.xlsx {output}."
            )
        refuse_ending(output, BOOK_ENDINGS)
        if output.exists() and not force:
            raise BookUnusable(f"{output} is there already and was left alone: choose another name, or use --force.")
        refuse_unwritable_target(output)
    elif into is not None and into.is_dir():
        raise WrongUsage(
            f"{into} is a folder. Where it holds the tables of a book, make a workbook of them (invclose-xl convert"
            f" {into} BOOK.xlsx), import into that (--into BOOK.xlsx), and make a new folder of it (invclose-xl convert"
            " BOOK.xlsx NEW_FOLDER)."
        )
    elif into is not None:
        if not into.is_file():
            raise BookUnusable(f"There is no book {into}: check the name, or make a new one with --output.")
        refuse_unwritable(into, None)


def chosen_mapping(tables: Sequence[ExportTable], system: str, map_file: Path | None) -> Mapping:
    """Return the mapping that the user names, else the one that the tables fit."""
    if map_file is not None:
        mapping = file_mapping(map_file)
        hold_examples(mapping, map_file.name)
        return mapping
    if system and system not in SYSTEMS:
        raise WrongUsage(f"There is no mapping for the system {system!r}: the systems are {', '.join(SYSTEMS)}.")
    if system:
        return system_mapping(system)
    return choose_mapping([system_mapping(name) for name in SYSTEMS], tables)
