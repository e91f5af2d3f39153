"""Outside text reaches a widget only through ``tui.safe``: a str given to one is parsed as markup."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Function, called, calls, modules, place

SINKS = {"Static", "Label", "notify", "Button", "Option", "Checkbox", "Collapsible", "Tooltip"}
SAFE_CALLS = {
    *("plain", "plain_line", "Content", "assemble", "styled", "from_text", "Text"),
    *("_", "ngettext", "pgettext"),
}
CONTENT = {"Content", "Text"}
MARKUP_METHODS = {"from_markup"}


def _makers(tree: ast.AST) -> set[str]:
    """Functions of a module that say they return Content: mypy holds them to it."""
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, Function) and node.returns is not None and ast.unparse(node.returns) in CONTENT
    }


def _is_safe(value: ast.expr, makers: set[str]) -> bool:
    """Whether an expression is ours: a literal, a translated text, or Content."""
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.IfExp):
        return _is_safe(value.body, makers) and _is_safe(value.orelse, makers)
    if isinstance(value, ast.BoolOp):
        return all(_is_safe(each, makers) for each in value.values)
    return isinstance(value, ast.Call) and called(value) in SAFE_CALLS | makers


def _unsafe(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    makers = _makers(tree)
    for name, call in calls(tree):
        if name in MARKUP_METHODS:
            yield call, "markup is parsed from a text"
        elif name in SINKS and call.args and not _is_safe(call.args[0], makers):
            markup_off = any(
                word.arg == "markup" and isinstance(word.value, ast.Constant) and word.value.value is False
                for word in call.keywords
            )
            if not markup_off:
                yield call, f"{name}({ast.unparse(call.args[0])[:60]}): wrap it in plain()"


def test_widgets_take_only_safe_text() -> None:
    found = [
        f"{place(path, call)}: {said}"
        for name, (path, tree) in modules().items()
        if name.startswith("csdesk.tui")
        for call, said in _unsafe(tree)
    ]
    assert not found, "\n" + "\n".join(found)


def test_a_leak_would_be_seen() -> None:
    def seen(source: str) -> bool:
        return bool(list(_unsafe(ast.parse(source))))

    assert seen("Static(message.text)")
    assert seen("self.notify(f'new: {name}')")
    assert seen("Label(_('From {name}').format(name=name))")
    assert seen("Content.from_markup(text)")
    assert not seen("Static(plain(message.text))")
    assert not seen("Static(_('No one is waiting.'))")
    assert not seen("Static(message.text, markup=False)")
    assert not seen("Static(drawn())\ndef drawn() -> Content: ...")
    assert seen("Static(drawn())\ndef drawn() -> str: ...")
