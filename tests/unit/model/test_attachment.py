"""Sorts of files: the more dangerous of name, type and content counts; the line fits its cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.i18n import set_language
from csdesk.model.attachment import Sort, file_line, shortened, sort_by_content, sort_of
from csdesk.model.message import Attachment
from csdesk.text import cell_width


@pytest.mark.parametrize(
    ("name", "kind", "sort"),
    [
        ("照片.JPG", "", Sort.IMAGE),
        ("photo", "image/png", Sort.IMAGE),
        ("photo.exe", "image/png", Sort.PROGRAM),
        ("photo.png.EXE. .", "", Sort.PROGRAM),
        ("bill.pdf", "application/x-msdownload", Sort.PROGRAM),
        ("bill.pdf", "text/html; charset=x", Sort.PAGE),
        ("drawing.svg", "image/svg+xml", Sort.PAGE),
        ("table.xlsm", "application/vnd.ms-excel", Sort.PROGRAM),
        ("table", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Sort.SHEET),
        ("letter.desktop", "", Sort.PROGRAM),
        (".bashrc", "", Sort.OTHER),
        ("", "", Sort.OTHER),
    ],
)
def test_the_more_dangerous_of_name_and_type_counts(name: str, kind: str, sort: Sort) -> None:
    assert sort_of(name, kind) is sort


@pytest.mark.parametrize(
    ("content", "sort"),
    [
        (b"MZ\x90\x00", Sort.PROGRAM),
        (b"\x7fELF\x02", Sort.PROGRAM),
        (b"#!/bin/sh\n", Sort.PROGRAM),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", Sort.PAGE),
        (b"[Desktop Entry]\nExec=x", Sort.PROGRAM),
        (b"\x89PNG\r\n", None),
        (b"", None),
    ],
)
def test_content_tells_what_a_name_hides(content: bytes, sort: Sort | None) -> None:
    assert sort_by_content(content) is sort


@given(st.text(max_size=80), st.integers(4, 100), st.integers(0, 10**12))
def test_a_line_is_never_wider_than_it_may(name: str, cells: int, size: int) -> None:
    assert cell_width(file_line(Attachment(b"1", name, "image/png", size), cells)) <= cells


def test_of_a_long_name_the_ending_stays() -> None:
    set_language("en")
    assert shortened("退货单据照片第一张正面.jpeg", 16) == "退货单据照….jpeg"
    assert file_line(Attachment(b"1", "a.pdf", "", 2_345_678), 40) == "a.pdf (document, 2.3 MB)"
    assert file_line(Attachment(b"1", "", "", 0), 40) == "file (file)"
