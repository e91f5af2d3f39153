"""Quick replies for the screen: read in a thread after the first frame, found at a keystroke.

Until the packs are read a search finds nothing; until the pinyin of new titles is computed (in a
child process) it finds by code, title and body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from csdesk import paths
from csdesk.desk.context import Desk
from csdesk.i18n import language
from csdesk.model.conversation import Conversation
from csdesk.tui import acts

if TYPE_CHECKING:
    from csdesk.desk.quick import Prepared
    from csdesk.model.reply import FoundReply, QuickReply, ReplyUse
    from csdesk.replies.finder import Finder
    from csdesk.replies.pack import Library

KEYS_FILE = "reply-keys.json"
MOST_FOUND = 50


@dataclass
class Shelf:
    """The library of one run, and how it is searched."""

    desk: Desk
    finder: Finder | None = None
    library: Library | None = None
    uses: Mapping[str, ReplyUse] = field(default_factory=dict)

    def load(self) -> bool:
        """Read the packs and the pinyin known so far; True when some titles still lack theirs."""
        from csdesk.replies import keys, pack
        from csdesk.replies.finder import Finder

        self.library = pack.load_packs(pack.pack_folders(self.desk.settings.replies))
        known = keys.load_keys(self.library, paths.cache_folder() / KEYS_FILE)
        self.finder = Finder(self.library, known, prefer=language())
        self.read_uses()
        return bool(keys.missing(self.library, known))

    def spell(self) -> None:
        """Compute missing pinyin in a child process and search by it from now on."""
        from csdesk.replies import keys
        from csdesk.replies.finder import Finder

        library = self.library
        if library is None:
            return
        cache = paths.cache_folder() / KEYS_FILE
        wanted = keys.missing(library, keys.load_keys(library, cache))
        self.finder = Finder(library, keys.compute_in_child(wanted, cache, library), prefer=language())

    def find(self, query: str, conversation: Conversation | None) -> list[FoundReply]:
        """The best replies for what was typed, those that fit the conversation first."""
        if self.finder is None:
            return []
        return self.finder.find(
            query,
            limit=MOST_FOUND,
            stage=conversation.stage if conversation else None,
            tier=conversation.tier if conversation else None,
            channel=acts.quick.kind_of(conversation.channel) if conversation else None,
            uses=self.uses,
        )

    def slot_hint(self, name: str) -> str:
        """What a slot asks for, and its choices: ``arrival time (24 h / 48 h)``; else its name."""
        replies = sorted(
            self.library.replies if self.library else (), key=lambda reply: reply.lang[:2] != language()[:2]
        )
        slot = next((slot for reply in replies for slot in reply.slots if slot.name == name), None)
        if slot is None or not slot.prompt:
            return name
        return f"{slot.prompt} ({' / '.join(slot.choices)})" if slot.choices else slot.prompt

    def prepare(self, reply: QuickReply, conversation: Conversation | None) -> Prepared:
        """The reply as it would go into the composer here and now."""
        return acts.quick.prepare(self.desk, reply, conversation)

    def read_uses(self) -> None:
        """Something was sent, or taken back: rank by what the store knows now."""
        self.uses = acts.reply_uses.of_agent(self.desk.store.reader(), self.desk.agent.id)
