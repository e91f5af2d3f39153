"""Gettext for every word a person reads; the language can change while we run.

``_("...")`` looks the text up now, so a label that is computed at paint time follows
a live switch. ``N_("...")`` only marks a text for extraction: look it up where it is
shown. Catalogues are ``csdesk/locale/<lang>/LC_MESSAGES/csdesk.mo`` (compiled ones are
committed, CI compares them with the sources).
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

LOCALE_FOLDER = Path(__file__).resolve().parent.parent / "locale"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
DEFAULT_LANGUAGE = "en"

_current: dict[str, gettext.NullTranslations] = {"catalogue": gettext.NullTranslations()}
_language: dict[str, str] = {"name": DEFAULT_LANGUAGE}


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools know
    """Mark ``message`` for translation without looking it up yet."""
    return message


def _(message: str) -> str:
    """``message`` in the current language."""
    return _current["catalogue"].gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """``one`` or ``many`` in the current language, by ``count``."""
    return _current["catalogue"].ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """``message`` in the current language, where one word has two meanings."""
    return _current["catalogue"].pgettext(context, message)


def language() -> str:
    """The language in use: a key of LANGUAGES."""
    return _language["name"]


def set_language(name: str) -> str:
    """Switch to the language that fits ``name`` (``zh``, ``zh-CN``, ``zh_CN.UTF-8`` ...); says which."""
    chosen = match_language(name) or DEFAULT_LANGUAGE
    _current["catalogue"] = gettext.translation(
        "csdesk", localedir=str(LOCALE_FOLDER), languages=[chosen], fallback=True
    )
    _language["name"] = chosen
    return chosen


def match_language(name: str) -> str | None:
    """The key of LANGUAGES that ``name`` means, or None."""
    plain = name.strip().split(".")[0].split("@")[0].replace("-", "_").lower()
    for known in LANGUAGES:
        if plain and (plain == known.lower() or plain.split("_")[0] == known.split("_")[0]):
            return known
    return None


def language_from_environment() -> str:
    """What the locale variables ask for: the first of CSDESK_LANG, LANGUAGE, LC_ALL, LC_MESSAGES, LANG."""
    for variable in ("CSDESK_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for name in os.environ.get(variable, "").split(":"):
            known = match_language(name)
            if known:
                return known
    return DEFAULT_LANGUAGE
