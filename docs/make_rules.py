"""Write docs/rules-in-code.md: for every rule, the modules that cite it and the case files that test it.

In      the text of the package and of tests/cases.
Out     the page as text; run this file to write it.
"""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
RULE = re.compile(r"\bR(\d+)\.(\d+)\b")

HEAD = """# Rules in the code

This page is made by `python docs/make_rules.py`. A rule's number stands in the module that implements it and in
the first line of the cases (`tests/cases`) that test it.

| rule | modules | cases |
|---|---|---|
"""


def rules_page() -> str:
    """Return the page."""
    modules, cases = cited("invclose_xl", "*.py"), cited("tests/cases", "*.txt")
    lines = []
    for rule in sorted(set(modules) | set(cases)):
        where = ", ".join(f"`{path.removeprefix('invclose_xl/')}`" for path in modules[rule])
        tested = ", ".join(Path(path).stem for path in cases[rule])
        lines.append(f"| R{rule[0]}.{rule[1]} | {where} | {tested} |")
    return HEAD + "\n".join(lines) + "\n"


def cited(folder: str, pattern: str) -> defaultdict[tuple[int, int], list[str]]:
    """Return for each rule the files below a folder that name it."""
    found: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for path in sorted((ROOT / folder).rglob(pattern)):
        for rule in sorted({(int(a), int(b)) for a, b in RULE.findall(path.read_text("utf-8"))}):
            found[rule].append(path.relative_to(ROOT).as_posix())
    return found


if __name__ == "__main__":
    (ROOT / "docs" / "rules-in-code.md").write_text(rules_page(), "utf-8")
