"""Names of accounts: those that the sheet *Posting* gives beside them.

In      the posting profile; accounts as text.
Out     their names, '' where Posting gives none. Names are for people: no cost, voucher or fingerprint depends on one.
Source  WORKBOOK "Optional sheets" (Posting); RULES R0 (accounts compare trimmed and without regard to case).
"""

from collections.abc import Mapping, Sequence

import polars as pl

from invclose_xl.domain.book import PostingRule
from invclose_xl.domain.id_keys import make_id_key

AccountNames = Mapping[str, str]
"""key of the account -> name"""


def index_account_names(posting: Sequence[PostingRule]) -> AccountNames:
    """Return the name of each account; of two names the one that is first counts."""
    names: dict[str, str] = {}
    for rule in posting:
        for account, name in (
            (rule.inventory_account, rule.inventory_account_name),
            (rule.offset_account, rule.offset_account_name),
        ):
            if account and name:
                names.setdefault(make_id_key(account), name)
    return names


def name_accounts(rows: pl.DataFrame, posting: Sequence[PostingRule]) -> pl.DataFrame:
    """Return rows that have an account, with the field ``account_name`` filled in."""
    names = index_account_names(posting)
    accounts = rows["account"].unique().drop_nulls().to_list() if names else []
    known = {account: names.get(make_id_key(account), "") for account in accounts}
    named = pl.col("account").replace_strict(known, default="", return_dtype=pl.String) if known else pl.lit("")
    return rows.with_columns(account_name=named)
