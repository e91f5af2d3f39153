"""Filters that an agent keeps under a name, and how each agent sorts each view.

Conveniences of this store: no operation tells of them, and another desk does not see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdesk.errors import NotFound, Refused
from csdesk.i18n import _
from csdesk.model.conversation import SavedView, Sort, View
from csdesk.store.connect import Connection

_SELECT = "SELECT id, name, view, query FROM saved_view"


def of_agent(connection: Connection, agent: int) -> list[SavedView]:
    """An agent's saved views, in the order in which they were saved."""
    rows = connection.execute(f"{_SELECT} WHERE agent = ? ORDER BY id", (agent,)).fetchall()
    return [_view(row) for row in rows]


def named(connection: Connection, agent: int, name: str) -> SavedView:
    """An agent's saved view by its name, in any case. Raises NotFound."""
    row = connection.execute(f"{_SELECT} WHERE agent = ? AND name = ?", (agent, name)).fetchone()
    if row is None:
        raise NotFound(
            "view.unknown",
            _("You have no view named {name}.").format(name=name[:60]),
            _("csdesk view list shows them."),
        )
    return _view(row)


def _view(row: tuple[Any, ...]) -> SavedView:
    return SavedView(row[0], row[1], View(row[2]), row[3])


def add(connection: Connection, agent: int, name: str, view: View, query: str) -> SavedView:
    """Keep a filter of a view under a name. Raises Refused when the agent has that name already."""
    _must_be_free(connection, agent, name, 0)
    made = connection.execute(
        "INSERT INTO saved_view(agent, name, view, query) VALUES(?,?,?,?)", (agent, name, view, query)
    )
    return SavedView(int(made.lastrowid or 0), name, view, query)


def rename(connection: Connection, agent: int, saved: SavedView, name: str) -> None:
    """Give a saved view another name. Raises Refused when the agent has that name already."""
    _must_be_free(connection, agent, name, saved.id)
    connection.execute("UPDATE saved_view SET name = ? WHERE id = ?", (name, saved.id))


def _must_be_free(connection: Connection, agent: int, name: str, but: int) -> None:
    row = connection.execute(
        "SELECT 1 FROM saved_view WHERE agent = ? AND name = ? AND id <> ?", (agent, name, but)
    ).fetchone()
    if row is not None:
        raise Refused(
            "view.taken",
            _("You have a view named {name} already.").format(name=name[:60]),
            _("Choose another name, or delete that one first."),
        )


def drop(connection: Connection, saved: SavedView) -> dict[str, Any]:
    """Delete a saved view; gives what ``put_back`` needs."""
    connection.execute("DELETE FROM saved_view WHERE id = ?", (saved.id,))
    return {"id": saved.id, "name": saved.name, "view": saved.view, "query": saved.query}


def put_back(connection: Connection, agent: int, dropped: Mapping[str, Any]) -> None:
    """Undo a ``drop``, in its place among the others. Raises Refused when the name was given away since."""
    _must_be_free(connection, agent, dropped["name"], 0)
    row = connection.execute("SELECT 1 FROM saved_view WHERE id = ?", (dropped["id"],)).fetchone()
    connection.execute(
        "INSERT INTO saved_view(id, agent, name, view, query) VALUES(?,?,?,?,?)",
        (None if row else dropped["id"], agent, dropped["name"], dropped["view"], dropped["query"]),
    )


def sort_of(connection: Connection, agent: int, view: str) -> Sort:
    """How an agent sorts a view (a built-in one by its value); by wait unless they chose otherwise."""
    row = connection.execute(
        "SELECT sort FROM view_sort WHERE agent = ? AND view = ?", (agent, view)
    ).fetchone()
    return Sort(row[0]) if row else Sort.WAIT


def keep_sort(connection: Connection, agent: int, view: str, sort: Sort) -> None:
    """Remember how an agent sorts a view."""
    connection.execute(
        "INSERT INTO view_sort(agent, view, sort) VALUES(?,?,?)"
        " ON CONFLICT(agent, view) DO UPDATE SET sort = excluded.sort",
        (agent, view, sort),
    )
