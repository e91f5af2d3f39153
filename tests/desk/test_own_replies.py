"""Keeping, changing and deleting quick replies of one's own, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.desk import own_replies, reply_undo
from csdesk.desk.context import Desk
from csdesk.desk.reply_undo import Deed
from csdesk.errors import Refused
from csdesk.model.reply import PackScope, QuickReply
from csdesk.paths import state_folder
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
    gone = own_replies.remove(desk, changed.after, changed.after.replies[0])
    assert gone.after.replies == ()
    undone = own_replies.take_back(desk)
    assert undone is not None and (undone.deed, undone.code) == (Deed.DELETED, "yh")
    assert own_replies.home(desk).text == changed.after.text
    assert [getattr(own_replies.take_back(desk), "deed", None) for _change in range(3)] == [
        Deed.CHANGED,
        Deed.ADDED,
        None,
    ]


def test_what_is_kept_for_taking_back_is_little_and_its_own_folders(desk: Desk, tmp_path: Path) -> None:
    for number in range(reply_undo.MOST + 5):
        made = own_replies.blank(number, code=f"c{number}", title="T", body="B" * 100)
        own_replies.keep(desk, own_replies.home(desk), made)
    assert reply_undo.take_back(tmp_path) is None
    undone = 0
    while own_replies.take_back(desk) is not None:
        undone += 1
    assert undone == reply_undo.MOST
    assert [each.code for each in own_replies.home(desk).replies] == [f"c{number}" for number in range(5)]
    (state_folder() / reply_undo.FILE).write_text('{"no": "list of ours"}')
    assert own_replies.take_back(desk) is None


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
    other = replace(own_replies.blank(1, code="bj", title="T", body="B"), aliases=("bujiang", "yh"))
    with pytest.raises(Refused) as refused:
        own_replies.keep(desk, own_replies.home(desk), other)
    assert refused.value.code == "replies.alias_taken"
    assert "yh" in refused.value.sentence


def test_a_pack_that_changed_meanwhile_is_not_written_over(desk: Desk) -> None:
    made = own_replies.blank(0, code="yh", title="T", body="B")
    kept = own_replies.keep(desk, own_replies.home(desk), made)
    kept.after.path.write_text(kept.after.text + "# mine\n")
    for act in (
        lambda: own_replies.remove(desk, kept.after, kept.after.replies[0]),
        lambda: own_replies.take_back(desk),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "replies.changed_meanwhile"
    assert own_replies.take_back(desk) is None
    assert kept.after.path.read_text().endswith("# mine\n")


def test_a_copy_has_an_id_and_a_code_of_its_own() -> None:
    reply = QuickReply("r", "yh", "T", "B", "zh-core", PackScope.BUILTIN, "zh-CN", aliases=("x",), folder="f")
    copy = own_replies.copy_of(reply, {"yh"}, 0)
    assert (copy.code, copy.scope, copy.folder, copy.aliases) == ("yh-2", PackScope.PERSONAL, "f", ())
    assert copy.id != reply.id
