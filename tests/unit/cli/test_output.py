from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.cli import output

_things = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_json_is_readable_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"名": "林女士"})
    assert capsys.readouterr().out == '{\n  "名": "林女士"\n}\n'


@given(_things)
def test_json_survives_and_steers_nothing(thing: object) -> None:
    written = output.to_json(thing)
    assert json.loads(written) == thing
    assert output.harmless(written) == written
    written.encode("utf-8")


@pytest.mark.parametrize("text", ["\x1b]0;x\x07", "\x9b31m", "\u202eabc", "\r\x08", "\U000e0041", "\ud800"])
def test_what_is_said_steers_no_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.say(text)
    output.narrate(text)
    told = capsys.readouterr()
    assert text not in told.out + told.err
    assert "�" in told.out
    assert told.out == told.err


def test_columns_stand_in_line_by_cells() -> None:
    lines = output.table_lines([["林女士", "A", "快递"], ["Li", "B", "x"]], ["名", "类", "话"])
    assert lines == ["名      类  话", "林女士  A   快递", "Li      B   x"]


def test_a_wide_cell_is_cut_and_the_last_is_not() -> None:
    lines = output.table_lines([["长" * 30, "尾" * 30]], widest=9)
    assert lines == ["长长长长…  " + "尾" * 30]


def test_a_table_keeps_each_row_on_its_line() -> None:
    assert output.table_lines([["a\nb\x1b", "c\td"]]) == ["a b�  c d"]
    assert output.table_lines([]) == []
