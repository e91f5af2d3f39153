"""What the search indexes put off until nobody waits: merging the small segments that commits leave.

Every commit adds a segment; a search reads them all. SQLite would merge them inside some unlucky commit
(hundreds of pages at once, and six more in every commit on average); it is told not to (``automerge`` is
0), and does so only where sixteen of a size have come together before there was an idle moment.
"""

from __future__ import annotations

from csdesk.store.connect import Connection

INDEXES = ("message_index", "heading_index")
STEP_PAGES = 32
"""Pages that one step writes at most, about: a few milliseconds, and what a message may have to wait."""


def tidy(connection: Connection) -> bool:
    """Merge a little, in commits of its own; whether there may be more. Raises what the driver raises."""
    found = False
    for index in INDEXES:
        before = connection.total_changes
        connection.execute(f"INSERT INTO {index}({index}, rank) VALUES('merge', ?)", (STEP_PAGES,))
        found |= connection.total_changes - before >= 2  # below that nothing was left: sqlite.org/fts5.html
    if not found:
        # Merging has gone through pages that nobody asks for again.
        connection.execute("PRAGMA shrink_memory")
    return found
