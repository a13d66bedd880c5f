"""Read a workbook into a Book, and name everything that is wrong with it in one run.

In      the path of an .xlsx or .xlsm file.
Out     Reading: the Book (None if anything is an error) and all problems in the order of sheets, rows, columns.
Errors  BookUnusable (exit 5) only for a file that cannot be read as a workbook at all.
Cost    about 0.1 microseconds per plain cell of a large sheet, a few per cell of a small one.
Source  WORKBOOK "Read"; RULES R0, R1 (row order), R3.1.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from invclose_xl.domain.book import (
    Book,
    Charges,
    CostAdjustments,
    Hashes,
    Int64,
    Ledger,
    PostingRule,
    Scales,
    SheetCells,
)
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.leg_rows import add_leg_hashes, add_leg_rows, find_named_legs
from invclose_xl.domain.money import QUANTITY_DECIMALS
from invclose_xl.domain.parameters import Parameters
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.problems.tally import Tally, make_natural_key, tell
from invclose_xl.domain.references import ReferenceWords
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.views.expected import Expected
from invclose_xl.workbook.cells.memory import give_back_memory
from invclose_xl.workbook.history.result_sheets import RawHistory, find_history
from invclose_xl.workbook.input.accounts import Spellings, collect_spellings, spelled_alike
from invclose_xl.workbook.input.compared import Compared
from invclose_xl.workbook.input.compared import in_row_order as texts_in_row_order
from invclose_xl.workbook.input.expected import parse_expected
from invclose_xl.workbook.input.limits import check_sum, check_sums
from invclose_xl.workbook.input.measures import check_measures, currency_of
from invclose_xl.workbook.input.prior import check_prior_settlements
from invclose_xl.workbook.input.references import (
    check_other_closings,
    is_numbered,
    parse_references,
    pass_over_blocking,
)
from invclose_xl.workbook.input.row_order import Order, in_row_order, row_order, sort_hashes_in_row_order
from invclose_xl.workbook.input.source import BookSource
from invclose_xl.workbook.input.status import without_unposted
from invclose_xl.workbook.input.subtotals import without_subtotals
from invclose_xl.workbook.input.transaction_checks import check_transactions
from invclose_xl.workbook.input.transactions import QUANTITIES, Draft, parse_transactions
from invclose_xl.workbook.input.whole_book import check_signs_and_days
from invclose_xl.workbook.layout import (
    CHARGES,
    COST_ADJUSTMENTS,
    DIMENSIONS,
    EXPECTED,
    INPUT_SHEETS,
    ITEM_MODEL_GROUPS,
    ITEMS,
    LEDGER,
    PARAMETERS,
    POSTING,
    REFERENCES,
    TRANSACTIONS,
    InputSheet,
)
from invclose_xl.workbook.package.cell_reference import column_number
from invclose_xl.workbook.package.package import Package, Sheet
from invclose_xl.workbook.progress import Progress
from invclose_xl.workbook.setup.charges import parse_charges
from invclose_xl.workbook.setup.cost_adjustments import adjustment_hashes, charged_names, parse_cost_adjustments
from invclose_xl.workbook.setup.costing_groups import FIELDS, costing_groups, parse_dimensions
from invclose_xl.workbook.setup.items import ModelGroups, ParsedItems, parse_items, parse_model_groups
from invclose_xl.workbook.setup.ledger import parse_ledger
from invclose_xl.workbook.setup.parameters import parse_parameters
from invclose_xl.workbook.setup.posting import name_unknown_groups, parse_posting
from invclose_xl.workbook.setup.raw_export import name_columns_of_other_tables
from invclose_xl.workbook.setup.unused import name_unused_dimensions, name_unused_words, words_in
from invclose_xl.workbook.tables.columns import scale_of, scaled
from invclose_xl.workbook.tables.near_names import near_names
from invclose_xl.workbook.tables.sheet import Sheets, missing_sheet
from invclose_xl.workbook.tables.table import Findings, RawTable, joined
from invclose_xl.workbook.values.values import Fault, Locale

STEPS = len(INPUT_SHEETS) + 1
SheetKey = tuple[int, tuple[tuple[int, int, str], ...]]
LARGE_FILE = 4 << 20
"""bytes of a workbook from which it pays to give memory back once it is read"""


@dataclass(frozen=True, slots=True)
class Reading:
    """The contents of a workbook. ``book`` is None where any problem is an error or a refusal."""

    book: Book | None
    problems: tuple[Problem, ...]
    compared: Compared | None = None
    """what only a comparison needs; None unless it was asked for"""
    formats_named: Mapping[str, int] = field(default_factory=dict)
    """part -> highest cell format that it names, where reading has seen that"""
    tallies: tuple[Tally, ...] = ()
    """of a part: what is told once all parts are together; of a whole book it is among the problems"""


def read_book(path: Path, progress: Progress | None = None, *, to_compare: bool = False) -> Reading:
    """Read a workbook; see the module's head. ``to_compare``: the sheet *Expected* and all dimensions, too."""
    with Package.open(path) as package:
        reading = read_source(_WorkbookSource(package), progress, to_compare=to_compare)
        reading = replace(reading, formats_named=package.formats_named)
    if path.stat().st_size >= LARGE_FILE:
        give_back_memory()
    return reading


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Facts about the other parts of a book that is read in parts."""

    scale: int = 0
    """decimals that their quantities need"""
    is_part: bool = False
    """there are others: what one sentence says of rows of all of them is not told yet"""
    accounts: Spellings | None = None
    """accounts and ledger dimensions as vouchers and all parts spell them, in the order of the whole book"""


WHOLE = Elsewhere()


def read_source(
    source: BookSource, progress: Progress | None = None, elsewhere: Elsewhere = WHOLE, *, to_compare: bool = False
) -> Reading:
    """Read a book from wherever its tables are."""
    return _BookReader(source, progress, elsewhere, to_compare=to_compare).read()


class _WorkbookSource(Sheets):
    """The sheets of a workbook, and the result sheets among them."""

    def results(self) -> RawHistory:
        """Return the result sheets."""
        return find_history(self, self.uses_1904)

    def missing(self, spec: InputSheet) -> Problem:
        """Name a required sheet that is not there."""
        return missing_sheet(spec, self)


class _BookReader:
    """One reading of one book: tables in the order in which they need each other."""

    def __init__(
        self, sheets: BookSource, progress: Progress | None, elsewhere: Elsewhere, *, to_compare: bool
    ) -> None:
        self._elsewhere = elsewhere
        self._sheets = sheets
        self._to_compare = to_compare
        self._progress = progress
        self._steps = 0
        self._locale = Locale(uses_1904=sheets.uses_1904)
        self._problems: list[Problem] = []
        self._tallies: list[Tally] = []
        self._absent: list[InputSheet] = []

    def read(self) -> Reading:
        table, findings = self._table(PARAMETERS)
        parameters, self._locale = parse_parameters(table, findings, self._locale)
        self._keep(findings)
        groups = self._groups()
        items = self._items(groups)
        self._step("history")
        history = self._sheets.results()
        posting_table, posting_findings = self._table(POSTING)
        draft, findings, words = self._transactions(items, parameters, posting_table)
        scale = max(self._elsewhere.scale, history.quantity_scale())
        units: dict[str, Int64] = {}
        if draft is not None:
            scale = max(scale, scale_of(list(draft.quantities.values()), QUANTITY_DECIMALS))
            units = {name: scaled(draft.quantities[name], name, scale, "IC150", findings) for name in QUANTITIES}
            check_transactions(draft, units, items, groups, findings)
            check_other_closings(draft, units, words, findings)
            _check_figures(draft, units, scale, items, parameters, findings)
            draft = replace(draft, table=draft.table.without_cells())
        self._keep(findings)
        results = history.tables_of(scale, parameters.currency_decimals)
        self._problems += results.problems
        dimensions = self._dimensions(draft)
        posting = self._posting(posting_table, posting_findings, items)
        order = row_order(draft.texts["id"], results.tables) if draft is not None else None
        adjustments, adjustment_hashes, legs = self._cost_adjustments(draft, order, parameters, results.tables)
        charges = self._charges(parameters.currency_decimals)
        ledger = self._ledger(parameters.currency_decimals)
        expected = self._expected(parameters.currency_decimals)
        if draft is not None:
            by_hand = adjustments, charges
            known = self._elsewhere.accounts or collect_spellings(results.tables)
            posting, adjustments, charges, ledger = spelled_alike(draft, posting, *by_hand, ledger, known)
        self._problems += near_names(self._sheets, self._absent, self._locale)
        problems, tallies = self._told()
        if draft is None or items is None or groups is None or order is None or _stops(problems):
            return Reading(None, problems, tallies=tallies)
        costing, group = costing_groups(draft.item, items.keys, draft.texts, dimensions)
        transactions = in_row_order(draft, units, group, order, words)
        hashes = sort_hashes_in_row_order(draft, units, scale, parameters.currency_decimals, order)
        book = Book(
            items=items.items,
            model_groups=groups.groups,
            groups=costing,
            transactions=add_leg_rows(transactions, legs, items.items, costing, results.tables),
            parameters=parameters.model_copy(update={"currency": currency_of(draft, parameters.currency)}),
            scales=Scales(parameters.currency_decimals, scale, items.price_scale),
            posting=posting,
            cost_adjustments=adjustments,
            charges=charges,
            financial_dimensions=dimensions,
            history=results.tables,
            history_cells=results.cells,
            transaction_hashes=add_leg_hashes(hashes, len(legs)),
            adjustment_hashes=adjustment_hashes,
            ledger=ledger,
            references=words,
        )
        return Reading(book, problems, self._compared(expected, items, draft, order), tallies=tallies)

    def _told(self) -> tuple[tuple[Problem, ...], tuple[Tally, ...]]:
        """Return the problems in order; of a part, apart from them, what is told once all parts are together."""
        if self._elsewhere.is_part:
            return in_order(self._problems, self._sheets.all), tuple(self._tallies)
        return in_order([*self._problems, *tell(self._tallies)], self._sheets.all), ()

    # ---- sheets

    def _step(self, name: str) -> None:
        if self._progress is not None:
            self._progress(f"Reading {name}", self._steps, STEPS)
        self._steps += 1

    def _keep(self, findings: Findings) -> None:
        findings.name_empty_dates()
        self._problems += findings.problems
        self._tallies += findings.tallies

    def _table(self, spec: InputSheet) -> tuple[RawTable | None, Findings]:
        """Return a sheet's raw table; None where it is missing or has no usable headings."""
        self._step(spec.name)
        sheet = self._sheets.find(spec.name)
        if parts := [*([] if sheet is None else [sheet]), *self._sheets.further(spec.name)]:
            return self._joined(spec, parts)
        self._absent.append(spec)
        if spec.required:
            self._problems.append(self._sheets.missing(spec))
        return None, Findings(SheetCells(spec.name, {}, np.zeros(0, dtype=np.int32)))

    def _joined(self, spec: InputSheet, sheets: list[Sheet]) -> tuple[RawTable | None, Findings]:
        """Return the table of a sheet and of those that it goes on in; None where headings are missing on any."""
        columns = (*spec.columns, *spec.exported)
        read = [self._sheets.table(sheet, columns, self._locale) for sheet in sheets]
        problems = [problem for _, findings in read for problem in findings.problems]
        tables = [table for table, _ in read if table is not None]
        if len(tables) < len(read):
            return None, Findings(read[0][1].cells, problems)
        table = joined(tables)
        findings = Findings(table.cells, problems)
        if self._sheets.find(spec.name) is None:
            problem = f"There is no sheet {spec.name}; the table is read from {sheets[0].name} on."
            fix = f"No action is needed. Rename the sheet {spec.name} if it is the only one."
            findings.at(CellRef(sheets[0].name), Fault("IC158", "", problem, fix), Severity.INFORMATION)
        if len(tables) > 1:
            rows = ", ".join(f"{part.cells.sheet}: {len(part):,}" for part in tables)
            fix = "No action is needed if these sheets continue the table. Rename a sheet that is only a copy."
            problem = f"The table continues on {len(tables)} sheets; all of them are read ({rows})."
            fault = Fault("IC158", "", problem, fix)
            findings.at(CellRef(tables[1].cells.sheet), fault, Severity.INFORMATION)
        return table, findings

    def _groups(self) -> ModelGroups | None:
        table, findings = self._table(ITEM_MODEL_GROUPS)
        groups = None if table is None else parse_model_groups(table, findings)
        self._keep(findings)
        return groups

    def _items(self, groups: ModelGroups | None) -> ParsedItems | None:
        table, findings = self._table(ITEMS)
        items = None if table is None else parse_items(table, groups, findings)
        self._keep(findings)
        return items

    def _transactions(
        self, items: ParsedItems | None, parameters: Parameters, posting: RawTable | None
    ) -> tuple[Draft | None, Findings, ReferenceWords]:
        """Return the rows that move stock, and what the words of their Reference mean."""
        references, reference_findings = self._table(REFERENCES)
        own = parse_references(references, reference_findings)
        table, findings = self._table(TRANSACTIONS)
        words = ReferenceWords(own, is_numbered(posting) or is_numbered(table))
        if table is not None:
            name_unused_words(references, words_in(table, posting), reference_findings)
        self._keep(reference_findings)
        if table is None:
            return None, findings, words
        name_columns_of_other_tables(table, findings)
        table, findings = pass_over_blocking(table, words, findings)
        table, findings = without_unposted(table, findings)
        table, findings = without_subtotals(table, findings)
        if not (table.has("physical_date") or table.has("financial_date")):
            problem = (
                "The sheet has neither a Physical date nor a Financial date, so no transaction belongs to a period."
            )
            findings.at(CellRef(table.cells.sheet), Fault("IC102", "", problem, "Add at least one of the two columns."))
            findings.is_bad("financial_date")[:] = True
        keys = None if items is None else items.keys
        return parse_transactions(table, keys, parameters.currency_decimals, findings), findings, words

    def _dimensions(self, draft: Draft | None) -> tuple[str, ...]:
        table, findings = self._table(DIMENSIONS)
        dimensions = parse_dimensions(table, findings)
        if draft is not None and not findings.stops():
            name_unused_dimensions(table, draft.texts, findings)
        self._keep(findings)
        return dimensions

    def _posting(
        self, table: RawTable | None, findings: Findings, items: ParsedItems | None
    ) -> tuple[PostingRule, ...]:
        posting = parse_posting(table, findings)
        if items is not None:
            name_unknown_groups(table, items.items.item_group.to_list(), findings)
        self._keep(findings)
        return posting

    def _cost_adjustments(
        self, draft: Draft | None, order: Order | None, parameters: Parameters, history: Tables
    ) -> tuple[CostAdjustments | None, dict[str, Hashes], pl.DataFrame]:
        """Return the sheet, its fingerprints, and the legs of closing transfers that get rows of their own for it."""
        table, findings = self._table(COST_ADJUSTMENTS)
        decimals = parameters.currency_decimals
        legs = find_named_legs(charged_names(table), history)
        keys = pl.Series([], dtype=pl.String)
        if table is not None and draft is not None and order is not None:
            keys = pl.concat([make_id_keys(draft.texts["id"].gather(order)), make_id_keys(legs["transaction"])])
        adjustments = parse_cost_adjustments(table, keys, draft is not None, decimals, findings)
        if adjustments is not None:
            check_sum("amount", adjustments.amount, decimals, findings)
        self._keep(findings)
        if table is None or adjustments is None:
            return None, {}, legs
        return adjustments, adjustment_hashes(table, adjustments, decimals), legs

    def _charges(self, decimals: int) -> Charges | None:
        table, findings = self._table(CHARGES)
        charges = parse_charges(table, decimals, findings)
        if charges is not None:
            check_sum("amount", charges.amount, decimals, findings)
        self._keep(findings)
        return charges

    def _ledger(self, decimals: int) -> Ledger | None:
        table, findings = self._table(LEDGER)
        ledger = parse_ledger(table, decimals, findings)
        if ledger is not None:
            check_sum("amount", ledger.amount, decimals, findings)
        self._keep(findings)
        return ledger

    def _expected(self, decimals: int) -> Expected | None:
        """Return the sheet *Expected*; a sheet of that name without its headings is somebody's own."""
        if not self._to_compare:
            return None
        table, findings = self._table(EXPECTED)
        if table is None:
            return None
        expected = parse_expected(table, decimals, findings)
        self._keep(findings)
        return expected

    def _compared(self, expected: Expected | None, items: ParsedItems, draft: Draft, order: Order) -> Compared | None:
        if not self._to_compare:
            return None
        alike = texts_in_row_order(draft.texts, ("company", "unit", "currency"), order)
        return Compared(expected, items.keys, texts_in_row_order(draft.texts, FIELDS.values(), order), alike)


def in_order(problems: Iterable[Problem], sheets: Sequence[Sheet]) -> tuple[Problem, ...]:
    """Return the problems by sheet, row and column; what concerns a missing sheet first."""
    of_sheet = make_sheet_key(sheets)

    def key(problem: Problem) -> tuple[SheetKey, int, int, str]:
        where = problem.where
        return of_sheet(where.sheet), where.row, column_number(where.column), problem.code

    return tuple(sorted(problems, key=key))


def make_sheet_key(sheets: Sequence[Sheet]) -> Callable[[str], SheetKey]:
    """Return what sorts sheets as the book has them; the files of a table that is a folder, in its place, by name."""
    place = {sheet.name: sheet.position for sheet in sheets}

    def key(sheet: str) -> SheetKey:
        table = sheet if sheet in place else sheet.partition("/")[0]
        return place.get(table, -1), make_natural_key(sheet)

    return key


def _check_figures(
    draft: Draft,
    units: dict[str, Int64],
    scale: int,
    items: ParsedItems | None,
    parameters: Parameters,
    found: Findings,
) -> None:
    """Judge quantities and amounts over the whole sheet."""
    check_prior_settlements(draft, units, scale, parameters.currency_decimals, found)
    check_measures(draft, items, parameters.currency, found)
    check_signs_and_days(draft, units["quantity"], found)
    check_sums(draft, units, scale, items, parameters.currency_decimals, found)


def _stops(problems: tuple[Problem, ...]) -> bool:
    return any(p.severity in (Severity.ERROR, Severity.REFUSED) for p in problems)
