"""The one table of keys. Every binding, help page, palette entry and docs/keys.md comes from it.

An action has an id (``area.verb``), its keys and the places where it acts. A key that types
a character (``e``, ``?``) acts only where nothing is typed (lists and the conversation);
every other key acts wherever its place says. Letters and signs also come as an input method
sends them (full-width forms, ``、``), so a list answers under a Chinese keyboard too.

This module and ``keymap`` load without textual: ``csdesk keys`` and the tests stay quick.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from csdesk.i18n import N_, _

if TYPE_CHECKING:
    from textual.binding import Binding


class Place(StrEnum):
    """Where a key acts. ``anywhere`` is under all others; a more exact place wins."""

    ANYWHERE = "anywhere"
    LIST = "list"
    CONVERSATION = "conversation"
    COMPOSER = "composer"
    PALETTE = "palette"
    FIND = "find"


PLACE_NAMES: Final = {
    Place.ANYWHERE: N_("Anywhere"),
    Place.LIST: N_("Queue and other lists"),
    Place.CONVERSATION: N_("Conversation"),
    Place.COMPOSER: N_("Composer"),
    Place.PALETTE: N_("Quick replies (open)"),
    Place.FIND: N_("Finding in a conversation"),
}

TYPING_PLACES: Final = frozenset({Place.COMPOSER, Place.PALETTE, Place.FIND})
"""Places where a character is text, never a command."""


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that start it.

    ``keys`` are Textual key names in the order to show them; ``label`` is the footer's short
    word and ``text`` the sentence for help (both msgids). ``footer`` ranks it there, 0 = not
    shown, 1 = likeliest. ``is_priority`` beats a focused editor that would eat the key.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    label: str
    text: str
    places: tuple[Place, ...]
    footer: int = 0
    is_priority: bool = False


_LISTS = (Place.LIST, Place.CONVERSATION)
_ALL = (Place.ANYWHERE, *_LISTS)
_EDITOR = (Place.COMPOSER,)


def _key(
    id: str,
    keys: str,
    action: str,
    label: str,
    text: str,
    places: tuple[Place, ...],
    footer: int = 0,
    *,
    is_priority: bool = False,
) -> Key:
    return Key(id, tuple(keys.split()), action, label, text, places, footer, is_priority)


KEYS: Final[tuple[Key, ...]] = (
    # Answering
    _key("message.send", "ctrl+s", "send", N_("Send"), N_("Send what the composer holds"), _EDITOR, 1),
    _key("reply.pick", "f2", "pick_reply", N_("Replies"), N_("Open the quick replies"), _ALL, 2),
    _key("message.reply", "r", "reply", N_("Reply"), N_("Write a reply"), _LISTS, 3),
    _key("message.note", "n", "note", N_("Note"), N_("Write an internal note"), _LISTS),
    _key("message.toggle", "ctrl+r", "toggle_mode", N_("Reply/note"), N_("Switch between reply and note"),
         _EDITOR, 9),
    _key("message.outside", "ctrl+o", "edit_outside", N_("Editor"),
         N_("Write in your own editor ($VISUAL or $EDITOR) and come back"), _EDITOR),
    _key("message.attach", "ctrl+d", "attach_file", N_("Attach"), N_("Send files with the reply"), _EDITOR),
    _key("work.undo", "ctrl+g z", "undo", N_("Undo"), N_("Take back what you did last, to one or to many"),
         _ALL, 7, is_priority=True),
    _key("message.retry", "y", "retry_failed", N_("Retry"), N_("Send failed messages again"), _LISTS),
    _key("message.rewrite", "enter", "rewrite_failed", N_("Write"),
         N_("Write a reply; on a marked message that failed: put it back into the composer"), (Place.CONVERSATION,)),
    _key("message.quote", "greater_than_sign", "quote", N_("Quote"),
         N_("Answer the marked message, or the customer's last, with a quote of it"), (Place.CONVERSATION,)),
    _key("message.copy", "ctrl+c full_stop", "copy", N_("Copy"),
         N_("Copy the marked text, the message or the number of the conversation"), _ALL),
    _key("message.copy_part", "C", "copy_part", N_("Copy…"),
         N_("Copy a number, the text or a quote of the marked message"), _LISTS),
    _key("reply.keep", "N", "keep_reply", N_("Keep"),
         N_("Keep the marked message, or the last one sent, as a quick reply"), _LISTS),
    _key("reply.manage", "M", "manage_replies", N_("Manage"),
         N_("Show all quick replies: search, edit, see what they are worth"), _LISTS),
    _key("message.enclosed", "a", "show_enclosed", N_("Files"), N_("Files and links of the conversation"), _LISTS),
    # The queue
    _key("queue.longest", "f8 w", "longest_wait", N_("Longest"), N_("Go to who has waited longest"), _ALL, 5),
    _key("alerts.close", "A", "close_alert", N_("Close alert"),
         N_("Close the line about customers who have waited too long"), _LISTS),
    _key("queue.next", "ctrl+down ctrl+pagedown", "next_conversation", N_("Next"),
         N_("Open the next conversation of the queue"), (Place.ANYWHERE,), is_priority=True),
    _key("queue.previous", "ctrl+up ctrl+pageup", "previous_conversation", N_("Previous"),
         N_("Open the previous conversation of the queue"), (Place.ANYWHERE,), is_priority=True),
    _key("search.open", "f3 slash", "open_search", N_("Search"), N_("Search messages, names and subjects"), _ALL, 8),
    _key("queue.filter", "backslash", "filter", N_("Filter"), N_("Filter the list"), _LISTS),
    _key("queue.waiting", "1", "show_view('waiting')", N_("Waiting"), N_("Show who waits for an answer"), _LISTS),
    _key("queue.unassigned", "2", "show_view('unassigned')", N_("Unassigned"),
         N_("Show conversations nobody has claimed"), _LISTS),
    _key("queue.mine", "3", "show_view('mine')", N_("Mine"), N_("Show my conversations"), _LISTS),
    _key("queue.all", "4", "show_view('all')", N_("All"), N_("Show all open conversations"), _LISTS),
    _key("queue.snoozed", "5", "show_view('snoozed')", N_("Snoozed"), N_("Show snoozed conversations"), _LISTS),
    _key("queue.resolved", "6", "show_view('resolved')", N_("Resolved"),
         N_("Show resolved conversations"), _LISTS),
    _key("queue.own_first", "7", "show_own(1)", N_("View 1"), N_("Show the first view of your own"), _LISTS),
    _key("queue.own_second", "8", "show_own(2)", N_("View 2"), N_("Show the second view of your own"), _LISTS),
    _key("queue.own_third", "9", "show_own(3)", N_("View 3"), N_("Show the third view of your own"), _LISTS),
    _key("queue.drafts", "d", "show_view('drafts')", N_("Drafts"), N_("Show where you have a draft"), _LISTS),
    _key("queue.failed", "F", "show_view('failed')", N_("Failed"), N_("Show what could not be sent"), _LISTS),
    _key("queue.choose", "V", "choose_view", N_("Views"), N_("Choose a view, built-in or your own"), _LISTS),
    _key("queue.save_view", "S", "save_view", N_("Keep filter"), N_("Keep the filter as a view of your own"), _LISTS),
    _key("queue.sort", "O", "cycle_sort", N_("Sort"), N_("Sort by wait, by priority or by tier"), _LISTS),
    _key("queue.switch", "f7", "switch", N_("Mine"), N_("Switch to another conversation of mine"),
         (Place.ANYWHERE,)),
    _key("queue.back", "backspace", "go_back", N_("Back"), N_("Go back to the conversation before this one"), _LISTS),
    _key("select.toggle", "x", "tick", N_("Select"), N_("Select the conversation, or take it out"), (Place.LIST,)),
    _key("select.range", "v", "tick_range", N_("Select range"), N_("Select all from here to where you go"),
         (Place.LIST,)),
    _key("select.all", "X", "tick_all", N_("Select all"), N_("Select everything in the view"), (Place.LIST,)),
    _key("queue.refresh", "f5 R", "refresh", N_("Refresh"), N_("Read everything again"), _ALL),
    # The conversation
    _key("work.resolve_next", "f9 e", "resolve_next", N_("Resolve"),
         N_("Resolve and go to the next one waiting"), _ALL, 6),
    _key("work.resolve", "E", "resolve", N_("Resolve, stay"), N_("Resolve and stay here"), _LISTS),
    _key("work.reopen", "o", "reopen", N_("Reopen"), N_("Open a resolved or snoozed conversation again"), _LISTS),
    _key("work.claim", "i", "claim", N_("Claim"), N_("Claim the conversation for me"), _LISTS, 4),
    _key("work.release", "u", "release", N_("Release"), N_("Put the conversation back for others"), _LISTS),
    _key("work.transfer", "ctrl+t t", "transfer", N_("Transfer"),
         N_("Transfer to another agent or team"), _ALL, is_priority=True),
    _key("offer.accept", "I", "accept_offer", N_("Take"), N_("Take the conversation that a colleague asks you to take"),
         _LISTS),
    _key("offer.decline", "U", "decline_offer", N_("Decline"),
         N_("Decline what a colleague asks you to take, or no longer ask one"), _LISTS),
    _key("work.snooze", "s", "snooze", N_("Snooze"), N_("Snooze until a time or the next message"), _LISTS),
    _key("work.label", "l", "label", N_("Label"), N_("Set or take off labels"), _LISTS),
    _key("work.priority", "p", "priority", N_("Priority"), N_("Set the priority"), _LISTS),
    _key("contact.toggle", "f6 c", "toggle_contact", N_("Contact"),
         N_("Show or hide the contact"), _ALL, 4, is_priority=True),
    _key("contact.menu", "K", "contact_menu", N_("Contact"),
         N_("Edit, merge, block or call the contact, or see all their conversations"), _LISTS),
    _key("availability.choose", "f4", "choose_availability", N_("Status"),
         N_("Say whether you are online, busy, away or offline"), _ALL, 9),
    _key("hub.look", "L", "look", N_("Look"),
         N_("Decide where others changed what you worked on while this desk was without the hub"), _LISTS),
    _key("hub.changes", "W", "show_changes", N_("Changes"), N_("Show what others did since you looked last"), _LISTS),
    _key("handover.open", "H", "hand_over", N_("Handover"), N_("Hand the shift over, or take one over"), _LISTS),
    # The program
    _key("settings.open", "comma", "open_settings", N_("Settings"), N_("Show and change the settings"), _LISTS),
    _key("practice.begin", "T", "practise", N_("Practise"),
         N_("Practise on simulated customers, in a store of its own"), _LISTS),
    _key("practice.end", "Q", "end_practice", N_("End practice"),
         N_("End the practice and see what it was worth"), _LISTS, 2),
    _key("queue.density", "D", "toggle_density", N_("Density"),
         N_("One line a conversation, or two"), _LISTS),
    _key("help.show", "f1 question_mark", "show_help", N_("Help"), N_("Help: the keys for this place, and pages to read"), _ALL, 10),
    _key("palette.open", "ctrl+p", "command_palette", N_("Commands"), N_("Find any command by name"),
         (Place.ANYWHERE,), is_priority=True),
    _key("app.quit", "ctrl+q q", "quit", N_("Quit"), N_("Leave csdesk; drafts are kept"),
         _ALL, is_priority=True),
    # Moving in lists
    _key("list.down", "down j", "move('down')", N_("Down"), N_("One row down"), (Place.LIST,)),
    _key("list.up", "up k", "move('up')", N_("Up"), N_("One row up"), (Place.LIST,)),
    _key("list.page_down", "pagedown space", "move('page_down')", N_("Page down"), N_("One page down"), (Place.LIST,)),
    _key("list.page_up", "pageup b", "move('page_up')", N_("Page up"), N_("One page up"), (Place.LIST,)),
    _key("list.first", "home g", "move('first')", N_("First"), N_("To the first row"), (Place.LIST,)),
    _key("list.last", "end G", "move('last')", N_("Last"), N_("To the last row"), (Place.LIST,)),
    _key("list.open", "enter", "open_row", N_("Open"), N_("Open the conversation and write"), (Place.LIST,), 1),
    # Moving in a conversation
    _key("lines.down", "down j", "move('down')", N_("Down"), N_("One line down"), (Place.CONVERSATION,)),
    _key("lines.up", "up k", "move('up')", N_("Up"), N_("One line up"), (Place.CONVERSATION,)),
    _key("lines.page_down", "pagedown space", "move('page_down')", N_("Page down"), N_("One page down"),
         (Place.CONVERSATION,)),
    _key("lines.page_up", "pageup b", "move('page_up')", N_("Page up"), N_("One page up"), (Place.CONVERSATION,)),
    _key("lines.first", "home g", "move('first')", N_("First"), N_("To the first message"), (Place.CONVERSATION,)),
    _key("lines.last", "end G", "move('last')", N_("Last"), N_("To the newest message"), (Place.CONVERSATION,)),
    _key("lines.next_message", "right_square_bracket", "mark_message(1)", N_("Next message"),
         N_("Mark the next message"), (Place.CONVERSATION,)),
    _key("lines.previous_message", "left_square_bracket", "mark_message(-1)", N_("Previous message"),
         N_("Mark the previous message"), (Place.CONVERSATION,)),
    _key("lines.leave", "escape", "screen.leave", N_("Back"), N_("Back to the queue"), (Place.CONVERSATION,)),
    # Finding in a conversation
    _key("message.find", "ctrl+f", "find", N_("Find"), N_("Find words in the shown conversation"), _ALL, 9,
         is_priority=True),
    _key("find.older", "enter up", "older", N_("Above"), N_("The hit above, then the one above that"), (Place.FIND,), 1),
    _key("find.newer", "down", "newer", N_("Below"), N_("The hit below"), (Place.FIND,), 2),
    _key("find.leave", "escape", "leave", N_("Close"), N_("Stop finding; the conversation stays where it is"),
         (Place.FIND,), 3),
    # Writing
    _key("composer.newline", "ctrl+j", "newline", N_("New line"), N_("Begin a new line"), _EDITOR),
    _key("composer.enter", "enter", "enter", N_("Send or new line"),
         N_("Send in chat, a new line in mail (a setting)"), _EDITOR),
    _key("wording.accept", "ctrl+l", "accept_finding", N_("Suggestion"),
         N_("Take the suggestion of the etiquette check"), _EDITOR),
    _key("wording.ignore", "ctrl+n", "ignore_finding", N_("Not here"),
         N_("Ignore the finding of the etiquette check in this conversation"), _EDITOR),
    _key("wording.explain", "f12", "explain_finding", N_("Why"), N_("Say why the etiquette check found this"), _EDITOR),
    _key("composer.leave", "escape", "leave_composer", N_("Leave"),
         N_("Back to the list; what you wrote is kept as a draft"), _EDITOR),
    # Quick replies while open
    _key("picker.insert", "enter tab", "insert_reply", N_("Insert"), N_("Insert the marked quick reply"),
         (Place.PALETTE,), 1),
    _key("picker.next", "down ctrl+n", "next_reply", N_("Next"), N_("The next quick reply"), (Place.PALETTE,)),
    _key("picker.previous", "up", "previous_reply", N_("Previous"), N_("The previous quick reply"),
         (Place.PALETTE,)),
    _key("picker.close", "escape", "close_palette", N_("Close"), N_("Close the quick replies; the text stays"),
         (Place.PALETTE,), 2),
)  # fmt: skip

BY_ID: Final[Mapping[str, Key]] = {key.id: key for key in KEYS}

_IME_FORMS: Final = {
    "question_mark": ("fullwidth_question_mark",),
    "slash": ("fullwidth_solidus", "ideographic_comma"),
    "backslash": ("fullwidth_reverse_solidus",),
    "comma": ("fullwidth_comma",),
    "full_stop": ("fullwidth_full_stop", "ideographic_full_stop"),
    "greater_than_sign": ("fullwidth_greater_than_sign", "right_double_angle_bracket"),
    "left_square_bracket": ("fullwidth_left_square_bracket", "left_black_lenticular_bracket"),
    "right_square_bracket": ("fullwidth_right_square_bracket", "right_black_lenticular_bracket"),
    "space": ("ideographic_space",),
}

NAMED_KEYS: Final = frozenset({
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown",
    "enter", "escape", "tab", "backspace", "delete", "insert",
    *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip


def is_typed(key: str) -> bool:
    """True when ``key`` types a character, so that it must be dead while somebody writes."""
    return "+" not in key and key not in NAMED_KEYS


def with_forms(key: str) -> tuple[str, ...]:
    """``key`` and the names under which a Chinese input method sends the same press."""
    if len(key) == 1 and "!" <= key <= "~":
        return key, chr(ord(key) + 0xFEE0)
    return key, *_IME_FORMS.get(key, ())


def keys_in(key: Key, place: Place, chosen: Iterable[str] | None = None) -> tuple[str, ...]:
    """The keys that start ``key``'s action in ``place``: of ``chosen`` (a person's own), else its own."""
    if place not in key.places:
        return ()
    all_keys = tuple(key.keys if chosen is None else chosen)
    is_also_anywhere = Place.ANYWHERE in key.places
    if place is Place.ANYWHERE or place in TYPING_PLACES:
        return tuple(name for name in all_keys if not is_typed(name))
    return tuple(
        form
        for name in all_keys
        if is_typed(name) or not is_also_anywhere
        for form in (with_forms(name) if is_typed(name) else (name,))
    )


def binding_id(key: Key, place: Place) -> str:
    """The id of ``key``'s binding in ``place``; one action may be bound in several places."""
    return f"{key.id}@{place.value}"


_OF_THE_APP: Final = frozenset({"command_palette", "quit", "practise"})
_OF_THE_WIDGET: Final = frozenset({"list", "lines", "composer", "picker", "find"})


def action_of(key: Key) -> str:
    """``key``'s action as Textual runs it: on the widget that has the focus, the screen or the app."""
    if key.id.partition(".")[0] in _OF_THE_WIDGET:
        return key.action
    return f"{'app' if key.action in _OF_THE_APP else 'screen'}.{key.action}"


def bindings(place: Place) -> list[Binding]:
    """Textual bindings for the widget or screen that is ``place``; a keymap overrides them by id.

    Descriptions stay msgids: translate them where they are shown, so a switch of language holds.
    """
    from textual.binding import Binding

    return [
        Binding(
            ",".join(keys),
            action_of(key),
            key.text,
            show=bool(key.footer),
            priority=key.is_priority and place is Place.ANYWHERE,
            id=binding_id(key, place),
        )
        for key in KEYS
        if (keys := keys_in(key, place))
    ]


_SHOWN: Final = {
    "question_mark": "?", "slash": "/", "backslash": "\\", "full_stop": ".", "comma": ",",
    "left_square_bracket": "[", "right_square_bracket": "]", "greater_than_sign": ">", "escape": "Esc", "enter": "Enter", "tab": "Tab",
    "pageup": "PgUp", "pagedown": "PgDn", "up": "↑", "down": "↓", "left": "←", "right": "→", "space": "Space",
    "home": "Home", "end": "End", "delete": "Del", "backspace": "Backspace", "insert": "Ins",
}  # fmt: skip


@lru_cache(maxsize=256)
def shown(key: str, *, is_short: bool = False) -> str:
    """``key`` as a person reads it: ``Ctrl+S`` (``^S`` when short), ``F8``, ``?``, ``e``."""
    *modifiers, name = key.split("+")
    plain = _SHOWN.get(name, name)
    if name in NAMED_KEYS and plain == name:
        plain = name.upper()
    if not modifiers:
        return plain
    plain = plain.upper() if len(plain) == 1 else plain
    if is_short and modifiers == ["ctrl"]:
        return f"^{plain}"
    return "+".join([part.capitalize() for part in modifiers] + [plain])


def footer_keys(places: Iterable[Place]) -> list[Key]:
    """The keys a footer may show for ``places``, the likeliest first, each once."""
    wanted = set(places) | {Place.ANYWHERE}
    ranked = [key for key in KEYS if key.footer and wanted.intersection(key.places)]
    return sorted(ranked, key=lambda key: (Place.ANYWHERE in key.places, key.footer))


def place_name(place: Place) -> str:
    """``place`` in the current language."""
    return _(PLACE_NAMES[place])
