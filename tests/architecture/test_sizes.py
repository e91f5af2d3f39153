"""Nothing grows too large to read: modules, classes, functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Function, modules, place

MODULE_LINES = 400
CLASS_LINES = 250
CLASS_METHODS = 25
FUNCTION_LINES = 50
NAMELESS = {"utils", "util", "helpers", "helper", "misc", "common"}


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _too_large(tree: ast.Module, text: str) -> Iterator[tuple[ast.AST, str]]:
    lines = text.count("\n")
    if lines > MODULE_LINES:
        yield tree, f"a module of {lines} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(each, Function) for each in node.body)
            if _lines(node) > CLASS_LINES or methods > CLASS_METHODS:
                yield node, f"class {node.name}: {_lines(node)} lines, {methods} methods"
        elif isinstance(node, Function) and _lines(node) > FUNCTION_LINES:
            yield node, f"function {node.name}: {_lines(node)} lines"


def test_sizes() -> None:
    found = [
        f"{place(path, node)}: {said}"
        for path, tree in modules().values()
        for node, said in _too_large(tree, path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n" + "\n".join(found)


def test_every_module_has_a_name_that_says_something() -> None:
    assert not [name for name in modules() if name.rsplit(".", 1)[-1] in NAMELESS]


def test_a_long_function_would_be_seen() -> None:
    text = "def long():\n" + "    pass\n" * FUNCTION_LINES
    assert [said for _node, said in _too_large(ast.parse(text), text)] == ["function long: 51 lines"]
