"""What a conversion wrote and what it left, for people and as plain data.

Source  WORKBOOK "Command line" (convert).
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath


def converted_text(
    target: PurePath, rows: Mapping[str, int], closings: Sequence[str], not_carried_over: Sequence[str]
) -> str:
    """Return the lines that the command prints."""
    width = max(map(len, rows), default=0)
    lines = [f"Written to {target}", *(f"  {name:<{width}}  {count:>12,} rows" for name, count in rows.items())]
    if closings:
        lines.append(f"  with {', '.join(closings)}")
    if not_carried_over:
        lines.append(f"Not carried over: {'; '.join(not_carried_over)}.")
    return "\n".join(lines)


def converted_json(
    target: PurePath, rows: Mapping[str, int], closings: Sequence[str], not_carried_over: Sequence[str]
) -> dict[str, object]:
    """Return plain data."""
    return {
        "written": str(target),
        "rows": dict(rows),
        "closings": list(closings),
        "not_carried_over": list(not_carried_over),
    }
