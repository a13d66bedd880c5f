"""Result tables of earlier formats: what their runs said in words only, in the columns that later formats have.

Format 1, of version 0.1.0, told the rows of *Locked rows* apart by how their ID begins and the rows of *Estimated
costs* by what their Basis says. Here is the only place that reads those words. Whether an estimate was a physical or a
financial one, format 1 said of few rows only; the Kind of all others stays blank (closing.state.estimate_kinds).

In      result tables as the sheets hold them; rows of earlier formats may have been upgrade_tables before.
Out     the same tables in the present format; and back, for the Digest of the run that wrote them.
Errors  a problem where a run wrote in a format that comes later than the present one.
Source  WORKBOOK "Formats of our sheets"; RULES R10.2.
"""

from collections.abc import Callable

import polars as pl

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.tables import FORMAT, Tables
from invclose_xl.domain.words import EXPENSED, EstimateCause, EstimateType, Kind, LockedKind

BEGINNINGS = {
    LockedKind.COST_ADJUSTMENT: "Cost adjustment of ",
    LockedKind.CHARGE: "Charge ",
    LockedKind.MODEL_GROUP: "Flags of item model group ",
    LockedKind.PACKING_SLIP: "Packing slip of ",
    LockedKind.POSTING: "Posting of ",
    LockedKind.SEEN: "Seen of ",
    LockedKind.PARTS: "Parts of ",
    LockedKind.TAKEN_BACK: "Taken back of ",
    LockedKind.RESULT_ROWS: "Result rows of ",
}
"""how the ID of a row of *Locked rows* began in format 1; behind that stood what the row is about"""
NAMES = (LockedKind.DIMENSIONS, LockedKind.DECIMALS, LockedKind.CURRENCY)
"""rows about the whole book: their ID was the kind"""
YES, NO = "Y", "N"
FLAGS = (
    "Include physical value", "Fixed receipt price", "Physical negative inventory", "Financial negative inventory",
    "Post physical inventory", "Post financial inventory",
)  # fmt: skip
"""the flags of an item model group that format 1 wrote out, ``Include physical value Yes, …``; now one letter each"""

_EXPENSED = r"^(Backdated|Negative stock|Late invoice): "
_ROW_CHANGED = "Taken back: the row was changed"
_ROW_SPLIT = "Taken back: the row was split"
_SHARE = r"^((Backdated|Negative stock|Late invoice): s|S)hare of "
_INVOICED = r"^[^:]*: taken back, the transaction (was invoiced|became financial)$"
_SUPERSEDED = r"^(Taken back: the amount is known|[^:]*: taken back, )"


def upgrade_tables(tables: Tables) -> Tables:
    """Return the tables of a book with every row in the present format; formats are blank where a run wrote none."""
    lock = tables["lock"].with_columns(pl.col("format").fill_null(1).clip(1))
    if not (lock["format"] < FORMAT).any():
        return {**tables, "lock": lock}
    locked, estimates = _fill_kinds(tables["locked_rows"]), tables["estimated_costs"]
    estimates = estimates.with_columns(
        pl.when(pl.col("type") != "").then(name).otherwise(word).alias(name) for name, word in read_basis().items()
    )
    return {**tables, "lock": lock, "locked_rows": locked, "estimated_costs": estimates}


def find_later_format(lock: pl.DataFrame, cell: Callable[[int], CellRef]) -> Problem | None:
    """Refuse a book that a later version went on with: what it wrote, and where, nobody knows here."""
    at = (lock["format"].fill_null(1) > FORMAT).arg_true()
    if not len(at):
        return None
    row = int(at[-1])
    number, version, closing = lock["format"][row], lock["version"][row], lock["closing"][row]
    return Problem(
        "IC165", Severity.REFUSED, cell(row), str(number),
        f"A later version of this program, {version}, wrote {closing} in format {number} of the result sheets; this"
        f" version knows the formats up to {FORMAT}.",
        f"Install version {version} or later (pip install --upgrade invclose-xl) and run again.", CODES["IC165"].rule,
    )  # fmt: skip


def read_basis() -> dict[str, pl.Expr]:
    """Return what the Basis of rows of format 1 says, by the field that says so since."""
    return {"kind": _read_kind(), "type": _read_type(), "cause": _read_cause()}


def _read_kind() -> pl.Expr:
    """Shares, and what was expensed at the packing slip and taken back, are physical; of others it says nothing."""
    physical = pl.col("basis").str.contains(_SHARE) | pl.col("basis").str.contains(_INVOICED)
    return pl.when(physical).then(pl.lit(Kind.PHYSICAL.value)).otherwise(pl.lit(""))


def _read_type() -> pl.Expr:
    """Return what the Basis of a row of format 1 says that its amount is."""
    word = pl.col("basis").str.extract(_EXPENSED)
    return word.replace_strict({w.value: w.value for w in EXPENSED}, default=EstimateType.ESTIMATE.value)


def _read_cause() -> pl.Expr:
    """Return what the Basis of a row of format 1 says that it was written for."""
    basis = pl.col("basis")
    # Of an expensed difference what a split row gave off and what its parts got had one text; both count alike.
    return (
        pl.when(basis.str.contains(_SHARE))
        .then(pl.lit(EstimateCause.SHARE.value))
        .when(basis.str.starts_with(_ROW_CHANGED))
        .then(pl.lit(EstimateCause.TAKEN_BACK.value))
        .when(basis.str.starts_with(_ROW_SPLIT))
        .then(pl.lit(EstimateCause.SPLIT.value))
        .when(basis.str.contains(_SUPERSEDED))
        .then(pl.lit(EstimateCause.SUPERSEDED.value))
        .otherwise(pl.lit(EstimateCause.NEW.value))
    )


def _fill_kinds(locked: pl.DataFrame) -> pl.DataFrame:
    """Tell the rows of *Locked rows* of format 1 apart, and leave in their ID what they are about."""
    name, said = pl.col("transaction"), pl.col("kind")
    untold = pl.col("sequence").is_null() & (said == "")
    if not locked.select(untold.any()).item():
        return locked
    kind, about = said, name
    for known, begins in BEGINNINGS.items():
        is_so = untold & name.str.starts_with(begins)
        kind = pl.when(is_so).then(pl.lit(known.value)).otherwise(kind)
        about = pl.when(is_so).then(name.str.strip_prefix(begins)).otherwise(about)
    is_name = untold & name.is_in([known.value for known in NAMES])
    kind, about = pl.when(is_name).then(name).otherwise(kind), pl.when(is_name).then(pl.lit("")).otherwise(about)
    return _replace_flags(locked.with_columns(kind=kind, transaction=about), _shorten_flags)


def _replace_flags(locked: pl.DataFrame, change: Callable[[str], str]) -> pl.DataFrame:
    """Write the flags of item model groups the other way."""
    of_group, text = pl.col("kind") == LockedKind.MODEL_GROUP, pl.col("fingerprint")
    other = {flags: change(flags) for flags in locked.filter(of_group)["fingerprint"].unique().to_list()}
    return locked.with_columns(fingerprint=pl.when(of_group).then(text.replace(other)).otherwise(text))


def _shorten_flags(words: str) -> str:
    """Read ``Include physical value Yes, Fixed receipt price No``; what reads otherwise stays as it is."""
    said = words.split(", ")
    if [flag.rpartition(" ")[0] for flag in said] != list(FLAGS):
        return words
    return "".join(YES if flag.endswith("Yes") else NO for flag in said)


def _spell_flags(letters: str) -> str:
    if len(letters) != len(FLAGS) or set(letters) - {YES, NO}:
        return letters
    return ", ".join(f"{flag} {'Yes' if letter == YES else 'No'}" for flag, letter in zip(FLAGS, letters, strict=True))


def restore_format(table: str, rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return rows of a result table as a run of an earlier format wrote them, as far as its Digest takes them."""
    if table != "locked_rows" or number >= 2:
        return rows
    begins = pl.col("kind").replace_strict(
        {**{kind.value: text for kind, text in BEGINNINGS.items()}, **{kind.value: kind.value for kind in NAMES}},
        default="",
    )
    return _replace_flags(rows, _spell_flags).with_columns(transaction=pl.concat_str(begins, "transaction"))
