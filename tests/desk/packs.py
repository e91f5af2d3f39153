"""Packs of the team, for tests of all that carries them."""

from __future__ import annotations

from pathlib import Path

from csdesk.desk import publishing
from csdesk.desk.context import Desk
from csdesk.model.published import Thing, Version
from csdesk.store import hub

HEAD = "schema: csdesk.pack/1\npack: {{id: {id}, title: Shop, lang: en}}\nreplies:\n"


def pack_text(id: str = "shop", **bodies: str) -> str:
    """A pack whose replies are given as ``code="body"``."""
    return HEAD.format(id=id) + "".join(
        f'  - {{code: {code}, title: "Title of {code}", body: "{body}"}}\n' for code, body in bodies.items()
    )


def lead(desk: Desk) -> None:
    """From now on this is a lead's desk."""
    desk.store.write(lambda tx: hub.update(tx, rank="lead"))


def publish(desk: Desk, folder: Path, text: str, note: str = "") -> Version:
    """Publish a pack of quick replies that lies in a file."""
    path = folder / "pack.yaml"
    path.write_text(text, "utf-8")
    return publishing.publish(desk, publishing.manuscript(Thing.REPLIES, path), note)


def rules_text(id: str = "shop.never", words: str = "never ever", profile: str = "") -> str:
    """Rules of the etiquette check: one that warns of ``words``."""
    said = "\n".join(f'      - "{words} {number}"' for number in range(5))
    fine = "\n".join(f'      - "all is well {number}"' for number in range(5))
    head = f"schema: csdesk.rules/1\nlang: en\n{f'profile: {profile}' if profile else ''}\n"
    return (
        f"{head}rules:\n  - id: {id}\n    severity: warn\n    match: {{kind: phrase, any: [{words}]}}\n"
        f"    message: Do not say so.\n    why: It sounds hard.\n    suggest: Say it kindly.\n"
        f"    source: [{{study: ours}}]\n    must_match:\n{said}\n    must_not_match:\n{fine}\n"
    )
