"""The workflows call what is there: every script by its path, with options that it has; extras that the package has."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]


def commands(workflow: Path) -> list[str]:
    """Return what the steps run."""
    return re.findall(r"^\s*- (?:name: .*\n\s+)?run: (.+)$", workflow.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_runs_is_there(workflow: Path) -> None:
    found = commands(workflow)
    assert found != []
    for command in found:
        for script in re.findall(r"(?:bash|python) ((?:\.ci|tools|benchmarks)/\S+)", command):
            assert (ROOT / script).is_file(), command
            text = (ROOT / script).read_text("utf-8")
            options = re.findall(r" (--[\w-]+)", command.partition(script)[2])
            assert [option for option in options if option not in text] == [], command
        for extra in re.findall(r'"\.\[(\w+)\]"', command):
            assert extra in EXTRAS, command
        if "-c constraints.txt" in command:
            assert (ROOT / "constraints.txt").is_file()


def test_the_same_three_checks_before_a_commit_and_in_ci() -> None:
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    script = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert hooks == ["ruff check .", "ruff format --check .", "mypy"]
    assert [hook for hook in hooks if hook not in script] == []


def test_what_the_tests_install_has_a_pinned_version() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}
    waiting = [("invclose-xl", extra) for extra in ("", "pictures", "excel", "test", "spark", "bench")]
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = waiting.pop()
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:  # of an extra that is not installed here: its own name is looked at all the same
            continue
        needed = [
            need for need in map(Requirement, requires) if not need.marker or need.marker.evaluate({"extra": extra})
        ]
        asked = {(canonicalize_name(need.name), more) for need in needed for more in ("", *need.extras)}
        waiting += asked - seen
        seen |= asked
    assert sorted({name for name, _ in seen} - pinned) == []
