"""Figures of the code, to look at: sizes, floors of imports, docstrings, comments, names, fullest folders.

    python tools/figures.py [FOLDER]

Out     one line a figure for the package (or FOLDER), then lines of code per room; a figure only says where to look.
"""

import ast
import io
import statistics
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.AST) -> Iterator[Function]:
    """Yield every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def one_letter_locals(function: Function) -> tuple[int, int]:
    """Return how many local names have one letter, and how many there are; those of comprehensions do not count."""
    short = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    inside = {id(n) for c in ast.walk(function) if isinstance(c, short) for n in ast.walk(c)}
    names = {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and id(n) not in inside
    } | {a.arg for a in function.args.args}
    names -= {"_", "self", "cls"}
    return sum(len(name.strip("_")) == 1 for name in names), len(names)


def comment_lines(source: str) -> int:
    """Count lines that hold a comment other than an instruction to a tool."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {
        t.start[0]
        for t in tokens
        if t.type == tokenize.COMMENT and not t.string.startswith(("# fmt", "# type", "# noqa"))
    }
    return len(lines)


def floors(root: Path, files: list[Path]) -> dict[str, int]:
    """Return for each module how many modules of the package lie below it on the longest way down."""
    names = {".".join((root.name, *f.relative_to(root).with_suffix("").parts)).removesuffix(".__init__") for f in files}
    below: dict[str, set[str]] = defaultdict(set)
    for file in files:
        module = ".".join((root.name, *file.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    below[module].add(whole if whole in names else node.module)

    @cache
    def floor(module: str) -> int:
        return max((1 + floor(m) for m in below[module] if m in names and m != module), default=0)

    return {name: floor(name) for name in names}


def public_functions(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Yield the functions of a module and the methods of its classes that no underscore hides, setters apart."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            setters = [mark for mark in node.decorator_list if ast.unparse(mark).endswith(".setter")]
            yield from [] if setters else [node]


@dataclass(frozen=True)
class Figures:
    """What is printed: a figure by its name, and lines of code by room."""

    shown: dict[str, str]
    rooms: dict[str, int]


def measure(root: Path) -> Figures:
    """Read every module below a folder and count."""
    files = sorted(root.rglob("*.py"))
    sources = {file: file.read_text("utf-8") for file in files}
    trees = {file: ast.parse(source) for file, source in sources.items()}
    lines = {file: source.count("\n") for file, source in sources.items()}
    sizes, documented, public, typed, letters, locals_ = [], 0, 0, 0, 0, 0
    for tree in trees.values():
        for function in functions_of(tree):
            sizes.append((function.end_lineno or 0) - function.lineno + 1)
            typed += function.returns is not None
            short, count = one_letter_locals(function)
            letters, locals_ = letters + short, locals_ + count
        for function in public_functions(tree):
            public += 1
            documented += ast.get_docstring(function) is not None
    sizes.sort()
    folders = Counter(file.parent for file in files if file.name != "__init__.py")
    fullest, modules = folders.most_common(1)[0]
    levels = floors(root, files)
    comments = sum(comment_lines(source) for source in sources.values())
    code = [count for file, count in lines.items() if file.name != "__init__.py"]
    rooms: Counter[str] = Counter()
    for file, count in lines.items():
        parts = file.relative_to(root).parts
        rooms[parts[0] if len(parts) > 1 else "(top)"] += count
    return Figures(
        {
            "lines": f"{sum(lines.values()):,} in {len(files)} files",
            "median / longest file": f"{statistics.median(code):.0f} / {max(code)}",
            "p95 / longest function": f"{sizes[int(len(sizes) * 0.95)]} / {sizes[-1]}",
            "return types": f"{typed / len(sizes):.0%}",
            "docstrings (public)": f"{documented / max(public, 1):.0%}",
            "comment lines": f"{comments / sum(lines.values()):.1%}",
            "one-letter locals": f"{letters / max(locals_, 1):.0%}",
            "fullest folder": f"{modules} modules ({fullest.relative_to(root.parent).as_posix()})",
            "import floors": str(max(levels.values())),
        },
        dict(sorted(rooms.items())),
    )


def main(folder: str = "invclose_xl") -> None:
    """Print the figures."""
    found = measure(Path(folder))
    for name, figure in found.shown.items():
        print(f"{name:<25} {figure}")
    for room, count in found.rooms.items():
        print(f"  {room:<22} {count:>7,}")


if __name__ == "__main__":
    main(*sys.argv[1:])
