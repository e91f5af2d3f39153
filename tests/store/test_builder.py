"""The stores that the benches use are stores like any other."""

from __future__ import annotations

from pathlib import Path

from csdesk.model.conversation import View
from csdesk.store import connect, queue
from csdesk.store.verify import verify
from tests.bench import builder
from tests.desks import open_desk
from tests.store.counting import counted, kept


def test_what_is_built_is_what_the_log_says(tmp_path: Path) -> None:
    path = builder.store_of(400)
    assert builder.store_of(400) == path
    report = verify(path)
    assert report.problems == ()
    assert report.operations > 400 * 3
    connection = connect.open_reader(path)
    assert kept(connection) == counted(connection)
    assert all(queue.counts(connection, 1).of(view) > 2 for view in View)
    connection.close()
    copy = builder.copy_of(path, tmp_path)
    with open_desk(copy) as desk:
        assert desk.store.lost == 0
    assert verify(copy).is_clean


def test_the_same_parameters_give_the_same_conversations(tmp_path: Path) -> None:
    texts = []
    for name in ("a.db", "b.db"):
        builder.build(tmp_path / name, 50, seed=3)
        connection = connect.open_reader(tmp_path / name)
        texts.append(connection.execute("SELECT id, text, at FROM message ORDER BY id").fetchall())
        connection.close()
    assert texts[0] == texts[1]
    assert len(texts[0]) > 50
