"""The cells of a transaction, checked together: dates, signs, amounts that must be there, one company.

In      the Draft of the sheet, quantities in units of the book's scale, items and model groups.
Out     nothing.
Errors  Findings; a cell that has a problem already is not judged again.
Source  WORKBOOK "Transactions". Marks, feeds and everything about costs are judged by the engine.
"""

import numpy as np

from invclose_xl.domain.book import NO_DATE, Bool, Int64
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.workbook.input.transactions import SHARE_DECIMALS, Draft
from invclose_xl.workbook.setup.items import ModelGroups, ParsedItems
from invclose_xl.workbook.tables.table import Findings, name_blanks
from invclose_xl.workbook.values.values import Fault, Locale, shown

HEADINGS = {
    "physical_amount": "Physical cost amount",
    "financial_amount": "Financial cost amount",
}


def check_transactions(
    draft: Draft, units: dict[str, Int64], items: ParsedItems | None, groups: ModelGroups | None, findings: Findings
) -> None:
    """Name every row whose cells contradict each other."""
    quantity, good = units["quantity"], ~findings.is_bad("quantity")
    nothing = good & draft.quantities["quantity"].present & (quantity == 0)
    with_amount = np.logical_or.reduce([~np.isin(draft.amounts[name], (0, NO_AMOUNT)) for name in HEADINGS])
    _each(
        findings, "quantity", nothing & ~with_amount,
        Fault("IC128", "", "A transaction without a quantity moves no stock.",
              "Enter the quantity, or delete the row."),
        draft,
    )  # fmt: skip
    _each(
        findings, "quantity", nothing & with_amount,
        Fault("IC128", "", "A transaction without a quantity moves no stock, so its amount has no goods to belong to.",
              "Enter the quantity. Where the amount corrects the cost of a receipt, enter it on the sheet Cost"
              " adjustments, with the Transaction ID of that receipt, and delete the row here."),
        draft,
    )  # fmt: skip
    _check_dates(draft, findings)
    receipt, issue = good & (quantity > 0), good & (quantity < 0) & (quantity != NO_AMOUNT)
    _check_amounts_have_dates(draft, findings)
    _check_signs(draft, receipt, issue, findings)
    _check_missing_amounts(draft, receipt, items, groups, findings)
    _check_marked(draft, units, findings)
    _check_company(draft, findings)
    share = draft.cost_share
    wrong = (share != NO_AMOUNT) & ((share < 0) | (share > 10**SHARE_DECIMALS))
    _each(
        findings, "cost_share", wrong,
        Fault("IC136", "", "A cost share must be between 0 and 1.", "Enter a share such as 0.25."),
        draft,
    )  # fmt: skip


def _each(findings: Findings, name: str, rows: Bool, fault: Fault, draft: Draft | None = None) -> None:
    """Report one fault for each of some rows; what was found is read from the draft where the fault names nothing."""
    faulty = np.flatnonzero(rows & ~findings.is_bad(name)).tolist()
    column = draft.table.column(name) if draft is not None and faulty else None
    for row in faulty:
        found = fault.found if column is None else shown(column.cell(row), Locale())
        findings.cell(row, name, Fault(fault.code, found, fault.problem, fault.fix))


def _check_dates(draft: Draft, findings: Findings) -> None:
    physical, financial = draft.dates["physical_date"], draft.dates["financial_date"]
    unread = findings.is_bad("physical_date") | findings.is_bad("financial_date")
    column = "financial_date" if draft.table.has("financial_date") else "physical_date"
    name_blanks(
        draft.table, column, (physical == NO_DATE) & (financial == NO_DATE) & ~unread,
        Fault("IC129", "", "The transaction has neither a physical nor a financial date, so it belongs to no period.",
              "Enter the Financial date, or the Physical date if it is not invoiced."),
        findings,
    )  # fmt: skip


def _check_amounts_have_dates(draft: Draft, findings: Findings) -> None:
    """An amount of a kind that the row has no date of would count in no period; no date at all is named already."""
    dated = (draft.dates["financial_date"] != NO_DATE) | (draft.dates["physical_date"] != NO_DATE)
    for name, date, heading in (
        ("financial_amount", "financial_date", "Financial date"),
        ("physical_amount", "physical_date", "Physical date"),
        ("prior_adjustment", "financial_date", "Financial date"),
    ):
        amount, day = draft.amounts[name], draft.dates[date]
        undated = ~np.isin(amount, (0, NO_AMOUNT)) & dated & (day == NO_DATE) & ~findings.is_bad(date)
        if draft.table.has(date):
            problem, fix = f"The row has no {heading}", f"Enter the {heading}, or empty this cell."
        else:
            problem = f"The sheet has no column {heading}"
            fix = f"Add a column headed {heading} and fill it in, or empty this cell."
        _each(
            findings, name, undated, Fault("IC346", "", f"{problem}, so this amount belongs to no period.", fix),
            draft if draft.table.has(date) else None,
        )  # fmt: skip


def _check_signs(draft: Draft, receipt: Bool, issue: Bool, findings: Findings) -> None:
    for name, heading in HEADINGS.items():
        amount = draft.amounts[name]
        given = amount != NO_AMOUNT
        for rows, sign, word in (
            (receipt & (amount < 0), "positive", "a receipt"),
            (issue & (amount > 0), "negative", "an issue"),
        ):
            fault = Fault(
                "IC130", "", f"The {heading} of {word} must have the same sign as its quantity.",
                f"Enter it {sign}, or correct the sign of the quantity.",
            )  # fmt: skip
            _each(findings, name, rows & given, fault, draft)


def _check_missing_amounts(
    draft: Draft, receipt: Bool, items: ParsedItems | None, groups: ModelGroups | None, findings: Findings
) -> None:
    """A return receipt with a return lot may wait for its estimate (RULES R8.3); no other receipt may."""
    is_financial = draft.dates["financial_date"] != NO_DATE
    judged = receipt & ~findings.is_bad("financial_date") & ~findings.is_bad("return_lot")
    judged &= draft.texts["return_lot"].is_null().to_numpy()
    blank = draft.amounts["financial_amount"] == NO_AMOUNT
    name_blanks(
        draft.table, _column(draft, "financial_amount"), judged & is_financial & blank,
        Fault("IC133", "", "An invoiced receipt needs its Financial cost amount: issues take their cost from it.",
              "Enter the amount of the invoice, or empty the Financial date if it is not invoiced yet."
              if draft.table.has("financial_amount")
              else "Add a column headed Financial cost amount with the amounts of the invoices."),
        findings,
    )  # fmt: skip
    if items is None or groups is None or not groups.groups:
        return
    includes = np.array([g.include_physical_value for g in groups.groups], dtype=np.bool_)
    known = (draft.item >= 0) & ~findings.is_bad("item")
    of_item = items.items.model_group[np.maximum(draft.item, 0)] if len(items.items) else np.zeros(0, dtype=np.int32)
    wanted = includes[of_item] if len(of_item) else np.zeros(len(known), dtype=np.bool_)
    is_physical = (draft.dates["physical_date"] != NO_DATE) & ~is_financial
    blank = draft.amounts["physical_amount"] == NO_AMOUNT
    name_blanks(
        draft.table, _column(draft, "physical_amount"), judged & known & wanted & is_physical & blank,
        Fault("IC134", "", "Its model group includes physical value, so this receipt needs its Physical cost amount.",
              "Enter the amount of the packing slip."
              if draft.table.has("physical_amount")
              else "Add a column headed Physical cost amount with the amounts of the packing slips."),
        findings,
    )  # fmt: skip


def _column(draft: Draft, name: str) -> str:
    """Return the field, or the quantity where the sheet has no column for it."""
    return name if draft.table.has(name) else "quantity"


def _check_marked(draft: Draft, units: dict[str, Int64], findings: Findings) -> None:
    marked = units["marked_quantity"]
    _each(
        findings, "marked_quantity", draft.quantities["marked_quantity"].present & (marked <= 0),
        Fault("IC131", "", "A marked quantity is positive, on issues too.",
              "Enter a positive quantity, or empty the cell to mark the whole quantity."),
        draft,
    )  # fmt: skip


def _check_company(draft: Draft, findings: Findings) -> None:
    """One book, one company: rows of another one, and rows without one, are named."""
    company = draft.texts["company"]
    if not draft.table.has("company") or company.is_null().all():
        return
    keys = make_id_keys(company).fill_null("")
    counts = keys.value_counts(sort=True).filter(keys.value_counts(sort=True)["company"] != "")
    usual = counts["company"][0]
    bad = findings.is_bad("company")
    name = str(company.filter(keys == usual)[0])
    for key in keys.unique(maintain_order=True).to_list():
        if key == usual:
            continue
        problem = f"The other rows are of company {name}; a workbook holds one company."
        fix = f"Enter {name}, or move the row to the workbook of its own company."
        for row in np.flatnonzero((keys == key).to_numpy() & ~bad).tolist():
            findings.cell(row, "company", Fault("IC135", str(company[row] or ""), problem, fix))
