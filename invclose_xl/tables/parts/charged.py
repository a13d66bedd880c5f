"""Items that a row of *Charges* can belong to: they stay together, so that one part knows all of its receipts.

In      the sheets Charges and Items; the transactions, piece by piece.
Out     per charge the items that meet its criteria, whatever the days: at least those of its receipts.
Errors  AsOne: a charge belongs to nothing, so only the whole book can say why.
Cost    a join of each piece with the charges, once for each choice of criteria that occurs.
Source  RULES R7.4 (a blank criterion means any, all that are filled in must hold).
"""

from dataclasses import dataclass, field

import polars as pl

from invclose_xl.closing.state.locked_rows import CHARGE_COLUMNS
from invclose_xl.domain.book import Charges
from invclose_xl.domain.fingerprint import pack_hashes
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.tables.parts.links import AsOne
from invclose_xl.workbook.setup.charges import CRITERIA, parse_charges
from invclose_xl.workbook.tables.columns import ids
from invclose_xl.workbook.tables.table import Findings, RawTable

OF_TRANSACTIONS = tuple(name for name in CRITERIA if name != "item_group")
_PAIRS = {"charge": pl.Int64, "item": pl.String}


@dataclass(slots=True)
class Charged:
    """The charges of a folder, and the items they belong to as far as the transactions were looked at."""

    prints: pl.Series
    """row -> its fingerprint, by which *Locked rows* know it; rows of one fingerprint have the same receipts"""
    criteria: pl.DataFrame
    """charge, and a column for each of CRITERIA: keys, null where blank"""
    groups: pl.DataFrame
    """item, item_group: keys"""
    found: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_PAIRS))

    @staticmethod
    def of(table: RawTable | None, items: RawTable | None, decimals: int) -> "Charged":
        """Return the rows of the sheet; what is wrong with them is found when the book is read."""
        findings = None if table is None else Findings(table.cells)
        charges = None if table is None or findings is None else parse_charges(table, decimals, findings)
        if findings is not None and findings.stops():
            raise AsOne("a charge cannot be read")
        none = pl.Series([], dtype=pl.String)
        keys = {n: none if items is None else make_id_keys(_names(items, n)) for n in ("number", "item_group")}
        groups = pl.DataFrame(keys, schema={"number": pl.String, "item_group": pl.String}).rename({"number": "item"})
        prints = pl.Series([], dtype=pl.String) if charges is None else pack_hashes(charges.hashes, CHARGE_COLUMNS)
        return Charged(prints, _criteria(charges), groups)

    def needed(self) -> tuple[str, ...]:
        """Return the fields of transactions that are looked at."""
        return OF_TRANSACTIONS if len(self.prints) else ()

    def gather(self, table: RawTable) -> None:
        """Add the items of some transactions."""
        if not len(self.prints):
            return
        rows = pl.DataFrame({name: make_id_keys(_names(table, name)) for name in OF_TRANSACTIONS}).unique()
        rows = rows.filter(pl.col("item").is_not_null()).join(self.groups.unique("item"), on="item", how="left")
        filled = pl.concat_str(pl.col(name).is_not_null().cast(pl.Int8) for name in CRITERIA)
        pairs = [self.found]
        for own in self.criteria.with_columns(filled=filled).partition_by("filled"):
            names = [name for name in CRITERIA if own[name][0] is not None]
            wanted = own.select("charge", *names).rename({"item": "_item"} if "item" in names else {})
            left = ["_item" if name == "item" else name for name in names]
            met = (
                wanted.join(rows, left_on=left, right_on=names, how="inner", coalesce=False)
                if names
                else wanted.join(rows, how="cross")
            )
            pairs.append(met.select("charge", "item").unique())
        self.found = pl.concat(pairs).unique()

    def pairs(self) -> pl.DataFrame:
        """Return items that a charge holds together: item, with; raise AsOne where one has none."""
        if set(self.found["charge"].to_list()) < set(range(len(self.prints))):
            raise AsOne("a charge belongs to no transaction")
        items = self.found.sort("charge", "item")
        with_first = pl.col("item").first().over("charge").alias("with")
        return items.select("item", with_first).filter(pl.col("item") != pl.col("with")).unique(maintain_order=True)

    def parts(self, of_items: pl.DataFrame) -> pl.DataFrame:
        """Return where each row of the sheet belongs: charge, fingerprint, part; ``of_items``: item, part."""
        where = self.found.join(of_items, on="item").unique("charge").sort("charge")
        return where.select("charge", self.prints.gather(where["charge"]).alias("fingerprint"), "part")


def _names(table: RawTable, name: str) -> pl.Series:
    return ids(table, name, Findings(table.cells)) if table.has(name) else table.blank_texts


def _criteria(charges: Charges | None) -> pl.DataFrame:
    schema = {"charge": pl.Int64, **dict.fromkeys(CRITERIA, pl.String)}
    if charges is None:
        return pl.DataFrame(schema=schema)
    keys = {name: make_id_keys(names) for name, names in charges.criteria.items()}
    return pl.DataFrame({"charge": range(len(charges)), **keys}, schema=schema)
