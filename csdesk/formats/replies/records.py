"""Systems whose export is JSON: Chatwoot, Rocket.Chat, Intercom and FreeScout.

Shapes: Chatwoot ``app/models/canned_response.rb`` and its API (``short_code``, ``content``); Rocket.Chat
``/api/v1/canned-responses`` (``shortcut``, ``text``, ``tags``); Intercom REST ``/macros`` (``name``, ``body``
in HTML, ``body_text``); FreeScout API ``/mailboxes/N/saved-replies`` (``name``, ``text`` in HTML).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from csdesk.formats.html_text import text_of
from csdesk.formats.replies import mapping
from csdesk.formats.replies.json_records import records
from csdesk.formats.replies.mapping import as_html, body_of, one_line, plain, text_for, text_in
from csdesk.formats.replies.record import ForeignFile, ForeignReply, Remark, WrittenFile
from csdesk.formats.replies.variables import NAME, OURS, Dialect
from csdesk.i18n import _
from csdesk.model.reply import QuickReply
from csdesk.replies.codes import is_code
from csdesk.replies.titles import title_of_body

_QUOTED = r"""(?:'(?P<fallback>[^'{}\n]*)'|"(?P<fallback_two>[^"{}\n]*)"|(?P<fallback_bare>[^{}\n'"]*?))"""
_ATTRIBUTE = re.compile(
    r'<attribute\s+key="([^"<>]{1,100})"(?:\s+default="([^"<>]{0,400})")?\s*/?>(?:</attribute>)?'
)


def _quoted(text: str) -> str:
    """``text`` in the quotes it does not hold."""
    return f'"{text}"' if "'" in text and '"' not in text else "'" + text.replace("'", "") + "'"


CHATWOOT: Final = Dialect(
    re.compile(rf"\{{\{{\s*(?P<name>{NAME})\s*(?:\|\|?\s*(?:default:\s*)?{_QUOTED}\s*)?\}}\}}"),
    {
        "contact.name": "contact.name",
        "contact.first_name": "contact.name",
        "contact.last_name": "contact.name",
        "contact.email": "contact.email",
        "contact.phone_number": "contact.phone",
        "agent.name": "agent.name",
        "agent.first_name": "agent.name",
        "agent.last_name": "agent.name",
        "conversation.id": "conversation.ref",
        "conversation.display_id": "conversation.ref",
        "account.name": "shop.name",
    },
    lambda name, fallback: f"{{{{{name} || {_quoted(fallback)}}}}}" if fallback else f"{{{{{name}}}}}",
    {
        "contact.name": "contact.name",
        "contact.email": "contact.email",
        "contact.phone": "contact.phone_number",
        "agent.name": "agent.name",
        "conversation.ref": "conversation.id",
    },
    has_fallbacks=True,
)
ROCKETCHAT: Final = Dialect(
    re.compile(OURS),
    {
        "contact.name": "contact.name",
        "contact.email": "contact.email",
        "contact.phone": "contact.phone",
        "agent.name": "agent.name",
    },
    lambda name, _fallback: f"{{{{{name}}}}}",
    {each: each for each in ("contact.name", "contact.email", "contact.phone", "agent.name")},
)
INTERCOM: Final = Dialect(
    re.compile(rf"\{{\{{\s*(?P<name>{NAME})\s*(?:\|\s*(?:fallback:\s*)?{_QUOTED}\s*)?\}}\}}"),
    {
        "user.name": "contact.name",
        "user.first_name": "contact.name",
        "user.last_name": "contact.name",
        "name": "contact.name",
        "first_name": "contact.name",
        "last_name": "contact.name",
        "user.email": "contact.email",
        "email": "contact.email",
        "user.phone": "contact.phone",
        "phone": "contact.phone",
        "author.name": "agent.name",
        "author.first_name": "agent.name",
        "teammate.name": "agent.name",
        "teammate.first_name": "agent.name",
        "conversation.id": "conversation.ref",
    },
    lambda name, fallback: f'{{{{{name}|fallback:"{fallback.replace(chr(34), chr(39))}"}}}}' if fallback else f"{{{{{name}}}}}",
    {
        "contact.name": "user.name",
        "contact.email": "user.email",
        "contact.phone": "user.phone",
        "agent.name": "teammate.name",
        "conversation.ref": "conversation.id",
    },
    has_fallbacks=True,
)  # fmt: skip
FREESCOUT: Final = Dialect(
    re.compile(rf"\{{%\s*(?P<name>{NAME})\s*(?:,\s*fallback=(?P<fallback>[^%{{}}\n]*?)\s*)?%\}}|{OURS}"),
    {
        "customer.fullname": "contact.name",
        "customer.firstname": "contact.name",
        "customer.lastname": "contact.name",
        "customer.email": "contact.email",
        "user.fullname": "agent.name",
        "user.firstname": "agent.name",
        "user.lastname": "agent.name",
        "conversation.number": "conversation.ref",
        "mailbox.name": "shop.name",
        "mailbox.fromname": "shop.name",
    },
    lambda name, fallback: (
        f"{{%{name},fallback={fallback.replace('%', '')}%}}" if fallback else f"{{%{name}%}}"
    ),
    {
        "contact.name": "customer.fullName",
        "contact.email": "customer.email",
        "agent.name": "user.fullName",
        "conversation.ref": "conversation.number",
        "shop.name": "mailbox.name",
    },
    has_fallbacks=True,
)


@dataclass(frozen=True, slots=True)
class JsonSystem:
    """One system: where its list stands, how a record is read and written, and what it has a place for."""

    name: str
    shown: str
    keys: tuple[str, ...]
    dialect: Dialect
    held: frozenset[str]
    take: Callable[[Any], dict[str, Any]]
    """A record as ``text``, ``code`` or ``title``, ``id``, ``tags``, ``folder``, each only where it holds one."""
    make: Callable[[QuickReply, str], dict[str, Any]]
    enclose: Callable[[list[dict[str, Any]]], Any]

    def read(self, path: Path, slots: Collection[str]) -> ForeignFile:
        """Every reply of the file. Raises DataError when it is none of ours, OSError when unreadable."""
        replies: list[ForeignReply] = []
        refused: list[Remark] = []
        for line, value in records(path, *self.keys):
            taken = self.take(value) if isinstance(value, dict) else {}
            label = one_line(taken.get("code") or taken.get("title"))
            if not taken.get("text", "").strip():
                refused.append(Remark(line, label, _("there is no text in it")))
                continue
            replies.append(self._reply(line, label, taken, slots))
        return ForeignFile(tuple(replies), tuple(refused))

    def write(self, replies: Sequence[QuickReply]) -> WrittenFile:
        """The file that the system, or an import here, reads back."""
        made: list[dict[str, Any]] = []
        remarks: list[Remark] = []
        for reply in replies:
            text, said = text_for(reply.body, self.dialect, self.shown, reply.code)
            made.append(self.make(reply, text))
            remarks += [*said, *mapping.not_held(reply, self.shown, self.held)]
        return WrittenFile(
            json.dumps(self.enclose(made), ensure_ascii=False, indent=2) + "\n", tuple(remarks)
        )

    def _reply(self, line: int, label: str, taken: dict[str, Any], slots: Collection[str]) -> ForeignReply:
        body, remarks = body_of(taken["text"], self.dialect, slots, line, label)
        fields: dict[str, Any] = {"body": body}
        title = one_line(taken.get("title"))
        if title:
            fields["title"] = title
        if taken.get("id"):
            fields["id"] = taken["id"]
        fields |= {key: taken[key] for key in ("tags", "folder") if key in taken}
        code = taken.get("code") or ""
        return ForeignReply(
            line,
            fields,
            suggested={"title": one_line(code) if code and not is_code(code) else title_of_body(body)},
            code=code,
            remarks=tuple(remarks),
        )


def _chatwoot_taken(value: dict[str, Any]) -> dict[str, Any]:
    return {"code": text_in(value, "short_code"), "text": plain(text_in(value, "content"))}


def _chatwoot_made(reply: QuickReply, text: str) -> dict[str, Any]:
    number = mapping.id_for("chatwoot", reply)
    return {**({"id": int(number)} if number.isdigit() else {}), "short_code": reply.code, "content": text}


def _rocket_taken(value: dict[str, Any]) -> dict[str, Any]:
    tags = value.get("tags")
    return {
        "code": text_in(value, "shortcut"),
        "text": text_in(value, "text"),
        "tags": tuple(one_line(each)[:40] for each in tags if one_line(each))
        if isinstance(tags, list)
        else (),
    }


def _rocket_made(reply: QuickReply, text: str) -> dict[str, Any]:
    return {"shortcut": reply.code, "text": text, "scope": "global", "tags": list(reply.tags)}


def _intercom_taken(value: dict[str, Any]) -> dict[str, Any]:
    body = text_in(value, "body_text")
    if not body:
        body = text_of(_ATTRIBUTE.sub(_placeholder_of, text_in(value, "body")))
    return {
        "title": text_in(value, "name"),
        "text": body,
        "id": mapping.foreign_id("intercom", value.get("id")),
    }


def _placeholder_of(found: re.Match[str]) -> str:
    default = html.unescape(found[2] or "").replace('"', "'")
    return f'{{{{{found[1]}|fallback:"{default}"}}}}' if default else f"{{{{{found[1]}}}}}"


def _intercom_made(reply: QuickReply, text: str) -> dict[str, Any]:
    def attribute(found: re.Match[str]) -> str:
        fallback = html.escape(html.unescape(found[2] or ""))
        return f'<attribute key="{found[1]}"{f" default={chr(34)}{fallback}{chr(34)}" if fallback else ""}/>'

    markup = re.sub(rf'\{{\{{({NAME})(?:\|fallback:"([^"]*)")?\}}\}}', attribute, as_html(text))
    return {
        "type": "macro",
        "id": mapping.id_for("intercom", reply) or reply.id,
        "name": reply.title,
        "body": f"<p>{markup}</p>",
        "body_text": text,
        "visible_to": "everyone",
    }


def _freescout_taken(value: dict[str, Any]) -> dict[str, Any]:
    category = value.get("category")
    return {
        "title": text_in(value, "name"),
        "text": text_of(text_in(value, "text", "body")),
        "id": mapping.foreign_id("freescout", value.get("id")),
        "folder": one_line(category if isinstance(category, str) else text_in(category, "name")),
    }


def _freescout_made(reply: QuickReply, text: str) -> dict[str, Any]:
    return {
        "id": mapping.id_for("freescout", reply) or reply.id,
        "name": reply.title,
        "text": as_html(text),
        "category": reply.folder,
    }


JSON_SYSTEMS: Final = {
    each.name: each
    for each in (
        JsonSystem(
            "chatwoot",
            "Chatwoot",
            ("payload", "canned_responses", "data"),
            CHATWOOT,
            frozenset(),
            _chatwoot_taken,
            _chatwoot_made,
            list,
        ),
        JsonSystem(
            "rocketchat",
            "Rocket.Chat",
            ("cannedResponses", "responses", "data"),
            ROCKETCHAT,
            frozenset({"tags"}),
            _rocket_taken,
            _rocket_made,
            lambda made: {"cannedResponses": made, "success": True},
        ),
        JsonSystem(
            "intercom",
            "Intercom",
            ("data", "macros"),
            INTERCOM,
            frozenset(),
            _intercom_taken,
            _intercom_made,
            lambda made: {"type": "list", "data": made},
        ),
        JsonSystem(
            "freescout",
            "FreeScout",
            ("saved_replies", "savedReplies", "data"),
            FREESCOUT,
            frozenset({"folder"}),
            _freescout_taken,
            _freescout_made,
            lambda made: {"_embedded": {"saved_replies": made}},
        ),
    )
}
"""The systems whose export is JSON, by the name of their format."""
