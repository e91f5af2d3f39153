"""Keeping, changing and deleting quick replies of one's own, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.desk import own_replies
from csdesk.desk.context import Desk
from csdesk.errors import Refused
from csdesk.model.reply import PackScope, QuickReply
from tests.desks import open_desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CSDESK_DATA_DIR", str(tmp_path / "data"))
    with open_desk(tmp_path / "t.db") as opened:
        yield opened


def spell(title: str) -> str:
    return " ".join(
        {"可": "ke", "以": "yi", "开": "kai", "发": "fa", "票": "piao"}.get(char, char) for char in title
    )


def test_a_sent_message_becomes_a_reply(desk: Desk, tmp_path: Path) -> None:
    made = own_replies.suggestion("林女士，可以开发票。下单时备注即可", "林女士", {"kykfp"}, spell, 0)
    assert (made.code, made.title) == ("kykfp-2", "可以开发票")
    assert made.body == "{{contact.name}}，可以开发票。下单时备注即可"
    kept = own_replies.keep(desk, own_replies.home(desk), made)
    text = kept.after.path.read_text()
    assert kept.after.path == tmp_path / "data" / "quick_replies" / "personal.yaml"
    assert "code: kykfp-2" in text
    file = own_replies.pack_of(desk, made)
    assert file is not None and file.replies[0].body == made.body


def test_change_delete_and_back(desk: Desk) -> None:
    made = own_replies.blank(0, code="yh", title="T", body="B")
    first = own_replies.keep(desk, own_replies.home(desk), made)
    (held,) = first.after.replies
    changed = own_replies.keep(desk, first.after, replace(held, folder="售前"), held)
    assert changed.after.replies[0].folder == "售前"
    gone = own_replies.remove(changed.after, changed.after.replies[0])
    assert gone.after.replies == ()
    own_replies.take_back(gone)
    assert own_replies.home(desk).text == changed.after.text


def test_a_code_of_another_pack_of_mine_is_refused(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "quick_replies"
    folder.mkdir(parents=True)
    (folder / "shop.yaml").write_text(
        "schema: csdesk.pack/1\npack: {id: s, title: S, lang: en, scope: team}\nreplies: [{code: tm, title: T, body: B}]\n"
    )
    own_replies.keep(desk, own_replies.home(desk), own_replies.blank(0, code="yh", title="T", body="B"))
    with pytest.raises(Refused) as refused:
        own_replies.keep(desk, own_replies.home(desk), own_replies.blank(1, code="yh", title="T", body="B"))
    assert refused.value.code == "replies.code_taken"


def test_a_pack_that_changed_meanwhile_is_not_written_over(desk: Desk) -> None:
    made = own_replies.blank(0, code="yh", title="T", body="B")
    kept = own_replies.keep(desk, own_replies.home(desk), made)
    kept.after.path.write_text(kept.after.text + "# mine\n")
    for act in (
        lambda: own_replies.remove(kept.after, kept.after.replies[0]),
        lambda: own_replies.take_back(kept),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "replies.changed_meanwhile"
    assert kept.after.path.read_text().endswith("# mine\n")


def test_a_copy_has_an_id_and_a_code_of_its_own() -> None:
    reply = QuickReply("r", "yh", "T", "B", "zh-core", PackScope.BUILTIN, "zh-CN", aliases=("x",), folder="f")
    copy = own_replies.copy_of(reply, {"yh"}, 0)
    assert (copy.code, copy.scope, copy.folder, copy.aliases) == ("yh-2", PackScope.PERSONAL, "f", ())
    assert copy.id != reply.id
