"""The rules' ids hold: none is cited that does not exist, none exists that nobody implements or tests."""

import ast
import re
import runpy
from pathlib import Path

from invclose_xl.domain.problems.codes import CODES

ROOT = Path(__file__).parent.parent
RULES_PAGE = runpy.run_path(str(ROOT / "tools" / "make_rules.py"))
IDS = set(RULES_PAGE["rules"]())
CITATION = re.compile(r"\bR(\d+\.\d+)\b")
SECTIONS = {rule for rule in IDS if "." not in rule}

CITES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "docs").rglob("*.py"),
    *(ROOT / "invclose_xl").rglob("*.py"),
    *(ROOT / "tests").rglob("*.py"),
    *(ROOT / "tests").rglob("*.txt"),
    *(ROOT / "tests").rglob("*.md"),
]


def test_the_spec_has_rules() -> None:
    assert {"0", "2.1", "4.1", "5.11", "10.5"} <= IDS


def test_every_rule_has_one_anchor() -> None:
    text = (ROOT / "docs/spec/rules.md").read_text("utf-8")
    anchors = re.findall(r'<a id="(r[\d-]+)">', text)
    assert len(anchors) == len(set(anchors))
    bold = set(re.findall(r"\*\*R(\d+(?:\.\d+)?)\b", text))
    assert {a[1:].replace("-", ".") for a in anchors} >= bold


def test_the_rule_of_every_code_leads_to_its_text() -> None:
    """On the pages of problems, and from the column Rule of *Log*: an anchor of a rule, or a section by its heading."""
    contract = (ROOT / "docs/spec/workbook.md").read_text("utf-8")
    headings = re.findall(r"^#{2,} (.+)$", contract, re.M)
    places = {f"spec/workbook.md#{heading.lower().replace(' ', '-')}" for heading in headings}
    places |= {f"spec/rules.md#r{rule.replace('.', '-')}" for rule in IDS}
    link_of = runpy.run_path(str(ROOT / "tools" / "make_problems.py"))["link_of"]
    assert {code: meaning.rule for code, meaning in CODES.items() if link_of(meaning.rule) not in places} == {}
    assert [rule for rule in said_in_the_log() if link_of(rule) not in places] == []


def said_in_the_log() -> set[str]:
    """Return every rule that the logs of the golden books name."""
    books = [path.read_text("utf-8") for path in (ROOT / "tests" / "golden").glob("*.txt")]
    logs = [text.partition("\n== Log")[2].partition("\n== ")[0] for text in books]
    found = {rule.strip() for log in logs for rule in re.findall(r"\| IC\d{3} *\| ([^|]+)\|", log)}
    assert {"WORKBOOK Transactions"} < found
    return found


def test_no_rule_is_cited_that_does_not_exist() -> None:
    unknown = {
        f"{path.relative_to(ROOT).as_posix()}: R{rule}"
        for path in CITES
        for rule in CITATION.findall(path.read_text("utf-8"))
        if rule not in IDS
    }
    assert sorted(unknown) == []


def test_no_section_of_the_contract_is_cited_that_does_not_exist() -> None:
    """Headings of docs/spec/workbook.md, as modules and tests name them: WORKBOOK "Read", "Written" (Costing group)."""
    headings = set(re.findall(r"^#{2,} (.+)$", (ROOT / "docs/spec/workbook.md").read_text("utf-8"), re.M))
    cited = {
        (path.relative_to(ROOT).as_posix(), heading)
        for path in CITES
        for run in re.findall(r'WORKBOOK((?:[\s,]+"[A-Z][\w ]*"(?: \([^)]*\))?)+)', path.read_text("utf-8"))
        for heading in re.findall(r'"([^"]+)"', run)
    }
    assert len(cited) > 200
    assert sorted((path, heading) for path, heading in cited if heading not in headings) == []


def test_every_rule_is_cited_by_the_package_and_by_a_test() -> None:
    modules = RULES_PAGE["cited"]("invclose_xl", "*.py")
    tests, cases = RULES_PAGE["cited"]("tests", "*.py"), RULES_PAGE["cited"]("tests/cases", "*.txt")
    codes = RULES_PAGE["of_codes"]()
    of_code = sorted(rule for rule in IDS - SECTIONS if not modules[rule])
    of_tests = sorted(rule for rule in IDS - SECTIONS if not (tests[rule] or cases[rule] or codes[rule]))
    assert (of_code, of_tests) == ([], [])


def test_every_rule_is_tested_by_a_quick_test() -> None:
    """The long run adds more cases of what the quick one tries, never the only case of a rule."""
    cases, codes = RULES_PAGE["cited"]("tests/cases", "*.txt"), RULES_PAGE["of_codes"]()
    for module, test in (("test_cases.py", "test_case"), ("errors/test_errors.py", "test_error")):
        assert f"def {test}(" in quick_part(ROOT / "tests" / module)
    quick = {rule for path in (ROOT / "tests").rglob("*.py") for rule in CITATION.findall(quick_part(path))}
    assert sorted(rule for rule in IDS - SECTIONS if not (rule in quick or cases[rule] or codes[rule])) == []


def quick_part(path: Path) -> str:
    """The text of a module without its long tests; of a sweep a sample is quick."""
    text = path.read_text("utf-8")
    if not path.name.startswith("test_") or "mark." not in text:
        return text
    lines = text.splitlines()
    for node in ast.parse(text).body:
        marks = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        names = " ".join(ast.unparse(mark) for mark in marks)
        if isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node.targets[0]):
            names = ast.unparse(node.value)
            if "mark.long" in names or "mark.full" in names:
                return ""
        elif re.search(r"(?<!marks=)\bpytest\.mark\.(long|full)\b", names):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(lines)


def test_the_page_of_rules_in_code_is_up_to_date() -> None:
    assert (ROOT / "docs/rules-in-code.md").read_text("utf-8") == RULES_PAGE["rules_page"]()
