"""One readable page in HTML that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from csdesk.clock import format_time
from csdesk.formats import export_words as words
from csdesk.formats.outgoing import Outgoing
from csdesk.i18n import _, language
from csdesk.model.transcript import TranscriptMessage

_STYLE: Final = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #647083;
  --line: #dfe3ea; --customer: #eef1f6; --agent: #dcebff; --note: #fff3cf; }
@media (prefers-color-scheme: dark) { :root { --back: #14171c; --card: #1c2027; --ink: #e6e9ee; --soft: #98a3b3;
  --line: #323a46; --customer: #272d37; --agent: #1d3a5f; --note: #4a3d14; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
.soft, time { color: var(--soft); font-size: .85rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.2rem;
  margin-top: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: 0 0 1rem; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.m { margin: .6rem 0; max-width: 85%; }
.m p { margin: .15rem 0 0; padding: .5rem .8rem; border-radius: 10px; background: var(--customer);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.agent { margin-left: auto; } .agent p { background: var(--agent); }
.note { max-width: 100%; } .note p { background: var(--note); }
.system, .auto { max-width: 100%; text-align: center; } .system p, .auto p { background: none; color: var(--soft); }
.file { font-size: .85rem; }
@media print { body { background: none; } article { border: 0; padding: 0; } .m { break-inside: avoid; } }
"""


def html_page(found: Iterator[Outgoing]) -> Iterator[str]:
    """The page in pieces: its head, an article for each conversation, its end. Everything is escaped."""
    title = escape(_("Conversations"))
    yield (
        f'<!doctype html>\n<html lang="{escape(language().replace("_", "-"))}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f'<meta name="referrer" content="no-referrer">\n<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n'
        f'<body>\n<main>\n<h1>{title}</h1>\n<div class="soft">{escape(words.zone_line())}</div>\n'
    )
    for each in found:
        yield _article(each)
    yield "</main>\n</body>\n</html>\n"


def _article(each: Outgoing) -> str:
    facts = "".join(
        f'<dt>{escape(name)}</dt><dd dir="auto">{escape(value)}</dd>' for name, value in words.facts(each)
    )
    said = "".join(_message(message, each) for message in each.transcript.messages)
    return (
        f'<article id="{escape(each.conversation.ref)}">\n<h2 dir="auto">{escape(words.title(each))}</h2>\n'
        f"<dl>{facts}</dl>\n{said}</article>\n"
    )


def _message(message: TranscriptMessage, each: Outgoing) -> str:
    when = words.when(message)
    exact = format_time(message.at) if message.at is not None else ""
    time = f' <time datetime="{exact}">{escape(when)}</time>' if when else ""
    text = f'<p dir="auto">{escape(message.text)}</p>' if message.text else ""
    label = escape(_("Attachment"))
    files = "".join(
        f'<p class="file">{label}: {escape(words.file_line(file))}</p>' for file in message.attachments
    )
    return (
        f'<div class="m {message.sender.value}"><span class="soft">{escape(words.who(message, each))}</span>{time}'
        f"{text}{files}</div>\n"
    )
