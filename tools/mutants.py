"""Change the code in one place at a time and see whether the quick tests notice: a mutant that they let live is a gap.

In      groups of modules, each with the quick tests that touch it; how many mutants of each, drawn with a fixed seed.
Out     per group how many were made and killed, and every survivor with its line before and after.
How     all in one process: the function's code is replaced, its tests run until the first fails, the code comes back.
        A mutant that runs longer than a limit is killed. Kernels run as plain Python on books of this size.
        ``python tools/mutants.py matching costflow --sample 60``; docs/testing.md has the last result.
"""

import argparse
import ast
import copy
import functools
import importlib
import io
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
PACKAGE = ROOT / "invclose_xl"
PATIENCE = 3
"""A mutant whose tests need more than so many times the processor time that they need without it runs on and on."""
SEED = 20260131

CASES = "tests/test_cases.py"
GROUPS: dict[str, tuple[list[str], list[str]]] = {
    "matching": (["matching"], ["tests/matching", CASES, "tests/test_by_the_rules.py"]),
    "money": (["domain/money.py"], ["tests/domain/test_money.py"]),
    "costflow": (
        ["costflow"],
        ["tests/costflow/test_cycles.py", CASES, "tests/test_by_the_rules.py", "tests/costflow/test_cycles_by_hand.py",
         "tests/costflow/test_cycles_large.py", "tests/closings/test_stories.py"],
    ),
    "adjustments": (
        ["closing/adjustments"],
        [CASES, "tests/test_by_the_rules.py", "tests/closings/test_charges.py", "tests/closings/test_stories.py",
         "tests/closings/test_cost_adjustments_changed.py", "tests/closings/test_rows_changed.py",
         "tests/closing/test_moving_average.py", "tests/errors/test_errors.py"],
    ),
    "posting": (
        ["closing/posting"],
        ["tests/closing/test_posting_profile.py", CASES, "tests/test_golden.py", "tests/closing/test_moving_average.py",
         "tests/closings/test_stories.py", "tests/closings/test_rows_changed.py",
         "tests/closings/test_rows_at_random.py", "tests/closings/test_charges.py", "tests/errors/test_errors.py"],
    ),
}  # fmt: skip

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
    before: str
    after: str

    def __str__(self) -> str:
        """Place and change."""
        place = self.path.relative_to(PACKAGE)
        return f"{place}:{self.line} {self.how}\n    - {self.before}\n    + {self.after}"


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
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    inside = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                inside |= {id(node) for node in ast.walk(statement) if not isinstance(node, ast.arguments)}
            inside -= {id(node) for node in ast.walk(function.args)}
    found = []
    for position, node in enumerate(ast.walk(tree)):
        if id(node) not in inside or not hasattr(node, "lineno"):
            continue
        for how, _ in variants(node):
            line = node.lineno
            _, changed = changed_tree(text, position, how)
            around = (
                n for n in ast.walk(changed) if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or 0)
            )
            after = ast.unparse(max(around, key=lambda n: n.lineno)).splitlines()[0]
            found.append(Mutant(path, position, how, line, text.splitlines()[line - 1].strip(), after))
    return found


def changed_tree(text: str, position: int, how: str) -> tuple[ast.Module, ast.Module]:
    """Return the tree of a module and a copy with one change."""
    tree = ast.parse(text)
    changed = copy.deepcopy(tree)
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
    return tree, ast.fix_missing_locations(changed)


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


def is_killed(mutant: Mutant, tests: list[str], seconds: float) -> bool:
    """Put the mutant in place and run its tests until one fails."""
    name = ".".join(mutant.path.relative_to(ROOT).with_suffix("").parts)
    module = importlib.import_module(name)
    text = mutant.path.read_text("utf-8")
    _, tree = changed_tree(text, mutant.node, mutant.how)
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
        return run_tests(tests, seconds) != 0
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


def run_tests(tests: list[str], seconds: float = 0) -> int:
    """Run quick tests in this process until the first fails; a run that takes longer than the limit has failed."""

    def time_is_up(*_: object) -> None:
        raise TimeUp

    signal.signal(signal.SIGPROF, time_is_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    quiet = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-m", "not full and not long"]
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            return int(pytest.main([*quiet, *tests], plugins=[]))
    except TimeUp:
        return 1
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def files_at(place: Path) -> list[Path]:
    """The modules of a folder, or a module."""
    return [place] if place.suffix else sorted(place.glob("*.py"))


def main() -> None:
    """Run the mutants of some groups, or of all."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("groups", nargs="*", default=list(GROUPS), metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    options.add_argument("--sample", type=int, default=60, help="mutants of each group; 0: all of them")
    options.add_argument("--seed", type=int, default=SEED)
    given = options.parse_args()
    os.chdir(ROOT)
    for group in given.groups:
        places, tests = GROUPS[group]
        files = [
            f
            for place in places
            for f in sorted((PACKAGE / place).glob("*.py") if "." not in place else [PACKAGE / place])
        ]
        everything = [mutant for path in files for mutant in mutants_of(path)]
        chosen = everything
        if given.sample and given.sample < len(everything):
            chosen = random.Random(given.seed).sample(everything, given.sample)
        started = time.process_time()
        if run_tests(tests) != 0:
            sys.exit(f"{group}: the tests fail without any mutant")
        seconds = PATIENCE * (time.process_time() - started) + 10
        killed, started = 0, time.process_time()
        for mutant in sorted(chosen, key=lambda m: (m.path, m.line)):
            if is_killed(mutant, tests, seconds):
                killed += 1
            else:
                print(mutant, flush=True)
        spent = time.process_time() - started
        print(
            f"{group}: {killed} of {len(chosen)} killed, of {len(everything)} in all; {spent:.0f} CPU seconds",
            flush=True,
        )


if __name__ == "__main__":
    main()
