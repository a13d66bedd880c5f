"""The workflows call what is there: every script by its path, with options that it has; extras that the package has."""

import re
import tomllib
from pathlib import Path

import pytest

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
