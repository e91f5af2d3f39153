"""Small builders for test data, and Hypothesis strategies for the same shapes."""

from __future__ import annotations

from hypothesis import strategies as st

from csdesk.model.conversation import Stage, Status, Tier
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.model.transcript_file import TranscriptFile

_PREFIXES = {
    "c": Sender.CUSTOMER,
    "a": Sender.AGENT,
    "n": Sender.NOTE,
    "s": Sender.SYSTEM,
}


def said(line: str, at: int | None = None) -> TranscriptMessage:
    """``"c: hello"`` to a message: c customer, a agent, n note, s system."""
    letter, _, text = line.partition(": ")
    return TranscriptMessage(_PREFIXES[letter], text, at)


def dialogue(name: str, *lines: str, contact_name: str | None = None, tier: Tier | None = None) -> Transcript:
    """A transcript of ``said`` lines, none of them with a time."""
    contact = None
    if contact_name is not None or tier is not None:
        contact = TranscriptContact(name=contact_name, tier=tier)
    return Transcript(name, tuple(said(line) for line in lines), contact=contact)


def texts(max_size: int = 30) -> st.SearchStrategy[str]:
    """Any text that UTF-8 can carry."""
    return st.text(st.characters(codec="utf-8"), max_size=max_size)


def words(max_size: int = 12) -> st.SearchStrategy[str]:
    """Plain visible words, Latin and Chinese, that no cleaning changes."""
    return st.text(st.sampled_from("abcXYZ019-_.客服会话快递尺码"), min_size=1, max_size=max_size)


def times() -> st.SearchStrategy[int]:
    """Times an import takes, in UTC ms."""
    return st.integers(0, 32_503_679_999_999)


def messages(
    text: st.SearchStrategy[str] | None = None,
    at: st.SearchStrategy[int | None] | None = None,
) -> st.SearchStrategy[TranscriptMessage]:
    return st.builds(
        TranscriptMessage,
        sender=st.sampled_from(list(_PREFIXES.values())),
        text=text if text is not None else texts(),
        at=at if at is not None else st.none() | times(),
        author=st.none() | words(),
        id=st.none() | words(),
        is_time_assumed=st.just(False),
        attachments=st.lists(files(), max_size=2).map(tuple),
    )


def files() -> st.SearchStrategy[TranscriptFile]:
    """Files as a sender may claim them, names with paths and impossible kinds and sizes included."""
    return st.builds(
        TranscriptFile,
        name=words() | st.sampled_from(["../../etc/passwd", "C:\\a\\b.png", "发票.pdf"]),
        kind=st.sampled_from(["", "image/png", "IMAGE/PNG ", "no kind"]),
        size=st.integers(0, 1 << 40) | st.sampled_from([-1, 1 << 80]),
        sha256=st.sampled_from(["", "0" * 64, "x"]),
    )


def contacts() -> st.SearchStrategy[TranscriptContact]:
    """Few different people, so that they meet."""
    return st.builds(
        TranscriptContact,
        name=st.none() | st.sampled_from(["林", "Lin", "王"]),
        email=st.none() | st.sampled_from(["lin@example.com", "LIN@example.com", "w@example.com"]),
        phone=st.none() | st.sampled_from(["5550101", "13800000001"]),
        tier=st.none() | st.sampled_from(Tier),
    )


def transcripts(
    text: st.SearchStrategy[str] | None = None,
    at: st.SearchStrategy[int | None] | None = None,
) -> st.SearchStrategy[Transcript]:
    """Any transcript in its normal form (a contact of which nothing is known is None)."""
    return st.builds(
        Transcript,
        id=words(),
        messages=st.lists(messages(text, at), max_size=6).map(tuple),
        source=st.none() | words(),
        lang=st.none() | st.sampled_from(["zh", "en"]),
        inbox=st.none() | words(),
        stage=st.none() | st.sampled_from(Stage),
        subject=st.none() | words(),
        status=st.none() | st.sampled_from(Status),
        contact=st.none() | contacts().filter(lambda contact: contact != TranscriptContact()),
        labels=st.lists(words(), max_size=3, unique=True).map(tuple),
    )


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """``data`` with up to six pieces of it replaced, cut out or doubled: what damage and haste make of files."""
    edit = st.tuples(
        st.integers(0, len(data)), st.integers(0, 40), st.binary(max_size=8) | st.sampled_from(_SPITEFUL)
    )
    return st.lists(edit, max_size=6).map(lambda edits: _edited(data, edits))


_SPITEFUL = (
    b'"', b"[", b"]", b"{", b"}", b"\\", b"\n", b"\r", b"\0", b"null", b"-1", b"1e999", b"true", b"<!--", b"<a", b"From x 10:00\n",
    b"=?gb2312?B?x?=", b"\xff\xfe", b"\xef\xbb\xbf", b"\\ud800", b"<", b">", b";", b"Content-Type: multipart/mixed\n",
)  # fmt: skip


def _edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, instead in edits:
        data = data[:at] + instead + data[at + length :]
    return data
