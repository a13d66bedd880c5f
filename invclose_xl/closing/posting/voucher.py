"""Vouchers: the difference of every closing goes to the ledger in one balanced voucher.

In      a book, and the cost changes to post: transaction, amount, whether it is physical.
Out     voucher lines (domain.tables.VOUCHERS), one net line per specification, account and ledger dimension.
Units   minor units. A line has either a debit or a credit.
Errors  Problems that name every combination of item group and reference for which an account is missing.
Source  RULES R9.1-R9.4.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.closing.posting.cost_changes import CostChanges
from invclose_xl.closing.state.earlier_postings import NOT_POSTED, POSTS, Accounts, Posted
from invclose_xl.domain.book import NO_CODE, Book, Bool, CostAdjustments, Int64
from invclose_xl.domain.id_keys import make_id_key
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.references import TRANSFERS, Meaning, make_word_key
from invclose_xl.domain.tables import NOTE, TEXT, VOUCHERS, repeat_value
from invclose_xl.domain.views.account_names import name_accounts
from invclose_xl.domain.words import LockedKind, Specification

INVENTORY, ROUNDING = "Inventory", "Rounding difference"
ROUNDING_REFERENCE = "Rounding"
BY_HAND = "Adjustment"
"""reference whose posting rule manual adjustments and expensed differences follow"""
OFFSET_ROLES = {
    Meaning.SALES_ORDER: "Cost of goods sold",
    Meaning.RETURN_ORDER: "Cost of goods sold",
    Meaning.PRODUCTION: "Work in process",
    Meaning.PRODUCTION_LINE: "Work in process",
    Meaning.KANBAN: "Work in process",
    **dict.fromkeys(TRANSFERS, "Inventory in transit"),
}


@dataclass(frozen=True, slots=True)
class Posting:
    """A voucher, and its inventory accounts; empty where one of them is an offset account too."""

    voucher: pl.DataFrame
    inventory_accounts: frozenset[str]
    problems: list[Problem]
    kept: pl.DataFrame
    """transaction, fingerprint: how what may be taken back was posted, for *Locked rows*"""


def post(
    book: Book,
    changes: CostChanges,
    closing: str,
    posting_date: date,
    specification: Specification,
    text: str,
    taken_back: pl.DataFrame | None = None,
    entries: CostAdjustments | None = None,
) -> Posting:
    """Return the voucher of one closing, or what the posting profile lacks for it.

    ``taken_back``: lines that post back what belongs to rows that are others now (closing.earlier.corrections);
    ``entries``: the rows behind the manual adjustments, so that one without an account can be named.
    """
    lines = _join_changes(book, changes)
    if taken_back is not None and len(taken_back):
        lines = pl.concat([lines, taken_back.select(lines.columns).cast(lines.schema)])
    lines, problems = _fill_accounts(book, lines, entries)
    if problems:
        return Posting(
            pl.DataFrame(schema=VOUCHERS), frozenset(), problems, _make_posting_rows(book, changes, lines.clear())
        )
    voucher = make_voucher_lines(_add_up_net(lines, specification), closing, closing, posting_date, text)
    voucher = name_accounts(voucher, book.posting)
    inventory, offset, rounding = (set(lines[name].unique()) for name in ("inventory", "offset", "rounding_account"))
    others = offset | rounding
    # an account that is an offset somewhere holds more than stock, so its balance cannot be compared with the value
    own_accounts = frozenset() if inventory & others else frozenset(inventory)
    return Posting(voucher, own_accounts, [], _make_posting_rows(book, changes, lines))


def make_voucher_lines(net: pl.DataFrame, closing: str, voucher: str, day: date, text: str) -> pl.DataFrame:
    """Return net amounts, debit +, as numbered lines of a voucher; columns of VOUCHERS (RULES R9.3)."""
    zero = pl.lit(0, dtype=pl.Int64)
    return net.select(
        closing=pl.lit(closing),
        voucher=pl.lit(voucher),
        date=pl.lit(day),
        line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        account="account",
        ledger_dimension="ledger_dimension",
        specification="specification",
        debit=pl.max_horizontal("net", zero),
        credit=pl.max_horizontal(-pl.col("net"), zero),
        text=pl.lit(text),
    )


def _make_posting_rows(book: Book, changes: CostChanges, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of *Locked rows* that say how changes were posted which a later run may take back."""
    fields = ("inventory", "offset", "rounding_account", "ledger_dimension")
    kept = changes.kind.is_not_null().arg_true()
    posted_lines = lines.filter(pl.col("change").is_in(kept.implode())).select("change", *fields)
    accounts = {row[0]: Accounts(True, *(text or "" for text in row[1:])) for row in posted_lines.rows()}
    names, texts = [], []
    for change in kept.to_list():
        amount, rounding = int(changes.amount[change]), int(changes.rounding_difference[change])
        posted = Posted(
            changes.kind[change], bool(changes.is_physical[change]), amount, rounding, accounts.get(change, NOT_POSTED),
            changes.charge[change] or "",
        )  # fmt: skip
        names.append(book.transactions.id[int(changes.row[change])])
        texts.append(posted.text())
    kinds = [LockedKind.POSTING.value] * len(names)
    return pl.DataFrame({"transaction": names, "fingerprint": texts, "kind": kinds}, schema=NOTE)


def _join_changes(book: Book, changes: CostChanges) -> pl.DataFrame:
    """Put the changes that post side by side with what decides about their accounts."""
    posted = select_changes_that_post(book, changes)
    transactions = book.transactions
    row = changes.row[posted]
    by_hand = pl.Series(changes.by_hand[posted])
    lines = pl.DataFrame({"amount": changes.amount[posted], "rounding": changes.rounding_difference[posted]})
    return lines.with_columns(
        change=pl.Series(np.flatnonzero(posted)),
        row=pl.Series(row),
        by_hand=by_hand,
        sign=pl.Series(np.where(transactions.quantity[row] > 0, 1, -1)),
        item_group=_get_item_column(book, book.items.item_group, row),
        item_number=_get_item_column(book, book.items.number, row),
        reference=transactions.reference.gather(row).zip_with(~by_hand, repeat_value(BY_HAND, len(row))),
        meaning=pl.Series(
            np.where(by_hand.to_numpy(), book.references.find_meaning(BY_HAND), transactions.meaning[row])
        ),
        ledger_dimension=transactions.ledger_dimension.gather(row).fill_null(""),
        inventory=transactions.inventory_account.gather(row),
        offset=transactions.offset_account.gather(row).zip_with(
            ~by_hand, changes.offset_account.filter(pl.Series(posted))
        ),
        rounding_account=pl.lit(None, dtype=TEXT),
    ).with_columns(**_post_as_before(changes.accounts.filter(pl.Series(posted))))


def _post_as_before(given: pl.Series) -> dict[str, pl.Expr]:
    """Accounts and ledger dimension of what is taken back: those it was posted with."""
    known = {text: Accounts.read(text) for text in given.drop_nulls().unique().to_list()}
    if not known:
        return {}
    is_given = pl.lit(given.is_not_null())
    columns = {"inventory": "inventory", "offset": "offset", "rounding_account": "rounding",
               "ledger_dimension": "ledger_dimension"}  # fmt: skip
    found = {}
    for column, field in columns.items():
        texts = {text: getattr(accounts, field) for text, accounts in known.items()}
        before = given.replace_strict(texts, default=None, return_dtype=TEXT)
        found[column] = pl.when(is_given).then(pl.lit(before)).otherwise(pl.col(column))
    return found


def list_account_entries(book: Book, changes: CostChanges, specification: Specification) -> pl.DataFrame:
    """Return what is behind a voucher before it is added up: one row per change (its position) and account."""
    lines, _ = _fill_accounts(book, _join_changes(book, changes))
    return _add_up_gross(lines, specification)


def _add_up_net(lines: pl.DataFrame, specification: Specification) -> pl.DataFrame:
    """Add up debits and credits per specification, account and ledger dimension (RULES R9.3)."""
    key = ("specification", "account", "ledger_dimension")
    moved = pl.col("net") != 0
    return _add_up_gross(lines, specification).group_by(key).agg(pl.col("net").sum()).filter(moved).sort(key)


def _add_up_gross(lines: pl.DataFrame, specification: Specification) -> pl.DataFrame:
    """Return debits (+) and credits (-) of every change (RULES R9.2)."""
    name = {
        Specification.TOTAL: pl.lit("Total"),
        Specification.ITEM_GROUP: pl.col("item_group"),
        Specification.ITEM_NUMBER: pl.col("item_number"),
    }[specification]
    signed = pl.col("sign") * pl.col("amount")
    entries = (
        ("inventory", signed, "amount"),
        ("offset", -signed, "amount"),
        ("rounding_account", pl.col("rounding"), "rounding"),
        ("offset", -pl.col("rounding"), "rounding"),
    )
    return pl.concat(
        [
            lines.filter(amount != 0).select(
                "change", name.alias("specification"), pl.col(role).alias("account"), "ledger_dimension", net=amount,
                what=pl.lit(what),
            )
            for role, amount, what in entries
        ]
    )  # fmt: skip


def select_changes_that_post(book: Book, changes: CostChanges) -> Bool:
    """Select the changes that the item model groups let through to the ledger (RULES R9.4)."""
    item = book.transactions.item[changes.row]
    financial = book.get_item_flags("post_financial_inventory")[item]
    physical = book.get_item_flags("post_physical_inventory")[item]
    keeps_accounts = changes.accounts.is_not_null().to_numpy()
    # what is taken back follows how it was posted then, not the flags of today (RULES R7.2)
    before = changes.accounts.str.starts_with(POSTS).fill_null(value=False).to_numpy()
    return np.where(keeps_accounts, before, financial & (physical | ~changes.is_physical))


def has_accounts(book: Book) -> bool:
    """Return whether any account is filled in anywhere; if not, vouchers use role names (RULES R9.1)."""
    transactions = book.transactions
    return book.accounts_elsewhere or bool(
        transactions.inventory_account.is_not_null().any()
        or transactions.offset_account.is_not_null().any()
        or any(r.inventory_account or r.offset_account for r in book.posting)
    )


def get_offset_role(meaning: Meaning, sign: int) -> str:
    """The offset account's role name of what a Reference means (RULES R9.1)."""
    if meaning is Meaning.BLANK and sign < 0:
        return "Cost of goods sold"
    return OFFSET_ROLES.get(meaning, "Inventory adjustment")


def _get_item_column(book: Book, column: pl.Series, row: Int64) -> pl.Series:
    return column.gather(book.transactions.item[row])


def _fill_accounts(
    book: Book, lines: pl.DataFrame, entries: CostAdjustments | None = None
) -> tuple[pl.DataFrame, list[Problem]]:
    """Fill the accounts that transactions do not carry; problems name what cannot be filled."""
    by_role = not has_accounts(book)
    kind = ["item_group", "reference", "meaning", "sign"]
    combinations = lines.select(kind).unique().sort(kind)
    profile = combinations.with_columns(
        profile_inventory=pl.Series(
            [INVENTORY if by_role else find_account(book, g, r, m, "inventory_account")
             for g, r, m, _ in combinations.rows()], dtype=pl.String
        ),
        profile_offset=pl.Series(
            [_find_offset(book, by_role, *combination) for combination in combinations.rows()], dtype=pl.String
        ),
    )  # fmt: skip
    rounding = ROUNDING if by_role else _find_rounding_account(book)
    lines = lines.join(profile, on=kind, how="left", maintain_order="left").with_columns(
        inventory=pl.coalesce("inventory", "profile_inventory"),
        offset=pl.coalesce("offset", "profile_offset"),
        rounding_account=pl.coalesce("rounding_account", pl.lit(rounding, dtype=pl.String)),
    )
    return lines, _find_missing_accounts(book, lines, entries)


def _find_missing_accounts(book: Book, lines: pl.DataFrame, entries: CostAdjustments | None) -> list[Problem]:
    """Name every account that neither the transaction, the cost adjustment nor the posting profile gives."""
    moved = (pl.col("amount") != 0) | (pl.col("rounding") != 0)
    problems = []
    for column, what in (("inventory", "Inventory account"), ("offset", "Offset account")):
        lacking = lines.filter(moved & pl.col(column).is_null())
        if not len(lacking):
            continue
        if column == "offset":
            adjusted, found = _find_adjustments_without_account(book, lacking, entries)
            problems += found
            lacking = lacking.filter(~(pl.col("by_hand") & pl.col("row").is_in(adjusted)))
        combinations = lacking.select("item_group", "reference").unique().sort("item_group", "reference")
        problems += [
            _describe_missing_account(book, group, reference, what) for group, reference in combinations.rows()
        ]
    if len(lines.filter(pl.col("rounding_account").is_null() & (pl.col("rounding") != 0))):
        problems.append(_describe_missing_account(book, "", ROUNDING_REFERENCE, "Offset account"))
    return problems


def _find_offset(book: Book, by_role: bool, item_group: str, reference: str, meaning: int, sign: int) -> str | None:
    if not by_role:
        return find_account(book, item_group, reference, meaning, "offset_account")
    return get_offset_role(Meaning(meaning), sign)


def find_account(book: Book, item_group: str, reference: str, meaning: int, which: str) -> str | None:
    """Return the account of the most specific posting rule that fills it in (RULES R9.1).

    A rule for the very word goes before one for another word of the same meaning.
    """
    words = book.references.list_posting_words(reference, Meaning(meaning))
    rules = _index_rules(book, which)
    keys = [(group, word) for group in (make_id_key(item_group), "") for word in words]
    for key in [*keys, (make_id_key(item_group), ""), ("", "")]:
        if key in rules:
            return rules[key]
    return None


def _index_rules(book: Book, which: str) -> dict[tuple[str, str], str]:
    """Return the accounts of the posting profile by item group and word, and by what the word means."""
    exact: dict[tuple[str, str], str] = {}
    alike: dict[tuple[str, str], str] = {}
    for rule in book.posting:
        account, group = getattr(rule, which), make_id_key(rule.item_group)
        if account:
            exact.setdefault((group, make_word_key(rule.reference)), account)
            alike.setdefault((group, book.references.find_rule_word(rule.reference)), account)
    return alike | exact  # the very word wins over another one of the same meaning


def _find_rounding_account(book: Book) -> str | None:
    for rule in book.posting:
        if rule.reference.lower() == ROUNDING_REFERENCE.lower():
            return rule.offset_account or rule.inventory_account or None
    return None


def _find_adjustments_without_account(
    book: Book, lacking: pl.DataFrame, entries: CostAdjustments | None
) -> tuple[list[int], list[Problem]]:
    """Rows entered by hand without an account that nothing else gives: their transactions, and what to say."""
    if entries is None or not len(entries.amount):
        return [], []
    rows = lacking.filter(pl.col("by_hand"))["row"].to_numpy()
    blank = entries.offset_account.replace("", None).is_null().to_numpy()
    found = np.flatnonzero(blank & np.isin(entries.transaction, rows)).tolist()
    problems = {p.where: p for p in (_describe_missing_adjustment_account(book, entries, k) for k in found)}
    return entries.transaction[found].tolist(), list(problems.values())


def _describe_missing_adjustment_account(book: Book, entries: CostAdjustments, entry: int) -> Problem:
    row = int(entries.transaction[entry])
    group = book.items.item_group[int(book.transactions.item[row])]
    combination = f"{f'Item group {group} and ' if group else ''}Reference {BY_HAND}"
    what, sheet = (
        ("cost adjustment", "Cost adjustments") if entries.charge_of(entry) == NO_CODE else ("charge", "Charges")
    )
    return Problem(
        "IC320",
        Severity.ERROR,
        entries.cells.cell(entry, "offset_account"),
        "",
        f"The {what} has no Offset account, and the sheet Posting has none for it either, so the voucher cannot"
        " be posted.",
        f"Enter the Offset account on the sheet {sheet}, or add a row with {combination} to the sheet Posting.",
        "R9.1",
        str(book.items.number[int(book.transactions.item[row])]),
        book.transactions.id[row],
    )


def _describe_missing_account(book: Book, item_group: str, reference: str, what: str) -> Problem:
    combination = f"Item group {item_group or '(blank)'}, Reference {reference or '(blank)'}"
    fix = f"Add a row with {combination} and {what} to the sheet Posting, or fill in {what} on the transactions."
    if reference != ROUNDING_REFERENCE and book.references.find_meaning(reference) is Meaning.UNKNOWN:
        fix = (
            f"{reference} is not a known word of Reference: enter on the sheet References what it means, if Posting has"
            f" a row for that. Otherwise, {fix[0].lower()}{fix[1:]}"
        )
    return Problem(
        "IC320",
        Severity.ERROR,
        CellRef("Posting"),
        "",
        f"No {what} for {combination}, so the voucher cannot be posted.",
        fix,
        rule="R9.1",
    )
