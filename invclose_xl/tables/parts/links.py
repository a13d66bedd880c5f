"""Links between items of a folder of tables: marks, transfers, production numbers, returns, IDs that occur twice.

In      transactions, piece by piece, as the reader sees them.
Out     Facts: rows per item, pairs of items between which cost can flow, and what a part cannot see for itself.
Errors  none: what is wrong with a row is found when its part is read.
Cost    the columns named here, one piece in memory at a time; besides, the keys that could link: one row per document.
Source  RULES R4, R5.1, R6.2, R6.3.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from invclose_xl.closing.request.dates import TransactionDays
from invclose_xl.domain.book import NO_DATE
from invclose_xl.domain.days import to_date
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.money import QUANTITY_DECIMALS
from invclose_xl.workbook.input.accounts import Spellings
from invclose_xl.workbook.input.transactions import AMOUNTS, QUANTITIES
from invclose_xl.workbook.tables.columns import dates, ids, numbers, scale_of
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.numbers import currency_mark

KEYS = ("id", "item", "lot", "marked_to", "return_lot", "transfer", "production")
REFERS = ("marked_to", "return_lot")
"""fields that name an ID or a lot of any row"""
NO_NUMBER = r"[^-+0-9.,' ]"
"""what a text has that is more than a number"""
ACCOUNTS = ("inventory_account", "offset_account")
SPELLED = (*ACCOUNTS, "ledger_dimension")
NEEDED = (*KEYS, *SPELLED, "company", "currency", "physical_date", "financial_date", *QUANTITIES)


class AsOne(Exception):
    """Why a folder can only be closed in one piece, in words."""


@dataclass(slots=True)
class Facts:
    """Facts of all rows together, gathered piece by piece."""

    rows: dict[str, int] = field(default_factory=dict)
    """item key -> rows"""
    documents: list[pl.DataFrame] = field(default_factory=list)
    """kind, key, item: transfers and production numbers"""
    named: list[pl.DataFrame] = field(default_factory=list)
    """key, item: IDs and lots that marks and returns name, and by which item"""
    ids: list[pl.DataFrame] = field(default_factory=list)
    """key, item: the IDs of all rows"""
    lots: list[pl.DataFrame] = field(default_factory=list)
    """key, item: their lots"""
    companies: set[str] = field(default_factory=set)
    currencies: dict[str, str] = field(default_factory=dict)
    scale: int = 0
    first_day: int = NO_DATE
    last_day: int = NO_DATE
    spelled: dict[str, dict[str, str]] = field(default_factory=dict)
    """field of SPELLED -> key -> how its first row spells it"""
    amounts_in: dict[str, set[str]] = field(default_factory=dict)
    """field of amounts that are text -> the currencies that are beside them"""

    @property
    def has_accounts(self) -> bool:
        """Say whether any row fills in an account."""
        return any(self.spelled.get(name) for name in ACCOUNTS)

    def spellings(self, vouchers: pl.DataFrame, beside: Iterable[pl.Series]) -> Spellings:
        """Return how accounts and ledger dimensions are spelled, those of earlier vouchers first.

        ``beside``: accounts of other tables, in the order in which a book has them.
        """
        known = {name: pl.Series(list(self.spelled.get(name, {}).values()), dtype=pl.String) for name in SPELLED}
        accounts = [vouchers["account"].unique(maintain_order=True), *(known[name] for name in ACCOUNTS)]
        accounts += [names.unique(maintain_order=True) for names in beside]
        dimensions = [vouchers["ledger_dimension"].unique(maintain_order=True), known["ledger_dimension"]]
        return Spellings(pl.concat(accounts), pl.concat(dimensions))

    def forget_keys(self) -> None:
        """Let go of what only the planning needs."""
        for kept in (self.documents, self.named, self.ids, self.lots):
            kept.clear()


def gather(facts: Facts, table: RawTable) -> None:
    """Add what one piece of the transactions says."""
    findings = Findings(table.cells)
    keys = {name: make_id_keys(ids(table, name, findings)) for name in KEYS if table.has(name)}
    item = keys.get("item", table.blank_texts).fill_null("")
    for name, count in item.value_counts().rows():
        facts.rows[name] = facts.rows.get(name, 0) + int(count)
    for kind in ("transfer", "production"):
        if kind in keys and keys[kind].null_count() < len(item):
            facts.documents.append(_pairs(keys[kind], item).with_columns(kind=pl.lit(kind)))
    for name in REFERS:
        if name in keys and keys[name].null_count() < len(item):
            facts.named.append(_pairs(keys[name], item))
    for name, kept in (("id", facts.ids), ("lot", facts.lots)):
        if name in keys and keys[name].null_count() < len(item):
            kept.append(_pairs(keys[name], item))
    facts.companies |= set(make_id_keys(ids(table, "company", findings)).drop_nulls().unique().to_list())
    _keep_spellings(facts.currencies, ids(table, "currency", findings))
    for name in SPELLED:
        _keep_spellings(facts.spelled.setdefault(name, {}), ids(table, name, findings))
    for name in AMOUNTS:
        if table.has(name) and table.column(name).has_texts():
            words = table.column(name).text().drop_nulls()
            marks = {currency_mark(text) for text in words.filter(words.str.contains(NO_NUMBER)).unique().to_list()}
            facts.amounts_in[name] = facts.amounts_in.get(name, set()) | (marks - {""})
    quantities = [numbers(table, name, findings, is_money=False) for name in QUANTITIES]
    facts.scale = max(facts.scale, scale_of(quantities, QUANTITY_DECIMALS))
    for name in ("physical_date", "financial_date"):
        days = dates(table, name, findings)
        days = days[days != NO_DATE]
        if len(days):
            known = [int(days.min()), int(days.max())]
            known += [day for day in (facts.first_day, facts.last_day) if day != NO_DATE]
            facts.first_day, facts.last_day = min(known), max(known)


def _keep_spellings(known: dict[str, str], texts: pl.Series) -> None:
    named = texts.drop_nulls().unique(maintain_order=True)
    for key, text in zip(make_id_keys(named).to_list(), named.to_list(), strict=True):
        known.setdefault(key, text)


def _pairs(keys: pl.Series, item: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame({"key": keys, "item": item})
    return frame.filter(pl.col("key").is_not_null()).unique(maintain_order=True)


def linked(facts: Facts, other: Iterable[pl.DataFrame] = ()) -> pl.DataFrame:
    """Return the pairs of different items that must stay together: columns item and with."""
    found = list(other)
    if facts.documents:
        found.append(_joined(pl.concat(facts.documents), ["kind", "key"]))
    if facts.ids:
        carried = pl.concat([*facts.ids, *facts.lots])
        # A fingerprint of 64 bits first: few keys occur twice, and all of them at once would take the most memory.
        maybe = carried.filter(carried["key"].hash().is_duplicated())
        found.append(_joined(maybe.filter(pl.col("key").is_duplicated()), ["key"]))
        if facts.named:
            wanted = pl.concat(facts.named).unique()
            there = carried.join(wanted.select("key").unique(), on="key", how="semi")
            found.append(_joined(pl.concat([there, wanted]), ["key"]))
    schema = {"item": pl.String, "with": pl.String}
    return pl.concat(found).unique(maintain_order=True) if found else pl.DataFrame(schema=schema)


def _joined(pairs: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Let every item that has a key be linked with the first that has it."""
    return (
        pairs.with_columns(first=pl.col("item").first().over(by))
        .filter(pl.col("item") != pl.col("first"))
        .select("item", pl.col("first").alias("with"))
        .unique(maintain_order=True)
    )


def days_of(facts: Facts) -> TransactionDays | None:
    """Return the first and the last day of all rows; None where no row has any."""
    if facts.first_day == NO_DATE:
        return None
    return TransactionDays(to_date(facts.first_day), to_date(facts.last_day))
