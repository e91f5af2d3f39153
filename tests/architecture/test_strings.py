"""Texts can be translated: what is given to gettext is a literal that extraction finds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import called, calls, modules, place

LITERALS_TAKEN = {"_": 1, "N_": 1, "ngettext": 2, "pgettext": 2}
MADE_AT_RUN_TIME = {"format", "join", "replace", "format_map"}
NOT_NAMED = re.compile(r"(?<!\{)\{(?:\d*|[^{}]*[.\[!][^{}]*)\}(?!\})")


def _wrong(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Calls of gettext that extraction or a translator could not follow.

    A name the caller marked with N_ is looked up where it is shown, so ``_(word)`` is fine.
    """
    for name, call in calls(tree):
        if name not in LITERALS_TAKEN or not isinstance(call.func, ast.Name):
            continue
        for argument in call.args[: LITERALS_TAKEN[name]]:
            is_literal = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            made = isinstance(argument, ast.JoinedStr | ast.BinOp) or called(argument) in MADE_AT_RUN_TIME
            if made or not (is_literal or name == "_"):
                yield call, f"{name}() takes a literal, not {ast.unparse(argument)[:60]}"
            elif is_literal and NOT_NAMED.search(argument.value):
                yield call, f"placeholders have plain names: {argument.value[:60]!r}"


def test_gettext_takes_literals() -> None:
    found = [
        f"{place(path, call)}: {said}"
        for name, (path, tree) in modules().items()
        if name != "csdesk.i18n"
        for call, said in _wrong(tree)
    ]
    assert not found, "\n" + "\n".join(found)


def test_no_text_hides_in_an_f_string() -> None:
    """Extraction does not look inside f-strings: a msgid written there would never be translated."""
    found = [
        f"{place(path, call)}: {ast.unparse(call)[:60]}"
        for path, tree in modules().values()
        for joined in ast.walk(tree)
        if isinstance(joined, ast.JoinedStr)
        for name, call in calls(joined)
        if name in LITERALS_TAKEN and any(isinstance(argument, ast.Constant) for argument in call.args)
    ]
    assert not found, "\n" + "\n".join(found)


def test_errors_speak_through_gettext() -> None:
    """A CsdeskError's sentence and hint are never bare literals or f-strings."""
    kinds = {"CsdeskError", "NotFound", "Refused", "UsageError", "NeedsPerson", "StoreError", "DataError"}
    found = [
        f"{place(path, call)}: {ast.unparse(argument)[:80]}"
        for path, tree in modules().values()
        for name, call in calls(tree)
        if name in kinds
        for argument in call.args[1:3]
        if isinstance(argument, ast.JoinedStr) or (isinstance(argument, ast.Constant) and argument.value)
    ]
    assert not found, "\n" + "\n".join(found)


def test_an_fstring_would_be_seen() -> None:
    assert [said for _call, said in _wrong(ast.parse("_(f'hello {name}')"))] == [
        "_() takes a literal, not f'hello {name}'"
    ]
    assert list(_wrong(ast.parse("_('hello {}'.format(name))")))
    assert list(_wrong(ast.parse("_('hello {}').format(name)")))
    assert not list(_wrong(ast.parse("_('hello {name}, {{ plain }}').format(name=name)")))
