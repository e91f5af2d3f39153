"""Pictures are decoded by a child that may fail: bombs, rubbish and endless work end in a sentence."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import pytest

from csdesk.desk import pictures
from csdesk.errors import Refused

Image = pytest.importorskip("PIL.Image")
GROUND = (1, 2, 3)


def encoded(form: str, size: tuple[int, int], colour: tuple[int, ...], mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, form)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be enormous."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_picture_fits_and_keeps_its_shape(form: str) -> None:
    drawn = pictures.draw(encoded(form, (400, 200), (250, 0, 0)), 80, 60, GROUND)
    assert (drawn.width, drawn.height) == (80, 40)
    red, green, blue = drawn.at(40, 20)
    assert red > 240 and green < 10 and blue < 10


def test_what_is_clear_shows_the_ground() -> None:
    drawn = pictures.draw(encoded("PNG", (10, 10), (0, 0, 0, 0), "RGBA"), 10, 10, GROUND)
    assert drawn.at(5, 5) == GROUND


HOSTILE = {
    "nothing": b"",
    "only a sign": b"GIF89a",
    "rubbish": random.Random(1).randbytes(2_000),
    "a drawing": b"<svg onload=alert(1)>",
    "a program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "a bomb": bomb(60_000, 60_000),
    "a thin bomb": bomb(2_000_000_000, 2),
    "a small bomb": bomb(8_000, 7_999),
    "cut off": encoded("PNG", (9, 9), (0, 0, 0))[:40],
    "another kind": encoded("TIFF", (9, 9), (0, 0, 0)),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_hostile_or_unknown_is_a_sentence(content: bytes) -> None:
    with pytest.raises(Refused, match="cannot be drawn"):
        pictures.draw(content, 80, 60, GROUND)


def test_a_child_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "picture_child.py").write_text("while True: pass")
    monkeypatch.setattr(pictures, "__file__", str(tmp_path / "pictures.py"))
    monkeypatch.setattr(pictures, "CHILD_SECONDS", 0.5)
    with pytest.raises(Refused, match="too long"):
        pictures.draw(b"x", 1, 1, GROUND)


@pytest.mark.parametrize("said", ["b''", "b'\\0\\1\\0\\1'", "b'\\0\\2\\0\\1' + bytes(6)", "bytes(100)"])
def test_what_a_child_says_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str) -> None:
    (tmp_path / "picture_child.py").write_text(f"import sys; sys.stdout.buffer.write({said})")
    monkeypatch.setattr(pictures, "__file__", str(tmp_path / "pictures.py"))
    with pytest.raises(Refused, match="broken"):
        pictures.draw(b"x", 1, 1, GROUND)


def test_without_the_library_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "picture_child.py").write_text("import sys; sys.exit(3)")
    monkeypatch.setattr(pictures, "__file__", str(tmp_path / "pictures.py"))
    with pytest.raises(Refused, match="Pillow"):
        pictures.draw(b"x", 1, 1, GROUND)
