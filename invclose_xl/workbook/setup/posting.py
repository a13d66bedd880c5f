"""The sheet *Posting*.

In      its raw table; the item groups that the items belong to.
Out     a PostingRule per row.
Errors  Findings for every faulty cell. Whether a profile is complete is judged by the engine.
Source  WORKBOOK "Optional sheets"; RULES R9.1.
"""

from collections.abc import Sequence

from invclose_xl.domain.book import PostingRule
from invclose_xl.domain.id_keys import make_id_key
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.domain.references import make_word_key
from invclose_xl.domain.words import REFERENCES
from invclose_xl.workbook.tables.columns import ids, texts
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Fault

ROUNDING = "Rounding"
ACCOUNTS = ("inventory_account", "offset_account")
MOST_NAMES = 5
_SPELLINGS = {reference.casefold(): reference for reference in REFERENCES}
_SPELLINGS |= index_in_all_languages({ROUNDING: ROUNDING}, make_word_key)


def parse_posting(table: RawTable | None, findings: Findings) -> tuple[PostingRule, ...]:
    """Return the posting profile; blank item group or reference means any."""
    if table is None:
        return ()
    group, inventory, offset = (
        ids(table, name, findings) for name in ("item_group", "inventory_account", "offset_account")
    )
    reference = texts(table, "reference", findings)
    names = [texts(table, f"{field}_name", findings) for field in ACCOUNTS]
    rules = []
    seen: dict[tuple[str, str], int] = {}
    for row in range(len(table)):
        word = reference[row] or ""
        rule = PostingRule(
            group[row] or "", _SPELLINGS.get(word.casefold(), word), inventory[row] or "", offset[row] or "",
            (names[0][row] or "").strip(), (names[1][row] or "").strip(),
        )  # fmt: skip
        unread = any(findings.is_bad(name)[row] for name in ("item_group", "reference"))
        key = ("" if rule.reference == ROUNDING else make_id_key(rule.item_group), rule.reference.casefold())
        if key in seen and not unread:
            first = findings.cells.cell(seen[key], "reference")
            meaning = "the rounding account" if rule.reference == ROUNDING else "this item group and reference"
            fault = Fault("IC140", word, f"Row {first.row} already gives {meaning}.", "Delete one of the two rows.")
            findings.cell(row, "reference", fault)
        elif not unread:
            seen[key] = row
        accounts_unread = findings.is_bad("inventory_account")[row] or findings.is_bad("offset_account")[row]
        if not (rule.inventory_account or rule.offset_account or accounts_unread):
            fault = Fault("IC118", "", "The row names no account.", "Enter the accounts, or delete the row.")
            findings.cell(row, "offset_account", fault)
        rules.append(rule)
    _judge_account_names(rules, findings)
    return tuple(rules)


def _judge_account_names(rules: Sequence[PostingRule], findings: Findings) -> None:
    """Warn of an account with two names, of which the first counts, and of a name that is beside no account."""
    first: dict[str, tuple[str, CellRef]] = {}
    for row, rule in enumerate(rules):
        for field in ACCOUNTS:
            account, name, column = getattr(rule, field), getattr(rule, f"{field}_name"), f"{field}_name"
            if not name or findings.is_bad(field)[row]:
                continue
            known, where = first.setdefault(make_id_key(account), (name, findings.cells.cell(row, column)))
            if not account:
                problem = "No account stands beside this name, so it is shown nowhere."
                fault = Fault("IC598", name, problem, "Enter the account, or clear the name.")
                findings.cell(row, column, fault, Severity.WARNING)
            elif name != known:
                problem = (
                    f"Account {account} has another name in {where.column}{where.row}: {known}. That one is shown."
                )
                fault = Fault("IC597", name, problem, "Give the account the same name on all rows of the sheet.")
                findings.cell(row, column, fault, Severity.WARNING)


def name_unknown_groups(table: RawTable | None, item_groups: Sequence[str], findings: Findings) -> None:
    """Count in one remark the rules of item groups that no item belongs to."""
    if table is None:
        return
    known = {make_id_key(group) for group in item_groups}
    group = ids(table, "item_group", Findings(table.cells))
    rows = [row for row in range(len(table)) if group[row] and make_id_key(group[row]) not in known]
    if rows:
        names = ", ".join(list(dict.fromkeys(str(group[row]) for row in rows))[:MOST_NAMES])
        names += " …" if len({group[row] for row in rows}) > MOST_NAMES else ""
        problem = f"No item of the sheet Items belongs to {names}; {format_count(len(rows), 'row')} of this sheet"
        problem += f" {choose_form(len(rows), 'has', 'have')} no effect."
        fix = "Correct the item group. No action is needed if its items are not in this workbook."
        findings.cell(rows[0], "item_group", Fault("IC197", "", problem, fix), Severity.INFORMATION)
