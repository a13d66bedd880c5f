"""Cells that were filled in and have no effect: columns on rows without use for them, marks, words nobody knows.

In      a Run.
Out     Problems: one per column and Reference, per model, per word, each with the number of rows. Rows that an earlier
        closing locked are not named again.
Source  RULES R9.1, R11; WORKBOOK "Columns on other rows".
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from invclose_xl.closing.findings.wording import report_transaction
from invclose_xl.closing.posting.voucher import find_account, get_offset_role, has_accounts
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.domain.book import NO_DATE, Bool
from invclose_xl.domain.links.feed_members import (
    select_produced_receipts,
    select_production,
    select_return_receipts,
    select_transfer_legs,
    select_vendor_returns,
)
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.domain.references import Meaning, make_word_key

HEADINGS = {
    "transfer": "Transfer ID",
    "production": "Production number",
    "cost_share": "Cost share",
    "return_lot": "Return lot ID",
    "marked_quantity": "Marked quantity",
    "prior_adjustment": "Prior adjustment",
}
BELONGS_TO = {
    "transfer": "the legs of transfers, and scrap is none",
    "production": "Production and Production line",
    "cost_share": "Production receipts with a production number",
    "return_lot": "receipts that bring back an issue, and issues without a mark that give goods back to the vendor",
    "marked_quantity": "rows with Marked to",
    "prior_adjustment": "transactions with a Financial date",
}


def find_columns_without_effect(run: Run) -> Iterator[Tally]:
    """Name each column that is filled in on rows of a Reference that have no use for it."""
    transactions, new = run.book.transactions, select_new_rows(run)
    words = transactions.reference.to_list()
    for column, unused in _find_unused(run).items():
        rows = np.flatnonzero(unused & new).tolist()
        by_word: dict[str, list[int]] = {}
        for row in rows:
            by_word.setdefault(make_word_key(words[row]), []).append(row)
        for word, of_word in by_word.items():
            first, count = of_word[0], len(of_word)
            where = f"of Reference {words[first]}" if words[first] else "without a Reference"
            example = report_transaction(
                run, "IC533", first, column, where, _describe_way_out(run, column, first), "R11"
            )
            yield Tally(("IC533", column, word), _count_rows_without_effect, (count,), (example,))


def _count_rows_without_effect(tally: Tally) -> Iterator[Problem]:
    _, column, _ = tally.kind
    (count,), where = tally.numbers, tally.examples[0].problem
    yield tally.first(
        f"{HEADINGS[str(column)]} has no effect on {format_count(count, 'row')} {where}: it is used for"
        f" {BELONGS_TO[str(column)]}."
    )


def _describe_way_out(run: Run, column: str, row: int) -> str:
    transactions = run.book.transactions
    if column == "marked_quantity":
        return "Empty the cells, or enter in Marked to what they are marked to."
    if column == "prior_adjustment":
        return "Empty the cells, or enter the Financial date."
    if transactions.meaning[row] == Meaning.UNKNOWN:
        return f"Empty the cells, or enter on the sheet References what {transactions.reference[row]} means."
    return "Empty the cells, or correct the Reference of the rows."


def _find_unused(run: Run) -> dict[str, Bool]:
    """Return for each column the rows that fill it in without any effect."""
    transactions = run.book.transactions
    has_lot = transactions.return_lot.is_not_null().to_numpy()
    return {
        "transfer": (transactions.transfer >= 0) & ~select_transfer_legs(transactions),
        "production": (transactions.production >= 0) & ~select_production(transactions),
        "cost_share": (transactions.cost_share != NO_AMOUNT) & ~select_produced_receipts(transactions),
        "return_lot": has_lot & ~select_return_receipts(transactions) & ~select_vendor_returns(transactions),
        "marked_quantity": (transactions.marked_quantity != NO_AMOUNT) & transactions.marked_to.is_null().to_numpy(),
        "prior_adjustment": (transactions.prior_adjustment != 0) & (transactions.financial_date == NO_DATE),
    }


def select_new_rows(run: Run) -> Bool:
    """Rows there at D that no closing has locked yet."""
    movements, rows = run.movements, run.movements.transactions
    return np.asarray(movements.present[:rows] & (movements.date[:rows] > run.state.closed_up_to))


def find_marks_without_effect(run: Run) -> Iterator[Tally]:
    """Marks on items that the close never settles, once per model (RULES R2.6)."""
    transactions, rows = run.book.transactions, run.movements.transactions
    marked = (transactions.marked_to.is_not_null().to_numpy() | select_vendor_returns(transactions)) & select_new_rows(
        run
    )
    for model in [m for m in InventoryModel if not m.is_periodic]:
        found = np.flatnonzero(marked & (run.model[:rows] == model)).tolist()
        if found:
            column = "return_lot" if transactions.marked_to[found[0]] is None else "marked_to"
            example = report_transaction(
                run, "IC504", found[0], column, f"items of the model {model.label} are never settled.",
                "Empty the cells, or choose another inventory model for the items.", "R2.6",
            )  # fmt: skip
            yield Tally(("IC504", model.value), _count_marks, (len(found),), (example,))


def _count_marks(tally: Tally) -> Iterator[Problem]:
    (count,) = tally.numbers
    which = "The mark has" if count == 1 else f"The marks on {count:,} rows have"
    yield tally.first(f"{which} no effect: {tally.examples[0].problem}")


def find_unknown_words(run: Run) -> Iterator[Tally]:
    """Words of Reference that neither the contract nor the book explains, with the account they post to (R9.1)."""
    transactions, book, rows = run.book.transactions, run.book, run.movements.transactions
    in_profile = {make_word_key(rule.reference) for rule in book.posting}
    concerned = select_new_rows(run)
    concerned[run.adjustments.row] = True
    by_word: dict[str, list[int]] = {}
    for row in np.flatnonzero((transactions.meaning == Meaning.UNKNOWN) & concerned[:rows]).tolist():
        by_word.setdefault(make_word_key(transactions.reference[row]), []).append(row)
    for word, found in by_word.items():
        if word in in_profile:
            continue
        accounts: dict[str, int] = {}
        for row in found:
            accounts.setdefault(_find_offset_account(run, row), row)
        examples = [
            replace(
                report_transaction(
                    run, "IC534", row, "reference", transactions.reference[row],
                    "Enter on the sheet References what it means, or add a row for it to the sheet Posting.", "R9.1",
                ),
                found=account,
            )
            for account, row in accounts.items()
        ]  # fmt: skip
        yield Tally(("IC534", word), _count_unknown_word, (len(found),), tuple(examples))


def _count_unknown_word(tally: Tally) -> Iterator[Problem]:
    """Tell the accounts in the order of the rows that are the first to have them."""
    (count,), word = tally.numbers, tally.examples[0].problem
    names = [name for name in dict.fromkeys(example.found for example in tally.examples) if name]
    where = ", ".join(names[:3]) + (f" and {len(names) - 3} more accounts" if len(names) > 3 else "")
    whose = choose_form(count, "its adjustment is", "their adjustments are")
    goes = f"{whose} posted to {where}" if names else f"there is no account that {whose} posted to"
    said = f"{word} is not a known word of Reference. It is used on {format_count(count, 'row')}; {goes}."
    yield replace(tally.first(said), found="")


def _find_offset_account(run: Run, row: int) -> str:
    """Return the account that an adjustment of a row goes to, '' where there is none."""
    book, transactions = run.book, run.book.transactions
    sign = 1 if transactions.quantity[row] > 0 else -1
    if not has_accounts(book):
        return get_offset_role(Meaning(int(transactions.meaning[row])), sign)
    own = transactions.offset_account[row]
    group = str(book.items.item_group[int(transactions.item[row])])
    return str(
        own
        or find_account(book, group, transactions.reference[row], int(transactions.meaning[row]), "offset_account")
        or ""
    )
