"""No import cycle at any depth: imports inside functions and for type checking count too."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

from tests.architecture.source import modules


def _imports(name: str, is_package: bool, tree: ast.Module, known: set[str]) -> set[str]:
    """The modules of csdesk that ``name`` imports, wherever in its source."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")
                above = parts[: len(parts) - node.level + is_package]
                base = ".".join([*above, base] if base else above)
            inner = {f"{base}.{alias.name}" for alias in node.names}
            found |= inner & known
            if any(each not in known for each in inner):
                found.add(base)
    return (found & known) - {name}


def _graph() -> dict[str, set[str]]:
    all_modules = modules()
    return {
        name: _imports(name, path.name == "__init__.py", tree, set(all_modules))
        for name, (path, tree) in all_modules.items()
    }


def test_no_cycle() -> None:
    graph = _graph()
    assert "csdesk.errors" in graph["csdesk.config"]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError("imports go in a circle: " + " -> ".join(error.args[1])) from None


def test_a_cycle_would_be_seen() -> None:
    known = {"a", "a.b", "a.c"}
    tree = ast.parse("def late():\n    from . import c\nif TYPE_CHECKING:\n    import a.b")
    assert _imports("a.b", False, tree, known) == {"a.c"}
    assert _imports("a", True, tree, known) == {"a.b", "a.c"}
