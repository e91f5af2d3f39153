"""An invitation as one line of text, to be sent to the one who joins: a secret until it is used."""

from __future__ import annotations

import base64
import binascii
import json

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.sync.dsn import checked, parts
from csdesk.sync.hub import Invitation

MARK = "csdesk-hub:"


def written(login: Invitation) -> str:
    """``login`` as one line."""
    facts = json.dumps([login.dsn, login.role, login.password], separators=(",", ":"))
    return MARK + base64.urlsafe_b64encode(facts.encode()).decode().rstrip("=")


def read(line: str) -> Invitation:
    """The invitation in ``line``. Raises UsageError when it is none, or its hub does not prove who it is."""
    code = "".join(line.split()).removeprefix(MARK)
    try:
        dsn, role, password = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        if not all(isinstance(part, str) and part for part in (dsn, role, password)):
            raise ValueError
        parts(dsn)
    except (binascii.Error, ValueError, UsageError):
        raise UsageError(
            "hub.invitation",
            _("This is no invitation, or not the whole of it."),
            _("Copy the whole line that begins with {mark}").format(mark=MARK),
        ) from None
    checked(dsn)
    return Invitation(dsn, role, password)
