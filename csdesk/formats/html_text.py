"""HTML to the plain text a reader would see, in one linear pass over any input.

The standard library's parser needs quadratic time for unclosed comments (35 s for 200 kB, measured), and
the libraries that do not are not in the core; what exports hold is simple (docs/decisions, HTML).
"""

from __future__ import annotations

import html
import re

_OPEN = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]{0,30})")
_REST_OF_TAG = re.compile(r"""(?:[^<>"']|"[^"]{0,2000}"|'[^']{0,2000}')*+/?>""")
_HREF = re.compile(
    r"""\bhref\s{0,9}=\s{0,9}["']?(?P<link>(?:https?|mailto):[^\s"'<>]{1,2000})""", re.IGNORECASE
)
_ALT = re.compile(r"""\balt\s{0,9}=\s{0,9}(?:"(?P<two>[^"]{1,200})"|'(?P<one>[^']{1,200})')""", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")
_LOOKS_LIKE_HTML = re.compile(r"<(?:/?[a-zA-Z][^<>]{0,2000}|!--)|&(?:#\d|[a-zA-Z]{2,8};)")

_UNSEEN = frozenset({"script", "style", "head", "template", "noscript", "svg"})
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
        "pre", "section", "table", "tbody", "thead", "tr", "ul",
    }
)  # fmt: skip
_APART = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre"})


def text_of(markup: str) -> str:
    """The text of ``markup``: paragraphs and list items on lines of their own, links with their targets.

    Never raises, whatever the input; text without any markup comes back as it is, but for its edges.
    """
    if not _LOOKS_LIKE_HTML.search(markup):
        return markup.strip()
    page = _Page()
    at = 0
    while at < len(markup):
        start = markup.find("<", at)
        page.say(markup[at : start if start >= 0 else len(markup)])
        at = _after_tag(markup, start, page) if start >= 0 else len(markup)
    return page.text()


def _after_tag(markup: str, start: int, page: _Page) -> int:
    """Tell ``page`` of the tag at ``start``; where the text goes on."""
    if markup.startswith("<!--", start):
        return _behind(markup, "-->", start + 4)
    if markup.startswith(("<!", "<?"), start):
        return _behind(markup, ">", start + 2)
    found = _OPEN.match(markup, start)
    if found is None:
        page.say("<")
        return start + 1
    rest = _REST_OF_TAG.match(markup, found.end())
    end = rest.end() if rest else _behind(markup, ">", found.end())
    name = found["name"].lower()
    if found["end"]:
        page.closed(name)
        return end
    if name in _UNSEEN:
        return _behind_element(markup, name, end)
    page.opened(name, markup[found.end() : min(end, found.end() + 8000)])
    return end


def _behind(markup: str, sign: str, at: int) -> int:
    """Where the text goes on behind ``sign``; its end when the sign never comes."""
    found = markup.find(sign, at)
    return len(markup) if found < 0 else found + len(sign)


def _behind_element(markup: str, name: str, at: int) -> int:
    closing = re.compile(f"</{name}[^>]*>", re.IGNORECASE).search(markup, at)
    return closing.end() if closing else len(markup)


class _Page:
    """The text so far. Space and line breaks wait until something follows them."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._breaks = 0
        self._space = False
        self._link = ""
        self._link_from = 0

    def say(self, raw: str) -> None:
        text = _SPACES.sub(" ", html.unescape(raw))
        if not text:
            return
        if text == " ":
            self._space = True
            return
        if self._breaks and self._pieces:
            self._pieces.append("\n" * self._breaks)
        elif (self._space or text[0] == " ") and self._pieces:
            self._pieces.append(" ")
        self._breaks = 0
        self._pieces.append(text.strip(" "))
        self._space = text[-1] == " "

    def opened(self, name: str, attributes: str) -> None:
        if name == "br":
            self._breaks = min(self._breaks + 1, 2)
        elif name == "img":
            alt = _ALT.search(attributes)
            self.say(f"[{alt['two'] or alt['one']}]" if alt else "")
        elif name in ("td", "th"):
            self._space = True
        elif name == "a":
            link = _HREF.search(attributes)
            self._link, self._link_from = (html.unescape(link["link"]) if link else ""), len(self._pieces)
        self._block(name)
        if name == "li":
            self.say("- ")

    def closed(self, name: str) -> None:
        if name == "a" and self._link:
            shown = "".join(self._pieces[self._link_from :]).strip()
            if self._link.removeprefix("mailto:") != shown and self._link.rstrip("/") != shown:
                self.say(f" ({self._link})")
            self._link = ""
        self._block(name)

    def text(self) -> str:
        joined = "".join(self._pieces).replace("\xa0", " ")
        lines = "\n".join(line.strip(" ") for line in joined.split("\n"))
        return _MANY_LINES.sub("\n\n", lines).strip()

    def _block(self, name: str) -> None:
        if name in _BLOCKS:
            self._breaks = max(self._breaks, 2 if name in _APART else 1)
