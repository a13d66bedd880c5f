"""Change the code in one place at a time and see whether the quick tests notice: a mutant that they let live is a gap.

In      groups of modules, each with the quick tests that touch it; how many mutants of each, drawn with a fixed seed.
Out     per group how many were made and killed, and every survivor with its line before and after.
How     all in one process: every test runs once to see which lines it reaches; then for each mutant the function's code
        is replaced, the tests that reach it run until the first fails, the code comes back. A test that takes longer
        than a limit has failed. Kernels run as plain Python on books of this size.
        ``python tools/mutants.py matching costflow --sample 60``; docs/testing.md has the last result.
"""

import argparse
import ast
import functools
import importlib
import io
import os
import random
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
PACKAGE = ROOT / "invclose_xl"
PATIENCE = 3
"""A mutant whose tests need more than so many times the processor time that they need without it runs on and on."""
SEED = 20260131
MOST_EVENTS = 400
"""What one call of a function runs beyond so many lines is not listened to: all of its lines count as reached."""
Place = tuple[str, int]
"""A line of a file."""

CASES = "tests/test_cases.py"
GROUPS: dict[str, tuple[list[str], list[str]]] = {
    "matching": (["matching"], ["tests/matching", CASES, "tests/test_by_the_rules.py"]),
    "money": (["domain/money.py"], ["tests/domain/test_money.py"]),
    "costflow": (
        ["costflow"],
        [
            "tests/costflow",
            CASES,
            "tests/test_golden.py",
            "tests/test_by_the_rules.py",
            "tests/closings/test_stories.py",
        ],
    ),
    "adjustments": (
        ["closing/adjustments"],
        [
            CASES,
            "tests/test_by_the_rules.py",
            "tests/closings/test_charges.py",
            "tests/closings/test_stories.py",
            "tests/closings/test_cost_adjustments_changed.py",
            "tests/closings/test_rows_changed.py",
            "tests/closing/test_moving_average.py",
            "tests/errors/test_errors.py",
        ],
    ),
    "posting": (
        ["closing/posting"],
        [
            "tests/closing/test_posting_profile.py",
            CASES,
            "tests/test_golden.py",
            "tests/closing/test_moving_average.py",
            "tests/closings/test_stories.py",
            "tests/closings/test_rows_changed.py",
            "tests/closings/test_rows_at_random.py",
            "tests/closings/test_charges.py",
            "tests/errors/test_errors.py",
        ],
    ),
}

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum"}


@dataclass(frozen=True)
class Mutant:
    """One change of one node of a module."""

    path: Path
    node: int
    """position among all nodes of the module, as ast.walk finds them"""
    how: str
    line: int
    lines: range
    """of the statement, without the statements inside it"""

    @property
    def place(self) -> str:
        """Module and line."""
        return f"{self.path.relative_to(PACKAGE)}:{self.line}"

    def __str__(self) -> str:
        """Place and change."""
        text = self.path.read_text("utf-8")
        changed = changed_tree(text, self.node, self.how)
        around = (n for n in ast.walk(changed) if isinstance(n, ast.stmt) and n.lineno in self.lines)
        after = ast.unparse(max(around, key=lambda n: n.lineno)).splitlines()[0]
        return f"{self.place} {self.how}\n    - {text.splitlines()[self.line - 1].strip()}\n    + {after}"


def variants(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], ast.AST | None]]]:
    """Ways to change a node; a change returns the node that takes its place, or None where it is changed itself."""

    def exchange(attribute: str, operator: ast.AST) -> Callable[[ast.AST], None]:
        return lambda n: setattr(n, attribute, OPERATORS[type(operator)]())

    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OPERATORS:
            changed = OPERATORS[type(operator)]()
            yield type(changed).__name__, lambda n: n.ops.__setitem__(0, changed)  # type: ignore[attr-defined]
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            if type(operator) in OPERATORS:
                yield OPERATORS[type(operator)].__name__, exchange("op", operator)
            if isinstance(node, ast.AugAssign):
                yield "left out", lambda _: ast.Pass()
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=operand):
            yield f"without {type(node.op).__name__}", lambda _, operand=operand: operand  # type: ignore[misc]
        case ast.Constant(value=bool() as value):
            yield f"{not value}", lambda n, value=value: setattr(n, "value", not value)  # type: ignore[misc]
        case ast.Constant(value=int() as value):
            yield f"{value + 1}", lambda n, value=value: setattr(n, "value", value + 1)  # type: ignore[misc]
        case ast.Call(func=ast.Name(id=name)) if name in NAMES:
            yield NAMES[name], lambda n, name=name: setattr(n.func, "id", NAMES[name])  # type: ignore[attr-defined,misc]
        case ast.Call(func=ast.Attribute(attr=name)) if name in NAMES:
            yield NAMES[name], lambda n, name=name: setattr(n.func, "attr", NAMES[name])  # type: ignore[attr-defined,misc]
        case ast.Call(func=ast.Attribute(attr="where"), args=[_, _, _]):
            yield "where the other way round", lambda n: n.args.__setitem__(slice(1, 3), n.args[:0:-1])  # type: ignore[attr-defined]
        case ast.Expr(value=ast.Call()):
            yield "left out", lambda _: ast.Pass()
        case ast.Continue():
            yield "break", lambda _: ast.Break()


def mutants_of(path: Path) -> list[Mutant]:
    """Every mutant of the functions of a module."""
    tree = ast.parse(path.read_text("utf-8"))
    statement_of: dict[ast.AST, ast.stmt] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                for inner in ast.walk(statement):
                    if isinstance(inner, ast.stmt):
                        statement_of |= dict.fromkeys(ast.walk(inner), inner)
            for node in ast.walk(function.args):
                statement_of.pop(node, None)
    found = []
    for position, node in enumerate(ast.walk(tree)):
        if node in statement_of and isinstance(node, ast.stmt | ast.expr):
            lines = lines_of(statement_of[node])
            found += [Mutant(path, position, how, node.lineno, lines) for how, _ in variants(node)]
    return found


def lines_of(statement: ast.stmt) -> range:
    """Return the lines of a statement, without the statements inside it."""
    inside = getattr(statement, "body", None)
    return range(statement.lineno, inside[0].lineno if inside else (statement.end_lineno or 0) + 1)


def changed_tree(text: str, position: int, how: str) -> ast.Module:
    """Return the tree of a module with one change."""
    changed = ast.parse(text)
    nodes = list(ast.walk(changed))
    node = nodes[position]
    change = next(change for name, change in variants(node) if name == how)
    new = change(node)
    if new is not None:
        for parent in nodes:
            for name, value in ast.iter_fields(parent):
                if value is node:
                    setattr(parent, name, ast.copy_location(new, node))
                elif isinstance(value, list) and any(v is node for v in value):
                    value[[v is node for v in value].index(True)] = ast.copy_location(new, node)
    return ast.fix_missing_locations(changed)


def code_objects(code: CodeType, prefix: str = "") -> Iterator[tuple[str, CodeType]]:
    """Code of the functions and methods of a compiled module, by qualified name."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and not constant.co_name.startswith("<"):
            yield constant.co_qualname, constant
            yield from code_objects(constant)


def functions_of(module: ModuleType) -> dict[str, FunctionType]:
    """The functions of a module by qualified name, whatever wraps them."""
    found: dict[str, FunctionType] = {}

    def take(value: Any) -> None:
        value = getattr(value, "function", value)
        value = getattr(value, "__func__", getattr(value, "fget", value))
        value = getattr(value, "__wrapped__", value)
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            found[value.__qualname__] = value

    for value in vars(module).values():
        take(value)
        if isinstance(value, type) and value.__module__ == module.__name__:
            for member in vars(value).values():
                take(member)
    return found


class TimeUp(BaseException):
    """The mutant runs on and on."""


@contextmanager
def in_place(mutant: Mutant) -> Iterator[None]:
    """Put a mutant in the place of what it changes."""
    module = importlib.import_module(".".join(mutant.path.relative_to(ROOT).with_suffix("").parts))
    text = mutant.path.read_text("utf-8")
    tree = changed_tree(text, mutant.node, mutant.how)
    changed = dict(code_objects(compile(tree, str(mutant.path), "exec")))
    before = dict(code_objects(compile(text, str(mutant.path), "exec")))
    functions = functions_of(module)
    swapped = {q: f.__code__ for q, f in functions.items() if q in changed and changed[q] != before[q]}
    if not swapped:
        raise LookupError(f"{mutant}: cannot be put in place")
    for qualified in swapped:
        functions[qualified].__code__ = changed[qualified]
    forget()
    try:
        yield
    finally:
        for qualified, code in swapped.items():
            functions[qualified].__code__ = code
        forget()


def forget() -> None:
    """Empty what the package remembers of earlier calls, and what was compiled."""
    for name, module in list(sys.modules.items()):
        if name.startswith("invclose_xl"):
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
                elif hasattr(value, "_compiled"):
                    value._compiled = None


class Reached:
    """The lines of some modules that run while it listens."""

    def __init__(self, files: list[Path]) -> None:
        self.names = {str(file) for file in files}
        self.lines: set[Place] = set()

    def __enter__(self) -> "Reached":
        """Listen."""
        self.lines = set()
        forget()
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        sys.settrace(None)

    def _called(self, frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if name not in self.names:
            return None
        lines, left = self.lines, MOST_EVENTS

        def line_reached(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal left
            lines.add((name, frame.f_lineno))
            left -= 1
            if not left:
                lines.update((name, line) for *_, line in frame.f_code.co_lines() if line)
                frame.f_trace_lines = False
            return line_reached

        return line_reached


class MutationRun:
    """A plugin for pytest that tries mutants where pytest would run the tests it has collected."""

    def __init__(self, group: str, files: list[Path], mutants: list[Mutant], in_all: int) -> None:
        self.group, self.files, self.mutants, self.in_all = group, files, mutants, in_all
        self.seconds: dict[pytest.Item, float] = {}
        self.reaching: dict[Place, set[pytest.Item]] = defaultdict(set)
        self.kills: Counter[pytest.Item] = Counter()

    def pytest_collection(self) -> None:
        """Let hypothesis not look for smaller examples: that there is one suffices."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutants", settings.get_profile("the same in every run"), phases=phases)
        settings.load_profile("mutants")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every test once without a mutant, then those that reach a mutant with it."""
        self.look_who_reaches_what(session.items)
        started, killed = time.process_time(), 0
        for mutant in self.mutants:
            if self.is_killed(mutant):
                killed += 1
            else:
                say(mutant)
        spent = time.process_time() - started
        say(f"{self.group}: {killed} of {len(self.mutants)} killed, of {self.in_all} in all; {spent:.0f} CPU seconds")
        return True

    def look_who_reaches_what(self, items: list[pytest.Item]) -> None:
        """Note how long each test takes and which lines it reaches."""
        listening = Reached(self.files)
        for item in items:
            started = time.process_time()
            with listening:
                failure = find_failure(item)
            if failure:
                raise pytest.UsageError(f"{self.group}: {item.nodeid} fails without any mutant: {failure}")
            self.seconds[item] = time.process_time() - started
            for place in listening.lines:
                self.reaching[place].add(item)

    def is_killed(self, mutant: Mutant) -> bool:
        """Put the mutant in place and run the tests that reach it until one fails; those that kill often first."""
        reaching = {item for line in mutant.lines for item in self.reaching.get((str(mutant.path), line), ())}
        items = sorted(reaching, key=lambda item: self.seconds[item] / (1 + self.kills[item]))
        with in_place(mutant):
            for item in items:
                if find_failure(item, PATIENCE * self.seconds[item] + 5):
                    self.kills[item] += 1
                    return True
        return False


def find_failure(item: pytest.Item, seconds: float = 0) -> str:
    """Run a collected test anew, with all its fixtures; say why it failed. Longer than the limit is a failure too."""

    def time_is_up(*_: object) -> None:
        raise TimeUp

    signal.signal(signal.SIGPROF, time_is_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        item._initrequest()  # type: ignore[attr-defined]
        failed = [report for report in runtestprotocol(item, log=False, nextitem=None) if report.failed]
        return failed[0].longreprtext or "failed" if failed else ""
    except TimeUp:
        return "time is up"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def files_at(place: Path) -> list[Path]:
    """The modules of a folder, or a module."""
    return [place] if place.suffix else sorted(place.glob("*.py"))


def say(what: object) -> None:
    """Print past pytest, which keeps what is printed while it runs."""
    print(what, file=sys.__stdout__, flush=True)


def main() -> None:
    """Run the mutants of some groups, or of all."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("groups", nargs="*", default=list(GROUPS), metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    options.add_argument("--sample", type=int, default=60, help="mutants of each group; 0: all of them")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--only", default="", help="only mutants at places such as adjust.py:68, as a pattern")
    options.add_argument("--tests", nargs="+", default=[], help="these tests instead of those of the group")
    given = options.parse_args()
    os.chdir(ROOT)
    for group in given.groups:
        places, tests = GROUPS[group]
        files = [file for place in places for file in files_at(PACKAGE / place)]
        everything = [mutant for path in files for mutant in mutants_of(path) if re.search(given.only, mutant.place)]
        chosen = everything
        if given.sample and given.sample < len(everything):
            chosen = random.Random(given.seed).sample(everything, given.sample)
        run = MutationRun(group, files, sorted(chosen, key=lambda m: (m.path, m.line)), len(everything))
        how = ["-s", "-n", "0", "-p", "no:cacheprovider", "-o", "tmp_path_retention_policy=none"]
        with redirect_stdout(io.StringIO()) as out, TemporaryDirectory() as own:
            code = pytest.main(
                [*how, "--basetemp", f"{own}/pytest", "-m", "not full and not long", *(given.tests or tests)],
                plugins=[run],
            )
        if code:
            sys.exit(out.getvalue())


if __name__ == "__main__":
    main()
