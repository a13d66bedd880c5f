"""The Python API of workbooks to start from: a new one, and our sheets and buttons in one that is there already.

In      where the workbook goes; for the other two the workbook that somebody has.
Out     NewBook, Attached, Detached: what was written, and which sheets were put in, taken out or kept.
Errors  WrongUsage (2), BookUnusable (5); nothing is written then.
Source  WORKBOOK "Command line" (new, attach, detach).
"""

from datetime import datetime
from pathlib import Path

from invclose_xl.api.context.arguments import moment_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.places import refuse_tables
from invclose_xl.api.context.run_context import RunContext
from invclose_xl.attach.attach import attach
from invclose_xl.attach.detach import detach
from invclose_xl.files.landing import Landing
from invclose_xl.reports.attached import Attached, Detached, NewBook
from invclose_xl.template_builder.build import new_book as write_new_book


def new_book(
    book: str | Path, *, with_examples: bool = True, now: datetime | None = None, landing: Landing | None = None
) -> NewBook:
    """Make an empty workbook to start from; no file may be there yet.

    book           the workbook to make: an .xlsx, or an .xlsm with buttons
    with_examples  with example rows, dated in the month before ``now``
    now            clock, UTC where it has no zone
    landing        knows from the rename on that the workbook is there

    returns        NewBook: what was written
    errors         WrongUsage, BookUnusable; nothing is written then
    """
    refuse_other_than_flags(with_examples=with_examples)
    path, today = path_of(book), RunContext.here(moment_of(now), "").today
    write_new_book(path, today, with_examples=with_examples, landing=landing)
    return NewBook(written=path)


def attach_buttons(
    book: str | Path,
    output: str | Path,
    *,
    drop_signature: bool = False,
    force: bool = False,
    now: datetime | None = None,
    landing: Landing | None = None,
) -> Attached:
    """Write a workbook with our sheet Start, buttons and macros, and the input sheets that it lacks.

    Macros of its own stay; where a name of ours is taken, nothing is written.

    book            an .xlsx or .xlsm workbook; it stays as it is
    output          the .xlsm to write
    drop_signature  write a signed workbook or VBA project without its signature
    force           let ``output`` take the place of whatever file is there, except the book
    now             clock, UTC where it has no zone
    landing         knows from the rename on that the workbook is there

    returns         Attached: which sheets were put in and which were there
    errors          WrongUsage, BookUnusable; nothing is written then
    """
    refuse_other_than_flags(drop_signature=drop_signature, force=force)
    source, target, today = path_of(book), path_of(output, "output"), RunContext.here(moment_of(now), "").today
    refuse_tables(source, "attach")
    done = attach(source, target, today, drop_signature=drop_signature, force=force, landing=landing)
    return Attached(written=done.path, sheets=done.sheets, own_macros=done.has_own_macros, parts=done.parts)


def detach_buttons(
    book: str | Path, output: str | Path, *, force: bool = False, landing: Landing | None = None
) -> Detached:
    """Write a workbook without what ``attach_buttons`` put in; added sheets with entries stay.

    book     a workbook that ``attach_buttons`` has written; it stays as it is
    output   the workbook to write: an .xlsx, or an .xlsm where the book has macros of its own
    force    let ``output`` take the place of whatever file is there, except the book
    landing  knows from the rename on that the workbook is there

    returns  Detached: which sheets were taken out and which stay
    errors   WrongUsage, BookUnusable; nothing is written then
    """
    refuse_other_than_flags(force=force)
    source = path_of(book)
    refuse_tables(source, "detach")
    done = detach(source, path_of(output, "output"), force=force, landing=landing)
    return Detached(written=done.path, sheets=done.sheets, kept=done.kept, parts=done.parts)
