"""YAML from strangers: hostile files are refused with their place, plain ones keep every word as written."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from csdesk.yamlsafe import (
    MAX_BYTES,
    MAX_DEPTH,
    Fields,
    Mapping,
    Problem,
    Scalar,
    Sequence,
    YamlError,
    load,
    loads,
)
from csdesk.yamlsafe import parse as parser

HOSTILE = [
    pytest.param("", 1, 1, id="empty"),
    pytest.param("# only a comment\n", 1, 1, id="comment only"),
    pytest.param(b"\xff\xfea\x00:\x00", 1, 1, id="utf-16"),
    pytest.param(b"a: \xc4\xe3\xba\xc3", 1, 4, id="gb18030"),
    pytest.param(b"a: 1\nb: \xe4\xb8", 2, 4, id="cut utf-8"),
    pytest.param(b"\x00\x01\x02\x03", 1, 1, id="binary"),
    pytest.param(b"\x89PNG\r\n\x1a\n", 1, 1, id="a picture"),
    pytest.param("a: \ud800", 1, 4, id="half a surrogate"),
    pytest.param("a: \x00", 1, 4, id="nul"),
    pytest.param("a: \x1b[31m", 1, 4, id="escape"),
    pytest.param("a: b\x7f", 1, 5, id="delete"),
    pytest.param("x" * (MAX_BYTES + 1), 1, 1, id="too large"),
    pytest.param("[" * 5000, 1, MAX_DEPTH + 1, id="deep flow"),
    pytest.param("- " * 5000 + "x", 1, 2 * MAX_DEPTH + 1, id="deep block"),
    pytest.param("{a: " * 5000, 1, 4 * MAX_DEPTH + 1, id="deep mapping"),
    pytest.param("a: &x [1]\nb: *x", 1, 4, id="anchor"),
    pytest.param("a: *nobody", 1, 4, id="alias"),
    pytest.param("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", 1, 4, id="a billion laughs"),
    pytest.param("&k a: 1", 1, 1, id="anchored key"),
    pytest.param("a: &x\n  b: *x", 1, 4, id="a loop"),
    pytest.param("<<: {a: 1}", 1, 1, id="merge key"),
    pytest.param("a:\n  <<: [b]", 2, 3, id="merge key below"),
    pytest.param("a: !!python/object/apply:os.system [id]", 1, 4, id="python object"),
    pytest.param("!!python/name:os.system", 1, 1, id="python name"),
    pytest.param("a: !!binary aGk=", 1, 4, id="binary tag"),
    pytest.param("a: !!str 1", 1, 4, id="string tag"),
    pytest.param("a: ! 1", 1, 4, id="bare tag"),
    pytest.param("!<tag:yaml.org,2002:map> {a: 1}", 1, 1, id="whole tag"),
    pytest.param("%TAG ! tag:x,2026:\n--- a", 1, 1, id="tag directive"),
    pytest.param("a: !!set {x, y}", 1, 4, id="set tag"),
    pytest.param("--- a\n--- b", 2, 1, id="two documents"),
    pytest.param("a: 1\n---\nb: 1", 2, 1, id="a second document"),
    pytest.param("a: 1\na: 2", 2, 1, id="duplicate key"),
    pytest.param('a: 1\n"a": 2', 2, 1, id="duplicate quoted key"),
    pytest.param("x: {a: 1, b: 2, a: 3}", 1, 17, id="duplicate flow key"),
    pytest.param("a:\n  b: 1\n  b:\n    c: 1", 3, 3, id="duplicate nested key"),
    pytest.param("? [a]\n: b", 1, 3, id="list as key"),
    pytest.param("{a: 1}: 2", 1, 1, id="mapping as key"),
    pytest.param("body: {{contact.name}}", 1, 8, id="unquoted placeholder"),
    pytest.param("body: {{contact.name|亲}}，您好", 1, 8, id="unquoted placeholder and text"),
    pytest.param("a: b: c", 1, 5, id="second colon"),
    pytest.param("a: [1, 2", None, None, id="open bracket"),
    pytest.param("a: {b: 1", None, None, id="open brace"),
    pytest.param("a: 'x", None, None, id="open quote"),
    pytest.param('a: "x', None, None, id="open double quote"),
    pytest.param('a: "\\q"', 1, None, id="unknown escape"),
    pytest.param("a:\n\t- x", 2, 1, id="tab"),
    pytest.param("a: @x", 1, 4, id="at"),
    pytest.param("a: `x`", 1, 4, id="backtick"),
    pytest.param("a: %x", 1, 4, id="percent"),
    pytest.param("a: ]", 1, 4, id="lone bracket"),
    pytest.param("]", 1, 1, id="only a bracket"),
    pytest.param("{", None, None, id="only a brace"),
    pytest.param("- a\nb: c", 2, 1, id="list then key"),
    pytest.param("a\nb: c", 2, None, id="text then key"),
    pytest.param("a: 1\n  b: 2", 2, None, id="wrong indentation"),
    pytest.param("a: &", 1, None, id="lone ampersand"),
    pytest.param("a: *", 1, None, id="lone star"),
    pytest.param("a: |x\n y", 1, None, id="bad block header"),
    pytest.param("a: 'x' y", 1, None, id="text after a quote"),
    pytest.param("%YAML 9.9\n--- a", None, None, id="future version"),
    pytest.param('a: "\\ud800"', 1, None, id="escaped surrogate"),
]


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("source", "line", "column"), HOSTILE)
def test_a_hostile_file_is_refused_with_its_place(
    source: str | bytes, line: int | None, column: int | None, loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser, "_Loader", getattr(yaml, loader))
    started = time.process_time()
    with pytest.raises(YamlError) as refused:
        loads(source, "pack.yaml")
    problem = refused.value.problem
    assert problem.file == "pack.yaml"
    assert problem.line >= 1
    assert problem.column >= 1
    if loader == "CSafeLoader":
        assert (line or problem.line, column or problem.column) == (problem.line, problem.column)
    assert problem.reason
    assert problem.fix
    assert refused.value.sentence.startswith(problem.where + ": ")
    assert time.process_time() - started < 2


def test_there_are_at_least_sixty_hostile_files() -> None:
    assert len(HOSTILE) >= 60


def test_every_scalar_is_the_text_it_was_written_as() -> None:
    root = loads("a: no\nb: 0012\nc: 1e3\nd: 2026-01-01\ne: null\nf: 'null'\ng: ~\nh:\n")
    assert isinstance(root, Mapping)
    texts = {key: node.text for key, node in root.items.items() if isinstance(node, Scalar)}
    assert texts == {
        "a": "no", "b": "0012", "c": "1e3", "d": "2026-01-01", "e": "null", "f": "null", "g": "~", "h": "",
    }  # fmt: skip
    empty = [key for key, node in root.items.items() if isinstance(node, Scalar) and node.is_empty]
    assert empty == ["e", "g", "h"]


def test_every_node_knows_its_place() -> None:
    root = loads("一: 二\nlist:\n  - x\n  - {k: v}\n", "p.yaml")
    assert isinstance(root, Mapping)
    items = root.items["list"]
    assert isinstance(items, Sequence)
    inner = items.items[1]
    assert isinstance(inner, Mapping)
    places = [(node.mark.line, node.mark.column) for node in (root.items["一"], items.items[0], inner)]
    assert places == [(1, 4), (3, 5), (4, 5)]
    assert (root.key_marks["list"].line, inner.items["k"].mark.column) == (2, 9)


@pytest.mark.parametrize("source", ["\ufeffa: 1", "a: 1\r\n", "--- \na: 1\n...\n", "%YAML 1.1\n---\na: 1"])
def test_harmless_oddities_are_read(source: str) -> None:
    root = loads(source)
    assert isinstance(root, Mapping)
    assert list(root.items) == ["a"]


def test_twenty_levels_are_allowed() -> None:
    assert isinstance(loads("[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH), Sequence)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.yaml", tmp_path):
        with pytest.raises(YamlError, match="cannot be read"):
            load(path)
    large = tmp_path / "large.yaml"
    with large.open("wb") as stream:
        os.truncate(stream.fileno(), 3 * 1024**3)
    with pytest.raises(YamlError, match="larger"):
        load(large)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(loads(text), (Scalar, Sequence, Mapping))
    except YamlError as error:
        assert error.problem.line >= 1


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        assert isinstance(loads(raw), (Scalar, Sequence, Mapping))
    except YamlError as error:
        assert error.hint


def read(source: str) -> tuple[Fields, list[Problem]]:
    problems: list[Problem] = []
    return Fields(loads(source, "f"), problems), problems


def test_fields_are_typed() -> None:
    fields, problems = read("t: 你好\nn: 007\ny: yes\nl: [a, b]\none: x\nm: {k: v}\nnothing:\n")
    assert (fields.text("t"), fields.integer("n", 1), fields.flag("y", False)) == ("你好", 7, True)
    assert (fields.texts("l"), fields.texts("one"), fields.texts("nothing")) == (("a", "b"), ("x",), ())
    inner = fields.fields("m")
    assert inner is not None
    assert inner.text("k") == "v"
    assert (fields.fields("nothing"), fields.text("absent", "d"), fields.has("nothing")) == (None, "d", False)
    fields.finish()
    inner.finish()
    assert problems == []


def test_every_wrong_field_is_a_problem_with_its_place() -> None:
    fields, problems = read("t: [a]\nn: -1\ny: maybe\nl: [[a]]\nc: z\nlong: xxxx\ne: x\n")
    assert (fields.text("t", "d"), fields.integer("n", 5), fields.flag("y", True)) == ("d", 5, True)
    assert (fields.texts("l"), fields.choice("c", ("a", "b"), "a")) == ((), "a")
    assert (fields.text("long", longest=3), fields.text("gone", is_required=True)) == ("", "")
    assert list(fields.entries("e")) == []
    assert [problem.line for problem in problems] == [1, 2, 3, 4, 5, 6, 1, 7]
    assert all(problem.reason and problem.fix for problem in problems)


def test_an_unknown_key_names_the_nearest() -> None:
    fields, problems = read("title: a\n  \ntitel: b\nzzz: c\n")
    fields.text("title")
    fields.finish()
    assert [(problem.line, problem.column) for problem in problems] == [(3, 1), (4, 1)]
    assert "“title”" in problems[0].fix
    assert "title" in problems[1].fix


@pytest.mark.parametrize("source", ["just a text", "[a, b]"])
def test_what_is_no_mapping_is_a_problem(source: str) -> None:
    fields, problems = read(source)
    assert fields.text("a", "d") == "d"
    assert len(problems) == 1
