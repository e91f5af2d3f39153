"""What one version of a pack has that another has not, by code of the replies or id of the rules."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from csdesk.etiquette import schema as rules_schema
from csdesk.i18n import _, ngettext
from csdesk.model.published import Thing
from csdesk.replies.team import read_version
from csdesk.replies.written import written_reply

Parts = Mapping[str, tuple[str, object]]
"""What a pack holds, by what lasts of it: its name as people know it, and all that it says."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of what is new, of what says something else, and of what is gone."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """How much is new, changed and gone, as it is told."""
        new, changed, gone = len(self.new), len(self.changed), len(self.gone)
        told = (
            (new, ngettext("{count} new", "{count} new", new)),
            (changed, ngettext("{count} changed", "{count} changed", changed)),
            (gone, ngettext("{count} gone", "{count} gone", gone)),
        )
        parts = [words.format(count=count) for count, words in told if count]
        return _(", ").join(parts) or _("nothing that counts")


def difference(thing: Thing, before: str, after: str) -> Difference:
    """What the text ``after`` of a pack has beside the text ``before``; "" is a pack that holds nothing."""
    old, new = _PARTS[thing](before), _PARTS[thing](after)
    return Difference(
        tuple(name for key, (name, _said) in new.items() if key not in old),
        tuple(name for key, (name, said) in new.items() if key in old and old[key][1] != said),
        tuple(name for key, (name, _said) in old.items() if key not in new),
    )


def is_whole(thing: Thing, text: str) -> bool:
    """Whether this csdesk can read all of a pack: where it cannot, a comparison would call it gone."""
    read = (
        read_version(text).problems if thing is Thing.REPLIES else rules_schema.read_text(text, "").problems
    )
    return not read


def lines(before: str, after: str) -> list[str]:
    """The lines that go (``-``) and come (``+``), with one line around them."""
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    return [line for line in told if not line.startswith(("---", "+++"))]


def _replies(text: str) -> Parts:
    pack = read_version(text).pack if text else None
    return {each.id: (each.code, written_reply(each)) for each in pack.replies} if pack else {}


def _rules(text: str) -> Parts:
    rules = rules_schema.read_text(text, "", is_checked=False).rules if text else ()
    # Where an example stands is no part of what a rule says.
    return {
        f"{each.lang} {each.id}": (each.id, replace(each, must_match=(), must_not_match=())) for each in rules
    }


_PARTS: Final[dict[Thing, Callable[[str], Parts]]] = {Thing.REPLIES: _replies, Thing.ETIQUETTE: _rules}
