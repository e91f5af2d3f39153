"""The pinyin of the replies that come with csdesk: computed once a run, known at every start but the first."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from csdesk.replies.keys import NO_KEYS, compute_in_child, missing
from csdesk.replies.pack import builtin_folder, load_folder
from csdesk.tui.shelf import KEYS_FILE


def know_pinyin(cache_folder: Path) -> None:
    """Put the pinyin where a desk with ``cache_folder`` keeps it, unless it has some already."""
    path = cache_folder / KEYS_FILE
    if not path.exists():
        cache_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(_computed())


@cache
def _computed() -> bytes:
    library = load_folder([builtin_folder()])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KEYS_FILE
        compute_in_child(missing(library, NO_KEYS), path, library)
        return path.read_bytes()
