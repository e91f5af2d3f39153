"""Views of an agent's own: a view of the queue with a filter, kept under a name."""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.desk import undoing
from csdesk.desk.context import Desk
from csdesk.desk.filtering import read_filter
from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.conversation import SavedView, View
from csdesk.model.undo import UndoKind
from csdesk.store import queue, saved_views
from csdesk.store.writer import Transaction
from csdesk.text import cell_width, clean_line

NAME_CELLS = 20
QUERY_CHARS = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """How many a saved view holds; without ``is_exact`` at least so many."""

    number: int
    is_exact: bool = True


def mine(desk: Desk) -> list[SavedView]:
    """The acting agent's views, in the order in which they were saved."""
    return saved_views.of_agent(desk.store.reader(), desk.agent.id)


def save(desk: Desk, name: str, view: View, query: str) -> SavedView:
    """Keep a view with a filter. Raises UsageError (no name, no filter), Refused (the name is taken)."""
    plain, filtered = _clean_name(name), clean_line(query).strip()[:QUERY_CHARS]
    if read_filter(filtered).is_empty:
        raise UsageError(
            "view.no_filter",
            _("There is no filter to save."),
            _("Filter the list first: words, label:x tier:A stage:aftersale inbox:web."),
        )
    return desk.store.write(lambda tx: saved_views.add(tx.connection, desk.agent.id, plain, view, filtered))


def rename(desk: Desk, saved: SavedView, name: str) -> None:
    """Give a view another name. Raises UsageError (no name), Refused (the name is taken)."""
    plain = _clean_name(name)
    desk.store.write(lambda tx: saved_views.rename(tx.connection, desk.agent.id, saved, plain))


def delete(desk: Desk, saved: SavedView) -> None:
    """Forget a view. It can be taken back for a while."""

    def work(tx: Transaction) -> None:
        dropped = saved_views.drop(tx.connection, saved)
        undoing.remember(tx, desk.agent, UndoKind.VIEW, {0: dropped}, undoing.MANY_MS)

    desk.store.write(work)


def count(desk: Desk, saved: SavedView) -> Counted:
    """How many a view holds, as far as that can be said quickly."""
    number, is_exact = queue.count_narrowed(
        desk.store.reader(), saved.view, read_filter(saved.query), agent=desk.agent.id
    )
    return Counted(number, is_exact)


def _clean_name(name: str) -> str:
    plain = clean_line(name).strip()
    if not plain or cell_width(plain) > NAME_CELLS or plain.casefold() in {view.value for view in View}:
        raise UsageError(
            "view.bad_name",
            _("A view's name has 1 to {most} cells, and is none of the built-in views.").format(
                most=NAME_CELLS
            ),
            _("Choose a short name of your own."),
        )
    return plain
