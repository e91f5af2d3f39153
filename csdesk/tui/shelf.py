"""Quick replies for the screen: read in a thread after the first frame, found at a keystroke.

Until the packs are read a search finds nothing; until the pinyin of new titles is computed (in a
child process) it finds by code, title and body. A pack that changes is read again; of one that is broken
the last good state stays in use, and what is wrong is told once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from csdesk import paths
from csdesk.desk.context import Desk
from csdesk.errors import DataError
from csdesk.i18n import _, language, ngettext
from csdesk.model.conversation import Conversation
from csdesk.tui import acts

if TYPE_CHECKING:
    from csdesk.desk.quick import Prepared
    from csdesk.model.published import Version
    from csdesk.model.reply import FoundReply, QuickReply, ReplyUse, Slot
    from csdesk.replies.finder import Finder
    from csdesk.replies.pack import Library
    from csdesk.replies.watch import PackWatch
    from csdesk.store.connect import Connection
    from csdesk.yamlsafe import Problem

KEYS_FILE = "reply-keys.json"
MOST_FOUND = 50


@dataclass
class Shelf:
    """The library of one run, and how it is searched."""

    desk: Desk
    finder: Finder | None = None
    library: Library | None = None
    uses: Mapping[str, ReplyUse] = field(default_factory=dict)
    team: Mapping[str, Version] = field(default_factory=dict)
    """Of the packs that came through the hub, by id, the version in use."""
    _slots: Mapping[tuple[str, str], tuple[Slot, str]] = field(default_factory=dict)
    _watch: PackWatch | None = None
    _told: frozenset[Problem] = frozenset()
    _spoken: tuple[tuple[int, int | None], str | None] | None = None

    def load(self) -> bool:
        """Read the packs and the pinyin known so far; True when some titles still lack theirs."""
        from csdesk.model.published import Thing
        from csdesk.replies import keys, pack
        from csdesk.replies.finder import Finder
        from csdesk.replies.watch import PackWatch

        if self._watch is None:
            folders = pack.pack_folders(self.desk.settings.replies)
            self._watch = PackWatch(folders, acts.quick.unseen_teams(self.desk))
        reader = self.desk.store.reader()
        self.library = self._watch.read(acts.published.files(reader, Thing.REPLIES))
        self.team = _versions_of(self.library, reader)
        known = keys.load_keys(self.library, paths.cache_folder() / KEYS_FILE)
        self.finder = Finder(self.library, known, prefer=language())
        self._slots = _slots_of(self.library)
        self.read_uses()
        return bool(keys.missing(self.library, known))

    def has_changed(self) -> bool:
        """Whether a pack is another than the one that was read. Not on the screen's thread: folders may be far."""
        return self._watch is not None and self._watch.has_changed()

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

    def spell_title(self, title: str) -> str:
        """``title`` as words and syllables, from a child process: half a second, for a thread. As it is where
        that fails."""
        from csdesk.errors import CsdeskError
        from csdesk.replies import keys

        try:
            known = keys.compute_in_child([title], paths.cache_folder() / KEYS_FILE)
        except CsdeskError:
            return title
        return next(iter(known.of(title)), title)

    def new_problems(self) -> DataError | None:
        """What is wrong in the packs and was not told yet, as one sentence; None when nothing is."""
        problems = self.library.problems if self.library else ()
        untold = [problem for problem in problems if problem not in self._told]
        self._told = frozenset(problems)
        if not untold:
            return None
        first, more = untold[0], len(untold) - 1
        sentence = _("A pack of quick replies is broken: {where}: {reason}.").format(
            where=first.where, reason=first.reason
        )
        others = ngettext("{count} more problem", "{count} more problems", more).format(count=more)
        hint = _("{fix} Until then, what was right in it stays in use.").format(fix=first.fix)
        return DataError("replies.broken_pack", sentence, f"{hint} {others}." if more else hint)

    @property
    def has_problems(self) -> bool:
        """Whether anything is wrong in the packs of now."""
        return self.library is not None and bool(self.library.problems)

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
            spoken=self._spoken_in(conversation),
            uses=self.uses,
            now=acts.quick.local_now(self.desk, conversation),
        )

    def _spoken_in(self, conversation: Conversation | None) -> str | None:
        """The language of a conversation, worked out again when there is a new message."""
        if conversation is None:
            return None
        about = (conversation.id, conversation.last_message)
        if self._spoken is None or self._spoken[0] != about:
            self._spoken = about, acts.quick.spoken_in(self.desk, conversation)
        return self._spoken[1]

    def slot(self, name: str, replies: tuple[str, ...] = ()) -> tuple[Slot, str] | None:
        """The slot of that name and the language it is filled in: of the last of ``replies`` (their ids) that
        has it, else of any, those in our language first."""
        found = (self._slots.get((reply, name)) for reply in (*reversed(replies), ""))
        return next(filter(None, found), None)

    def slot_hint(self, name: str) -> str:
        """What a slot asks for, and its choices: ``arrival time (24 h / 48 h)``; else its name."""
        found = self.slot(name)
        if found is None or not found[0].prompt:
            return name
        slot = found[0]
        return f"{slot.prompt} ({' / '.join(slot.choices)})" if slot.choices else slot.prompt

    def prepare(self, reply: QuickReply, conversation: Conversation | None) -> Prepared:
        """The reply as it would go into the composer here and now."""
        return acts.quick.prepare(self.desk, reply, conversation)

    def read_uses(self) -> None:
        """Something was sent, or taken back: rank by what the store knows now."""
        self.uses = acts.reply_uses.of_agent(self.desk.store.reader(), self.desk.agent.id)


def _versions_of(library: Library, reader: Connection) -> dict[str, Version]:
    """Which version of each pack of the hub the library has: not always the newest, which may be broken."""
    from csdesk.model.published import Thing, number_at

    found: dict[str, Version] = {}
    for pack in library.packs:
        number = number_at(pack.path)
        if number is not None:
            versions = acts.published.versions(reader, Thing.REPLIES, pack.id)
            found.update((pack.id, each) for each in versions if each.number == number)
    return found


def _slots_of(library: Library) -> dict[tuple[str, str], tuple[Slot, str]]:
    """Slots by reply id and name; by no id and name the first one of any reply, in our language if there is one."""
    ours = language()[:2]
    found: dict[tuple[str, str], tuple[Slot, str]] = {}
    for reply in sorted(library.replies, key=lambda each: each.lang[:2] != ours):
        for slot in reply.slots:
            found[reply.id, slot.name] = slot, reply.lang
            found.setdefault(("", slot.name), (slot, reply.lang))
    return found
