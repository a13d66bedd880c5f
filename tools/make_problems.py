"""Write docs/problems.md: every code with its title, its rule and the lines that a book shows it with.

In      domain/problems/codes.py and the folders of tests/errors.
Out     the page as text; run this file to write it.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from invclose_xl.domain.problems.codes import CODES  # noqa: E402 - the package beside this file, installed or not

HEAD = """# Problems and what to do

This page is made by `python tools/make_problems.py` from the books in `tests/errors`: each line below is what the
program says about such a book. A line names the cell, what was found, what is wrong with it and what to do. *Rule*
leads to the text of the rule; the sheet *Log* names it by the same words in its column Rule.

| codes | meaning |
|---|---|
| IC100 to IC149 | the input is wrong; nothing is written, exit code 3 |
| IC150 to IC159 | the input was read with a remark |
| IC160 to IC169 | our own result sheets cannot be trusted; refused, exit code 4 |
| IC170 to IC189 | the input is wrong; nothing is written, exit code 3 |
| IC200 to IC299 | the run is not allowed now; refused, exit code 4 |
| IC300 to IC399 | the input contradicts a rule of the closing; nothing is written, exit code 3 |
| IC400 to IC449 | an export cannot be imported; nothing is written, exit code 3 |
| IC450 to IC459 | folders of tables: exit code 3 for a column, 4 for a file of an earlier closing, 0 for a remark |
| IC500 and above | warnings and information about a run |
"""


def problems_page() -> str:
    """Return the page."""
    parts = [HEAD]
    for code, meaning in sorted(CODES.items()):
        expected = ROOT / "tests" / "errors" / code / "expected.txt"
        lines = expected.read_text("utf-8").splitlines() if expected.exists() else []
        shown = "\n".join(f"- {_escaped(line)}" for line in lines)
        rule = f"[{meaning.rule}]({link_of(meaning.rule)})"
        parts.append(f"## {code} {meaning.title}\n\nRule: {rule}.\n\n{shown}".rstrip() + "\n")
    return "\n".join(parts)


def link_of(rule: str) -> str:
    """Return where a rule stands, in docs/: the anchor of its id, or the section of the workbook contract."""
    if rule.startswith("R"):
        return f"spec/rules.md#{rule.lower().replace('.', '-')}"
    return f"spec/workbook.md#{rule.removeprefix('WORKBOOK ').lower().replace(' ', '-')}"


def _escaped(line: str) -> str:
    return re.sub(r"([*_<])", r"\\\1", line)


if __name__ == "__main__":
    (ROOT / "docs" / "problems.md").write_text(problems_page(), "utf-8")
