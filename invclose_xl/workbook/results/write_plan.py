"""Plan of a write: which result rows go to which sheet, and every edit to the package that this needs.

In      a PackageEdit and the result tables.
Out     the edits, registered; sheets are built block by block only when the package is saved.
Errors  BookUnusable for user's rows in the way of new ones, and for a name that is taken.
Cost    small, but for reading the user's own cells on sheets that have any.
Source  WORKBOOK "Written".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.domain.tables import Tables
from invclose_xl.workbook.existing.locate import FoundSheet, continuation_name, find_sheets
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, OUTPUT_SHEETS, OutputSheet
from invclose_xl.workbook.package.cell_reference import Range, whole_number
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.styles import Styles
from invclose_xl.workbook.progress import Progress
from invclose_xl.workbook.results.new_sheet import (
    CAPTION_CELL,
    MOST_LINKS,
    NewSheet,
    capacity,
    count_links,
    heading_row_of,
    looks_of,
)
from invclose_xl.workbook.results.rows_xml import RowFormat
from invclose_xl.workbook.results.workbook_part import (
    TABLE_TYPE,
    WORKSHEET_TYPE,
    WorkbookEdit,
    quoted_sheet,
    refers_to,
    table_xml,
)

if TYPE_CHECKING:
    from invclose_xl.workbook.results.rewrite import Rewrite

LARGEST_TABLE_ID = (1 << 31) - 1

Finish = Callable[[pl.DataFrame], pl.DataFrame]
"""What rows of a table come to once every edit is planned: as many as before, with the same links."""


@dataclass(slots=True)
class _Planner:
    edit: PackageEdit
    scales: Scales
    currency: str
    closed_up_to: date | None
    progress: Progress | None
    total_rows: int
    found: dict[str, list[FoundSheet]]
    finished: Mapping[str, Finish] = field(default_factory=dict)
    package: Package = field(init=False)
    workbook: WorkbookEdit = field(init=False)
    styles: Styles = field(init=False)
    written: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    rows_done: int = 0
    _table_ids: set[int] = field(default_factory=set)
    _taken_names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.package = self.edit.package
        self.workbook = WorkbookEdit(self.edit)
        self.styles = Styles(self.edit)
        self._taken_names = {n.name.casefold() for n in self.package.defined_names()}
        numbers: list[int] = []
        for sheet in self.package.sheets():
            for table in self.package.tables_of(sheet):
                self._taken_names.add(table.name.casefold())
                number = self.package.document(table.part, depth=1).root.attributes.get("id")
                numbers.append(whole_number(number))
        self._table_ids = set(numbers)

    # ---- one result table

    def place(self, spec: OutputSheet, frame: pl.DataFrame) -> None:
        """Spread a table over its sheets."""
        frame = arranged(spec, frame)
        found = self.found[spec.table]
        start = number = 0
        while number == 0 or start < frame.height or number < len(found):
            number += 1
            old = found[number - 1] if number <= len(found) else None
            room = capacity(old.heading_row if old else heading_row_of(spec))
            piece = frame.slice(start, room)
            start += room
            if old is not None:
                self._rewrite(spec, old, piece)
            else:
                self._create(spec, continuation_name(spec, number), piece)

    @property
    def _totals_label(self) -> str:
        return f"Total {self.currency}".strip()

    def _row_format(self, prefix: str = "") -> RowFormat:
        return RowFormat(self.scales, self.package.uses_1904, prefix)

    def _create(self, spec: OutputSheet, name: str, frame: pl.DataFrame) -> None:
        if self.package.sheet(name) is not None:
            raise BookUnusable(
                f"{self.package.path.name} has a sheet called {name} of its own, and the results need that name: "
                "rename the sheet, save, and run again."
            )
        row_format = self._row_format()
        with_links = 0 < count_links(spec, frame) <= MOST_LINKS
        new = NewSheet(
            spec,
            frame,
            looks_of(spec, self.styles, row_format, with_links=with_links),
            row_format,
            self.package.main_space,
            self.package.relations_space,
            self.closed_up_to,
            self._totals_label,
            with_links,
            self.styles.grey(),
        )
        folder = self.edit.folder_of_workbook()
        sheet_name = self.edit.free_name(f"{folder}/worksheets", "sheet")
        table_name = self.edit.free_name(f"{folder}/tables", "table")
        display = self._free_table_name(name)
        number = self.edit.mentions.free_number("table", self._table_ids, LARGEST_TABLE_ID)
        self._table_ids.add(number)
        table = table_xml(
            self.package.main_space, number, display, new.table_range, [c.heading for c in spec.columns]
        ).encode()
        relation = "rId1"

        def content() -> Iterable[bytes]:
            return self._watched(name, frame.height, replace(new, frame=self._finished(spec, frame)).part(relation))

        part = self.edit.add(sheet_name, WORKSHEET_TYPE, content)
        self.edit.add(table_name, TABLE_TYPE, lambda: [table])
        assert self.edit.relate(part, "table", table_name) == relation
        position = self.workbook.add_sheet(name, sheet_name, hidden=spec.hidden)
        self.tables.append(display)
        self._name_things(spec, name, position, new.heading_row, CAPTION_CELL)
        self.written.append(name)

    def _rewrite(self, spec: OutputSheet, found: FoundSheet, frame: pl.DataFrame) -> None:
        from invclose_xl.workbook.results.rewrite import closed_date_cell, fit_table, plan

        found = found.with_added_columns(self.package)
        root = found.parts.frame.root
        row_format = self._row_format(f"{root.prefix}:" if root.prefix else "")
        with_links = 0 < count_links(spec, frame) <= MOST_LINKS
        looks = looks_of(spec, self.styles, row_format, with_links=with_links)
        named = self._named_date_cell(found) if spec.table == "lock" else ""
        cell = closed_date_cell(found, named)
        rewrite = plan(
            self.package,
            found,
            frame,
            looks,
            row_format,
            self.closed_up_to,
            cell,
            self.styles.grey(),
            with_links=with_links,
            totals_label=self._totals_label,
        )
        name = found.sheet.name

        def content() -> Iterable[bytes]:
            return self._watched(name, frame.height, replace(rewrite, frame=self._finished(spec, frame)).part())

        self.edit.replace(found.sheet.part, content)
        if found.table is not None:
            fit_table(self.edit.document(found.table.part), rewrite)
            self.tables.append(found.table.name)
        self._fit_filter_name(found, rewrite)
        self._name_things(spec, name, found.sheet.position, found.heading_row, "" if named else cell)
        self.written.append(name)

    def _finished(self, spec: OutputSheet, frame: pl.DataFrame) -> pl.DataFrame:
        return self.finished[spec.table](frame) if spec.table in self.finished else frame

    def _watched(self, name: str, rows: int, chunks: Iterator[bytes]) -> Iterable[bytes]:
        yield from chunks
        self.rows_done += rows
        if self.progress is not None:
            self.progress(name, self.rows_done, self.total_rows)

    # ---- names

    def _free_table_name(self, sheet: str) -> str:
        """A table's name is a name of the workbook too; blanks and brackets are not allowed in it."""
        base = sheet.replace(" (", "_").replace(")", "").replace(" ", "_")
        name, number = base, 1
        while name.casefold() in self._taken_names:
            number += 1
            name = f"{base}_{number}"
        self._taken_names.add(name.casefold())
        return name

    def _name_things(self, spec: OutputSheet, sheet: str, position: int, heading_row: int, cell: str) -> None:
        """Define print titles, and ClosedDate as the given cell of the Lock ('' where it is defined already)."""
        if not spec.hidden:
            self._set_print_titles(sheet, position, heading_row)
        if cell and spec.table == "lock" and sheet.casefold() == spec.name.casefold():
            place = Range.parse(cell)
            assert place is not None
            corner = place.absolute().split(":")[0]
            others = [
                n
                for n in self.package.defined_names()
                if n.name.casefold() == CLOSED_DATE_NAME.casefold()
                and n.sheet is None
                and not refers_to(n.text, {sheet.casefold()})
            ]
            local = position if others else None
            self.workbook.set_name(CLOSED_DATE_NAME, f"{quoted_sheet(sheet)}!{corner}", local)

    def _set_print_titles(self, sheet: str, position: int, heading_row: int) -> None:
        existing = any(
            n.sheet == position and n.name.casefold() == "_xlnm.print_titles" for n in self.package.defined_names()
        )
        if not existing:
            rows = f"{quoted_sheet(sheet)}!${heading_row}:${heading_row}"
            self.workbook.set_name("_xlnm.Print_Titles", rows, position)

    def _named_date_cell(self, found: FoundSheet) -> str:
        """Return where the name ClosedDate points to, if it is a cell above the headings of this sheet."""
        for name in self.package.defined_names():
            if name.name.casefold() == CLOSED_DATE_NAME.casefold() and name.sheet in (None, found.sheet.position):
                sheet, _, cell = name.text.strip().rpartition("!")
                area = Range.parse(cell.replace("$", ""))
                same = sheet.strip("'").replace("''", "'").casefold() == found.sheet.name.casefold()
                if same and area and area.top < found.heading_row and area.left == area.right:
                    return str(area)
        return ""

    def _fit_filter_name(self, found: FoundSheet, rewrite: "Rewrite") -> None:
        """The hidden name that stands for a sheet's own filter follows it."""
        for name in self.package.defined_names():
            if name.sheet != found.sheet.position or name.name.casefold() != "_xlnm._filterdatabase":
                continue
            sheet, _, cells = name.text.strip().rpartition("!")
            area = Range.parse(cells.replace("$", ""))
            if sheet and area:
                fitted = Range.parse(rewrite.fitted(str(area)))
                assert fitted is not None
                self.workbook.set_name(name.name, f"{sheet}!{fitted.absolute()}", found.sheet.position)


def arranged(spec: OutputSheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as a reader wants them: the latest run on top, a voucher's total beside its first line."""
    if spec.newest_first:
        frame = frame.sort("closing", descending=True, maintain_order=True)
    if spec.table != "vouchers":
        return frame
    total = pl.col("debit").sum().over("voucher")
    return frame.with_columns(voucher_total=pl.when(pl.col("line") == 1).then(total))


def plan_sheets(
    edit: PackageEdit,
    tables: Tables,
    scales: Scales,
    currency: str,
    closed_up_to: date | None,
    *,
    found: dict[str, list[FoundSheet]],
    drop_signature: bool,
    progress: Progress | None,
    further: Sequence[tuple[OutputSheet, pl.DataFrame]] = (),
    finished: Mapping[str, Finish] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Register every edit that puts the result tables into the workbook; return the names of the sheets.

    ``finished``: by table, what makes its rows complete when they are written.
    """
    package = edit.package
    total = sum(tables[spec.table].height for spec in OUTPUT_SHEETS)
    planner = _Planner(edit, scales, currency, closed_up_to, progress, total, found, finished)
    if drop_signature and package.signature_parts:
        planner.workbook.drop_signature()
    for spec in OUTPUT_SHEETS:
        planner.place(spec, tables[spec.table])
    for spec, frame in further:
        planner.place(spec, frame)
    rewritten = {s.sheet_id for s in package.sheets() if s.name in planner.written}
    planner.workbook.drop_calculation_chain(rewritten)
    planner.workbook.refresh_pivots(planner.written, planner.tables)
    planner.workbook.finish()
    planner.styles.finish()
    return tuple(planner.written)


def plan_further_sheets(
    edit: PackageEdit,
    tables: Sequence[tuple[OutputSheet, pl.DataFrame]],
    scales: Scales,
    *,
    others: Callable[[Styles], None],
) -> None:
    """Register the edits that put tables on sheets beside the results; ``others`` adds edits with the same formats."""
    package = edit.package
    found: dict[str, list[FoundSheet]] = {}
    for spec, _ in tables:
        found[spec.table], reason = find_sheets(package, spec)
        if reason:
            raise BookUnusable(
                f"{package.path.name} has a sheet called {spec.name} of its own ({reason}): rename it, save, and run "
                "again."
            )
    planner = _Planner(edit, scales, "", None, None, sum(frame.height for _, frame in tables), found)
    others(planner.styles)
    for spec, frame in tables:
        planner.place(spec, frame)
    planner.workbook.drop_calculation_chain({s.sheet_id for s in package.sheets()})
    planner.workbook.refresh_pivots([s.name for s in package.sheets()], planner.tables)
    planner.workbook.finish()
    planner.styles.finish()
