"""The command palette: every action of the table of keys by its sentence, and views of settings.

Only our own texts stand here: Textual's matcher reads candidates as markup and can be stalled by
a long one, so nothing a customer or a pack wrote ever becomes a candidate.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from csdesk.i18n import LANGUAGES, _
from csdesk.tui.keys import KEYS, action_of, shown
from csdesk.tui.themes import THEMES

_NOT_LISTED = ("list", "lines", "composer", "picker", "find")


class DeskCommands(Provider):
    """Everything that can be done, by name."""

    async def discover(self) -> Hits:
        for text, action, help_text in self._commands():
            yield DiscoveryHit(text, partial(self.app.run_action, action, self.screen), help=help_text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for text, action, help_text in self._commands():
            score = matcher.match(text)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(text),
                    partial(self.app.run_action, action, self.screen),
                    help=help_text,
                )

    def _commands(self) -> Iterator[tuple[str, str, str]]:
        """What the screen below can do; another screen than the desk has few of the table's actions."""
        for text, action, help_text in self._all_commands():
            owner, _dot, name = action.partition("(")[0].rpartition(".")
            if owner != "screen" or hasattr(self.screen, f"action_{name}"):
                yield text, action, help_text

    def _all_commands(self) -> Iterator[tuple[str, str, str]]:
        for key in KEYS:
            if key.id.partition(".")[0] not in _NOT_LISTED:
                yield _(key.text), action_of(key), ", ".join(shown(name) for name in key.keys)
        for binding in type(self.screen).BINDINGS:
            if isinstance(binding, Binding) and binding.id and "@" not in binding.id:
                yield _(binding.description), f"screen.{binding.action}", shown(binding.key)
        for name in THEMES:
            yield _("Theme: {name}").format(name=name), f"app.use_theme('{name}')", ""
        for code, name in LANGUAGES.items():
            yield _("Language: {name}").format(name=name), f"app.use_language('{code}')", ""
        yield _("Density: two lines a row"), "screen.use_density('cosy')", ""
        yield _("Density: one line a row"), "screen.use_density('compact')", ""
        yield _("Take the one-minute tour"), "screen.show_tour", ""
        yield _("Take the other draft"), "screen.take_other_draft", ""
        yield _("Take a file off the reply"), "screen.detach_file", ""
        yield _("Edit the contact"), "screen.edit_contact", ""
        yield _("Show all conversations of the contact"), "screen.contact_conversations", ""
        yield _("Write down a telephone call"), "screen.log_call", ""
        yield _("Begin a conversation with the contact"), "screen.begin_conversation", ""
        yield _("Set the stage of the sale"), "screen.stage", ""
        yield _("Merge the contact with another"), "screen.merge_contact", ""
        yield _("Take the last merge apart"), "screen.unmerge_contact", ""
        yield _("Block or unblock the contact"), "screen.block_contact", ""
        yield _("Rename this view"), "screen.rename_view", ""
        yield _("Delete this view"), "screen.delete_view", ""
        yield _("Show what came while I was away"), "screen.show_while_away", ""
        yield _("Try an alert: line, bell and notification"), "screen.try_alert", ""
        yield _("Change my name"), "screen.change_name", ""
