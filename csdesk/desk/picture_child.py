"""A program of its own: an image on stdin, its points on stdout. Started by ``pictures``, by its path.

Arguments: most points across and down, then the ground's red, green and blue. It imports nothing of csdesk.
Exit code 3: there is no Pillow; 1: the image is not drawn.
"""

from __future__ import annotations

import contextlib
import io
import resource
import sys

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 6
MOST_POINTS = 64_000_000
"""Of the whole image, before it is made small: what a telephone takes, not what a bomb claims."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
NO_PILLOW = 3


def confine() -> None:
    """Little memory, little time, no file written, no core left, no other process."""
    limits = {
        "RLIMIT_AS": MEMORY_BYTES,
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": 0,
    }
    for name, most in limits.items():
        with contextlib.suppress(ValueError, OSError, AttributeError):  # not every system has each of them
            resource.setrlimit(getattr(resource, name), (most, most))


def main(arguments: list[str]) -> int:
    """Draw; the exit code."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        return NO_PILLOW
    content = sys.stdin.buffer.read()
    Image.MAX_IMAGE_PIXELS = MOST_POINTS
    width, height, *ground = map(int, arguments)
    confine()
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MOST_POINTS:
            return 1
        image.draft("RGB", (2 * width, 2 * height))
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail((width, height))
    drawn = Image.new("RGBA", upright.size, (*ground, 255))
    drawn.alpha_composite(upright)
    size = b"".join(number.to_bytes(2, "big") for number in drawn.size)
    sys.stdout.buffer.write(size + drawn.convert("RGB").tobytes())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception:  # noqa: BLE001 - whatever a hostile image does to the decoder, the answer is "no"
        sys.exit(1)
