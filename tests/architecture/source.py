"""The source of csdesk as syntax trees, read once for all the rules about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "csdesk"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, tuple[Path, ast.Module]]:
    """Dotted name -> (file, tree) of every module of csdesk."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = (path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
    return found


def place(path: Path, node: ast.AST) -> str:
    """``csdesk/x.py:12``, as editors like it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in ``tree`` with the last word of what is called (``self.app.notify`` -> ``notify``)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield called(node), node


def called(node: ast.expr) -> str:
    """The last word of what a call calls; empty when it is no name."""
    if not isinstance(node, ast.Call):
        return ""
    target = node.func
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""
