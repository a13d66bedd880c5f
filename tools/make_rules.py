"""Write docs/rules-in-code.md: for every rule, the modules that cite it and the tests that cite it.

In      docs/spec/rules.md, the text of the package and of the tests.
Out     the page as text; run this file to write it.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from invclose_xl.domain.problems.codes import CODES  # noqa: E402 - the package beside this file, installed or not

RULE = re.compile(r"\bR(\d+(?:\.\d+)?)\b")
ANCHOR = re.compile(r'<a id="r(\d+(?:-\d+)?)"></a>')

HEAD = """# Rules in the code

This page is made by `python tools/make_rules.py`. Each rule of [the spec](spec/rules.md) with the modules that cite it,
the cases (`tests/cases`) that test it, the books of `tests/errors` whose code belongs to it, and the other tests that
cite it.

| rule | modules | cases | codes | other tests |
|---|---|---|---|---|
"""


def rules() -> list[str]:
    """Return the ids of all rules, in the order of the spec."""
    return [found.replace("-", ".") for found in ANCHOR.findall((ROOT / "docs/spec/rules.md").read_text("utf-8"))]


def rules_page() -> str:
    """Return the page."""
    modules, cases = cited("invclose_xl", "*.py"), cited("tests/cases", "*.txt")
    tests, codes = cited("tests", "*.py"), of_codes()
    lines = []
    for rule in rules():
        if not (modules[rule] or cases[rule] or codes[rule] or tests[rule]):
            continue
        where = ", ".join(f"`{path.removeprefix('invclose_xl/')}`" for path in modules[rule])
        shown = ", ".join(Path(path).stem for path in cases[rule])
        others = ", ".join(f"`{path.removeprefix('tests/')}`" for path in tests[rule])
        spec = f"[R{rule}](spec/rules.md#r{rule.replace('.', '-')})"
        lines.append(f"| {spec} | {where} | {shown} | {', '.join(codes[rule])} | {others} |")
    return HEAD + "\n".join(lines) + "\n"


def cited(folder: str, pattern: str) -> defaultdict[str, list[str]]:
    """Return for each rule the files below a folder that name it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / folder).rglob(pattern)):
        for rule in sorted(set(RULE.findall(path.read_text("utf-8")))):
            found[rule].append(path.relative_to(ROOT).as_posix())
    return found


def of_codes() -> defaultdict[str, list[str]]:
    """Return for each rule the problem codes that belong to it and have a book."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for code, meaning in sorted(CODES.items()):
        if (ROOT / "tests/errors" / code).is_dir():
            found[meaning.rule.removeprefix("R")].append(code)
    return found


if __name__ == "__main__":
    (ROOT / "docs" / "rules-in-code.md").write_text(rules_page(), "utf-8")
