"""A trainee and a teacher, two programs on one store: whispers, a reply that waits, a kill, and one message."""

from __future__ import annotations

from pathlib import Path

from csdesk.store import connect
from tests.e2e import evidence
from tests.e2e.terminal import Terminal, run_command

MODE_LINE = "回复  备注"
REPLY = "您好久等了我马上查"
APPROVED = "您好，让您久等了"


def demo(home: Path) -> Terminal:
    """The desk of the trainee 张敏, with customers."""
    return Terminal(home, "demo", "--speed", "8", "--seed", "7")


def watch(home: Path, store: Path) -> Terminal:
    return Terminal(home, "--db", str(store), "watch", "--agent", "张敏", agent="李老师", size=(100, 30))


def sent_to_customers(store: Path) -> list[str]:
    """What the log says left, each time it did."""
    connection = connect.open_reader(store)
    try:
        rows = connection.execute(
            "SELECT message.text FROM op JOIN message ON message.uid = op.ent"
            " WHERE op.kind = 62 AND op.body ->> '$.state' = 'sent' AND message.sender = 'agent'"
        ).fetchall()
    finally:
        connection.close()
    return [text for (text,) in rows]


def test_a_reply_waits_through_a_kill_and_leaves_once(tmp_path: Path) -> None:
    store = tmp_path / "data" / "demo.db"
    with demo(tmp_path) as trainee:
        trainee.wait_for(MODE_LINE)
        with watch(tmp_path, store) as teacher:
            teacher.wait_for("您在看 张敏")
            trainee.wait_for("李老师在看")
            teacher.press("f4")
            trainee.press("f8")
            trainee.wait_for("须经李老师批准")
            trainee.type(REPLY)
            teacher.wait_for(REPLY, why="the draft, as it is written")
            trainee.press("ctrl+s")
            trainee.wait_for("等待李老师批准")
            teacher.wait_for("等待您批准")
            teacher.type("先道歉")
            teacher.press("enter")
            trainee.wait_for(lambda seen: "悄悄话 · 李老师" in seen and "先道歉" in seen)
            trainee.kill9()
            assert sent_to_customers(store) == []
            assert [each.delivery for each in evidence.messages(store, REPLY)] == ["approval"]
            assert REPLY in teacher.text()

            again = demo(tmp_path)
            with again:
                again.wait_for("待批准")
                again.wait_quiet(0.5)
                assert sent_to_customers(store) == [], "a restart lets nothing go"
                again.kill9()

            teacher.press("ctrl+o")
            teacher.wait_for("以 张敏 的名义")
            for _char in REPLY:
                teacher.press("backspace")
            teacher.type(APPROVED)
            teacher.press("ctrl+s")
            teacher.wait_for("已批准")
            assert teacher.quit() == 0

    with demo(tmp_path) as trainee:
        trainee.wait_for(
            lambda _seen: sent_to_customers(store) == [APPROVED], why="the approved reply to leave"
        )
        assert trainee.quit() == 0
    assert sent_to_customers(store) == [APPROVED]
    assert [each.text for each in evidence.messages(store) if each.sender == "agent"] == [APPROVED]
    whispers = [each.text for each in evidence.messages(store) if each.sender == "note"]
    assert whispers == ["先道歉", f"修改后批准发出。您原来写的是：{REPLY}"]
    evidence.assert_sound(store)


def test_who_watches_whom_is_said_and_wrong_wishes_are_refused(tmp_path: Path) -> None:
    store = tmp_path / "data" / "demo.db"
    with demo(tmp_path) as trainee:
        trainee.wait_for(MODE_LINE)
        for arguments, code in (
            (("--db", str(store), "watch", "--json"), "watch.self"),
            (("--db", str(store), "watch", "--whisper", "x", "--json"), "watch.no_ref"),
            (("watch", "--practice", "--json"), "watch.no_practice"),
        ):
            done = run_command(tmp_path, *arguments)
            assert done.returncode != 0 and code in done.stderr, (arguments, done.stderr)
