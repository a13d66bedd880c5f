"""What went into next year's book, as a page of text and as plain data.

In      RolledForward, amounts in minor units.
Out     text; a dictionary for JSON, amounts as decimal text.
Source  WORKBOOK "Command line" (rollforward).
"""

from collections.abc import Sequence

from invclose_xl.domain.money import amount_text, text_of
from invclose_xl.domain.problems.plurals import counted
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.views.rollforward import RolledForward
from invclose_xl.reports.summary import problem_json

SHOWN = 10


def rollforward_text(made: RolledForward) -> str:
    """Write the page that the command prints."""
    value = f"{amount_text(made.value, made.currency_decimals)} {made.currency}".strip()
    behind = made.transactions - made.kept
    lines = [
        f"{made.closing}: rolled forward up to {made.up_to}",
        "",
        f"  {'Transactions of ' + made.archive:<44} {made.transactions:>10,}",
        f"  {'Settled and final, left behind':<44} {behind:>10,}",
        f"  {'Gone along':<44} {made.kept:>10,}",
        f"  {'of these folded into openings':<44} {made.folded:>10,}",
        f"  {'Openings for what averages left':<44} {made.openings:>10,}",
        "",
        f"  Both books hold the same: {counted(made.groups, 'item and costing group', 'items and costing groups')}"
        f" compared, {value} in all (sheet Roll-forward).",
        f"  The archive is {made.archive}, SHA-256 {made.file_digest}",
    ]
    if made.values_kept:
        shown = ", ".join(made.values_kept[:SHOWN]) + (" …" if len(made.values_kept) > SHOWN else "")
        lines.append(f"  Formulas that lead to rows left behind are values now: {shown}")
    return "\n".join([*lines, f"Written to {made.path}"])


def rollforward_json(made: RolledForward, problems: Sequence[Problem]) -> dict[str, object]:
    """Return the same as plain data."""
    return {
        "closing": made.closing,
        "up_to": made.up_to.isoformat(),
        "transactions": made.transactions,
        "kept": made.kept,
        "folded": made.folded,
        "openings": made.openings,
        "groups_compared": made.groups,
        "value": text_of(made.value, made.currency_decimals),
        "currency": made.currency,
        "archive": made.archive,
        "digest": made.digest,
        "sha256": made.file_digest,
        "formulas_kept_as_values": list(made.values_kept),
        "written": made.path,
        "problems": [problem_json(p) for p in problems],
    }
