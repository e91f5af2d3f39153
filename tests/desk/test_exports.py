"""Exports for tables and readers: complete, harmless, masked when wanted, and the files a round trip keeps."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from csdesk.bootstrap import open_desk
from csdesk.clock import ManualClock
from csdesk.desk.attaching import recorded
from csdesk.desk.context import Desk
from csdesk.formats.export_csv import COLUMNS, FORMULA_SIGNS, harmless
from csdesk.formats.export_markdown import escaped
from csdesk.formats.exporting import FORMS, ExportOptions, export_file
from csdesk.formats.importing import ImportOptions, ImportSummary, import_file
from csdesk.i18n import set_language
from csdesk.model.transcript_file import TranscriptFile
from csdesk.store.verify import verify

START = 1_767_225_600_000
HOSTILE = "<script>alert(1)</script> [x](javascript:1) # no & `c` *b* \u202e"
PHONE, MAIL = "13812345678", "lin@example.com"
CHAT = {
    "id": "1",
    "source": "shop",
    "lang": "zh",
    "inbox": "web",
    "stage": "aftersale",
    "subject": "=HYPERLINK(1)",
    "status": "resolved",
    "contact": {"name": "林女士", "email": MAIL, "phone": PHONE, "tier": "A"},
    "labels": ["快递", "vip"],
    "messages": [
        {"from": "system", "text": "稍等", "at": "2026-01-01T00:00:01Z"},
        {"from": "customer", "text": f"@我的电话 {PHONE}\n{HOSTILE}", "at": "2026-01-01T00:00:05Z", "id": "a",
         "attachments": [{"name": "照片.png", "kind": "image/png", "size": 20480, "sha256": "ab" * 32}, {"name": "x"}]},
        {"from": "note", "text": "# 老客户\n1. ok", "at": "2026-01-01T00:01:00Z", "author": "Mia"},
        {"from": "agent", "text": "您好", "at": "2026-01-01T00:02:05Z", "author": "Mia"},
    ],
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "t.db", agent="Min", create=True, clock=ManualClock(START)) as opened:
        path = tmp_path / "in.jsonl"
        path.write_text(json.dumps(CHAT, ensure_ascii=False) + '\n{"id":"2","messages":[]}\n', "utf-8")
        assert import_file(opened, path).errors == ()
        yield opened


def exported(desk: Desk, path: Path, form: str, **options: bool) -> str:
    export_file(desk.store, path, options=ExportOptions(form, **options))
    return path.read_text("utf-8")


def rows(desk: Desk, path: Path, **options: bool) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(desk, path, "csv", **options), newline="")))


def test_one_row_a_conversation(desk: Desk, tmp_path: Path) -> None:
    first, second = rows(desk, tmp_path / "o.csv")
    assert list(first) == list(COLUMNS)
    ref = first.pop("ref")
    assert len(ref) == 10
    assert first == {
        "contact": "林女士", "email": MAIL, "phone": PHONE, "tier": "A", "inbox": "web", "status": "resolved",
        "stage": "aftersale", "priority": "normal", "labels": "vip, 快递", "assignee": "", "team": "",
        "subject": "'=HYPERLINK(1)", "lang": "zh", "opened_at": "2026-01-01T00:00:01Z", "first_response_s": "120",
        "resolved_at": "2026-01-01T00:02:05Z", "updated_at": "2026-01-01T00:02:05Z", "waiting_since": "",
        "messages": "4", "customer_messages": "1", "agent_messages": "1", "notes": "1", "attachments": "2",
        "first_customer_text": first["first_customer_text"], "source": "shop", "source_id": "1",
    }  # fmt: skip
    assert first["first_customer_text"].startswith(f"'@我的电话 {PHONE} <script>")
    assert (second["messages"], second["first_response_s"], second["contact"]) == ("0", "", "")


@given(st.text(st.sampled_from("=+-@＝＋－＠\t\r \nab'"), max_size=6))
def test_no_cell_is_a_formula(text: str) -> None:
    assert not harmless(text).startswith(tuple(FORMULA_SIGNS))
    assert harmless(text).removeprefix("'") == text or text.startswith("'")


def test_the_mark_excel_knows(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    export_file(desk.store, path, options=ExportOptions("csv", has_bom=True))
    assert path.read_bytes().startswith(b"\xef\xbb\xbfref,") and b"\r\n" in path.read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_masks_hold_in_every_format(desk: Desk, tmp_path: Path, form: str) -> None:
    plain = exported(desk, tmp_path / "plain", form)
    masked = exported(desk, tmp_path / "masked", form, is_masked=True)
    assert PHONE in plain and MAIL in plain.replace("\\", "")
    assert PHONE not in masked and MAIL not in masked.replace("\\", "")
    assert "林女士" in masked, "names stay"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {name for name, _value in attrs} & {"onclick", "onload", "src", "style"}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize(("language", "words"), [("en", ("customer", "Stage")), ("zh_CN", ("客户", "阶段"))])
def test_a_page_in_html(desk: Desk, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    set_language(language)
    try:
        text = exported(desk, tmp_path / "o.html", "html")
    finally:
        set_language("en")
    page = _Page()
    page.feed(text)
    assert set(page.tags) <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "div", "article", "dl", "dt", "dd",
        "span", "time", "p",
    }  # fmt: skip
    shown = "".join(page.words)
    assert "<script>alert(1)</script>" in shown and "照片.png" in shown
    assert all(word in shown for word in words)
    assert f'lang="{language.replace("_", "-")}"' in text and "default-src 'none'" in text


def test_a_page_in_markdown(desk: Desk, tmp_path: Path) -> None:
    text = exported(desk, tmp_path / "o.md", "md")
    html = MarkdownIt("commonmark").render(text)
    assert "<script" not in html and "<a " not in html and "<code>" not in html
    assert html.count("<h1>") == 1 and html.count("<h2>") == 2 and "<ol>" not in html
    assert "照片.png (image/png, 20.5 kB)" in html


@given(st.text(st.sampled_from("#->+*_`[]()<>!&\\=~| 1.)a\n客"), max_size=40))
def test_markdown_shows_what_was_written(text: str) -> None:
    html = MarkdownIt("commonmark").render("> " + escaped(text).replace("\n", "\\\n> "))
    assert set(_tags(html)) <= {"blockquote", "p", "br"}


def _tags(html: str) -> list[str]:
    page = _Page()
    page.feed(html)
    return page.tags


def test_one_conversation_alone(desk: Desk, tmp_path: Path) -> None:
    (number,) = desk.store.reader().execute("SELECT id FROM conversation WHERE source_id = '2'").fetchone()
    summary = export_file(desk.store, tmp_path / "o", options=ExportOptions(only=(number,)))
    assert summary.conversations == 1 and json.loads((tmp_path / "o").read_text("utf-8"))["id"] == "2"


def test_files_go_out_and_come_back(desk: Desk, tmp_path: Path) -> None:
    text = exported(desk, tmp_path / "o.jsonl", "jsonl")
    told = [json.loads(line) for line in text.splitlines()]
    assert told[0]["messages"][1]["attachments"] == [
        {"name": "照片.png", "kind": "image/png", "size": 20480, "sha256": "ab" * 32},
        {"name": "x", "kind": "application/octet-stream"},
    ]
    with open_desk(tmp_path / "u.db", agent="Min", create=True, clock=ManualClock(START)) as other:
        assert import_file(other, tmp_path / "o.jsonl").messages == 4
        assert exported(other, tmp_path / "again.jsonl", "jsonl") == text
        assert import_file(other, tmp_path / "o.jsonl") == ImportSummary(skipped=2)
        assert verify(tmp_path / "u.db").problems == ()


def test_a_file_is_recorded_harmlessly() -> None:
    told = TranscriptFile("../../etc/\x1b[31mpasswd", "Text/HTML; x", -5, "zz")
    assert recorded(told) == TranscriptFile(recorded(told).name, "application/octet-stream", 0, "")
    assert "/" not in recorded(told).name and "\x1b" not in recorded(told).name
    assert recorded(TranscriptFile("C:\\a\\b.TXT", "TEXT/plain", 3)).name == "b.TXT"
    assert len(recorded(TranscriptFile("x" * 500 + ".png")).name) == 200
    assert recorded(TranscriptFile("x" * 500 + ".png")).name.endswith(".png")


def test_the_same_export_of_another_desk_twice(desk: Desk) -> None:
    files = Path(__file__).resolve().parents[1] / "unit/formats/files"
    for name, count in (("chatwoot", 8), ("freshdesk", 6), ("intercom", 5)):
        first = import_file(desk, files / f"{name}.json", ImportOptions(name))
        assert first.messages == count
        again = import_file(desk, files / f"{name}.json", ImportOptions(name))
        assert (again.messages, again.skipped) == (0, first.conversations)
