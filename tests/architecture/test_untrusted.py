"""Outside text reaches a widget only through ``tui.safe``: a str given to one is parsed as markup."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import called, calls, modules, place

SINKS = {"Static", "Label", "notify", "Button", "Option", "Checkbox", "Collapsible", "Tooltip"}
SAFE_CALLS = {
    *("plain", "plain_line", "Content", "assemble", "styled", "from_text", "Text"),
    *("_", "ngettext", "pgettext"),
}
MARKUP_METHODS = {"from_markup"}


def _is_safe(value: ast.expr) -> bool:
    """Whether an expression is ours: a literal, a translated text, or made by ``tui.safe``."""
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.IfExp):
        return _is_safe(value.body) and _is_safe(value.orelse)
    if isinstance(value, ast.BoolOp):
        return all(_is_safe(each) for each in value.values)
    return isinstance(value, ast.Call) and called(value) in SAFE_CALLS


def _unsafe(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for name, call in calls(tree):
        if name in MARKUP_METHODS:
            yield call, "markup is parsed from a text"
        elif name in SINKS and call.args and not _is_safe(call.args[0]):
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
