"""Links in what people write: where each really goes, and whether what is shown says something else.

A link is worth a warning when a reader would take it for another: the text before it names another host,
the host is written with letters that look like others, or a name stands before an ``@`` to hide it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Final
from urllib.parse import unquote, urlsplit

SCHEMES: Final = ("http", "https", "mailto")
"""What may be opened. Anything else starts programs or reads files."""
MOST_LINKS = 200
LONGEST = 2_000

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_ENDS = "\\s<>\"'`{}|\\\\^\u3000-\u3006\u3008-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u2018-\u201f"
_PATH = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
_HOST = f"[^{_ENDS}/?#()\\[\\],;]"
_BARE = re.compile(
    rf"(?<![A-Za-z0-9+.-])(?:(?:https?://{_HOST}{{1,300}}|www\.{_HOST}{{1,300}})(?:[/?#]{_PATH}{{0,{LONGEST}}})?"
    r"|(?:mailto:)?[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(
    rf"\[([^\[\]\n]{{1,300}})\]\(\s{{0,3}}([A-Za-z][A-Za-z0-9+.-]{{1,20}}:[^\s()<>]{{1,{LONGEST}}})\)"
)
_SAID_MOST = 300
_NAMES_HOST = re.compile(
    r"(?:https?://)?(?:[\w-]{1,63}\.){1,8}[A-Za-z\u0080-\uffff]{2,24}(?=$|[/?#:])", re.IGNORECASE
)
_LOOSE_END = ".,;:!?'\"*_~"
_HAN_IN_LATIN = re.compile(rf"(?<=[A-Za-z0-9])[{_HAN}].*$")


class Doubt(StrEnum):
    """Why a reader may take a link for another."""

    OTHER_HOST = "other_host"
    FOREIGN_LETTERS = "foreign_letters"
    HIDDEN_HOST = "hidden_host"
    BARE_ADDRESS = "bare_address"
    SCHEME = "scheme"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in a text. ``target`` is ASCII: an international host in its ``xn--`` form.

    ``host`` is that of the target (of an address, what is behind the ``@``); ``spelled`` the same in its own
    letters, "" when they are the same. ``shown`` is the text that stands for it, "" when that is the target itself.
    """

    target: str
    host: str
    spelled: str = ""
    shown: str = ""
    doubts: tuple[Doubt, ...] = ()

    @property
    def can_open(self) -> bool:
        """Whether it may be given to a browser or mail program at all."""
        return Doubt.SCHEME not in self.doubts and bool(self.host)


def find_links(text: str) -> tuple[Link, ...]:
    """The links of ``text`` in their order, each target once; MOST_LINKS at most. Linear in the text."""
    found: dict[str, Link] = {}
    for _place, link in sorted([*_labelled(text), *_bare(_MARKDOWN.sub(_blank, text))], key=itemgetter(0)):
        if link.target not in found or link.doubts:
            found[link.target] = link
    return tuple(found.values())[:MOST_LINKS]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _labelled(text: str) -> Iterator[tuple[int, Link]]:
    """Links with a text of their own, ``[text](target)``, and where they stand."""
    for match in _MARKDOWN.finditer(text):
        if match[2].lower().startswith(("http:", "https:", "mailto:")):
            link = _link(match[2], match[1])
        else:
            link = Link(match[2], "", shown=match[1], doubts=(Doubt.SCHEME,))
        if link is not None:
            yield match.start(), link


def _bare(text: str) -> Iterator[tuple[int, Link]]:
    """Links that stand in the text as they are, and where."""
    for match in _BARE.finditer(text):
        link = _link(_trimmed(match[0]), _said_before(text, match.start()))
        if link is not None:
            yield match.start(), link


def _said_before(text: str, start: int) -> str:
    """The word before a link in brackets, as ``formats.html_text`` writes what a page shows for it."""
    if not text.endswith(" (", 0, start):
        return ""
    return text[max(0, start - _SAID_MOST) : start - 2].rpartition(" ")[2].rpartition("\n")[2]


def _trimmed(written: str) -> str:
    """Without the marks that belong to the sentence around it; a bracket stays where its partner is."""
    while written:
        last = written[-1]
        if last in _LOOSE_END or (
            last in ")]" and written.count(last) > written.count("(" if last == ")" else "[")
        ):
            written = written[:-1]
        else:
            break
    return written


def _link(written: str, shown: str) -> Link | None:
    lowered = written.lower()
    if not lowered.startswith(("http://", "https://", "www.")):
        address = written.removeprefix("mailto:")
        return Link(f"mailto:{address}", address.rpartition("@")[2].lower())
    full = f"https://{written}" if lowered.startswith("www.") else written
    try:
        parts = urlsplit(full)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    host, rest = _host_alone(host, parts.path, parts.query, parts.fragment)
    ascii_host = _in_ascii(host)
    if not ascii_host or ("." not in ascii_host and ascii_host != "localhost"):
        return None
    target = f"{parts.scheme}://{ascii_host}{f':{port}' if port else ''}{rest}"
    spelled = _spelled(ascii_host)
    return Link(target, ascii_host, spelled, shown, tuple(_doubts(ascii_host, spelled, parts.netloc, shown)))


def _host_alone(host: str, path: str, query: str, fragment: str) -> tuple[str, str]:
    """The host, and what follows it. Chinese text right behind a Latin ending is the sentence that goes on."""
    cut = _HAN_IN_LATIN.sub("", host.rpartition(".")[2])
    if cut != host.rpartition(".")[2]:
        return host.rpartition(".")[0] + "." + cut, ""
    return host, path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _in_ascii(host: str) -> str:
    if host.isascii():
        return host if re.fullmatch(r"[A-Za-z0-9._-]{1,253}", host) else ""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _spelled(host: str) -> str:
    """The host in its own letters; "" when it has no others than ASCII."""
    if "xn--" not in host:
        return ""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return ""


def _doubts(host: str, spelled: str, netloc: str, shown: str) -> Iterator[Doubt]:
    named = _NAMES_HOST.match(unquote(shown).strip())
    if named is not None and not _is_same_host(_host_of(named[0]), host):
        yield Doubt.OTHER_HOST
    if "xn--" in host and not _is_one_script(spelled):
        yield Doubt.FOREIGN_LETTERS
    if "@" in netloc:
        yield Doubt.HIDDEN_HOST
    if re.fullmatch(r"[0-9.]+|0x[0-9a-f]+", host):
        yield Doubt.BARE_ADDRESS


def _host_of(named: str) -> str:
    return _in_ascii(named.lower().removeprefix("https://").removeprefix("http://"))


def _is_same_host(first: str, second: str) -> bool:
    return first.removeprefix("www.") == second.removeprefix("www.")


def _is_one_script(spelled: str) -> bool:
    """Whether the host is plainly Chinese (with a Latin ending or digits): anything else may imitate Latin."""
    return bool(re.fullmatch(rf"[{_HAN}a-zA-Z0-9.-]+", spelled)) and bool(re.search(f"[{_HAN}]", spelled))


_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?(?![A-Za-z0-9])")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:T\d+)?|\d{1,2}-\d{1,2}-\d{4}")
LEAST_DIGITS = 4


def numbers_in(text: str) -> tuple[str, ...]:
    """What looks like the number of an order, a parcel or a telephone in ``text``, each once, in order."""
    plain = _BARE.sub(" ", text)
    found = (
        token
        for token in _TOKEN.findall(plain)
        if len(token) > LEAST_DIGITS
        and sum(char.isdigit() for char in token) >= LEAST_DIGITS
        and not _DATE.fullmatch(token)
    )
    return tuple(dict.fromkeys(found))
