"""The catalogues: extract msgids, merge them, compile, and check that nothing is missing.

    python scripts/i18n.py update     new msgids into every .po (translations stay), then compile
    python scripts/i18n.py compile    .po -> .mo
    python scripts/i18n.py check      what CI runs; exit code 1 with a list of what is wrong
    python scripts/i18n.py missing    the untranslated msgids of zh_CN, one a line, as JSON

Files are the same for the same sources wherever they are made: no dates, no line numbers.
English translates itself, so that both languages are complete.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "csdesk"
LOCALE = PACKAGE / "locale"
SOURCE_LANGUAGE = "en"
LANGUAGES = ("en", "zh_CN")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
WIDTH = 110
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{[A-Za-z_]\w*[^{}]*\}")


def extract() -> Catalog:
    """Every msgid of the sources, with the files it stands in."""
    template = Catalog(project="csdesk", charset="utf-8")
    found = extract_from_dir(
        str(PACKAGE),
        method_map=[("**.py", "python")],
        options_map={"**.py": {"encoding": "utf-8"}},
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for file, _line, message, comments, context in sorted(found, key=str):
        texts = message if isinstance(message, tuple) else (message,)
        if all(texts):
            template.add(message, None, [(f"csdesk/{file}", 0)], auto_comments=comments, context=context)
    return template


def po_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "csdesk.po"


def read(language: str) -> Catalog:
    """The catalogue of a language; an empty one when there is no file yet."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="csdesk", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def merged(language: str, template: Catalog) -> Catalog:
    """The msgids of ``template`` with the translations the language has; what is gone is dropped."""
    old = read(language)
    new = Catalog(
        locale=language,
        project="csdesk",
        version="1",
        charset="utf-8",
        header_comment=f"# csdesk, {language}. Written by scripts/i18n.py: translate msgstr, leave msgid alone.",
        creation_date=BEGINNING,
        revision_date=BEGINNING,
        last_translator="csdesk contributors",
        language_team="csdesk contributors",
        msgid_bugs_address="csdesk contributors",
        fuzzy=False,
    )
    for message in _messages(template):
        known = old.get(message.id, message.context)
        translation = message.id if language == SOURCE_LANGUAGE else (known.string if known else None)
        new.add(
            message.id,
            translation,
            sorted(set(message.locations)),
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known else (),
            flags=(known.flags - {"python-format", "python-brace-format"}) if known else (),
            context=message.context,
        )
    return new


def po_bytes(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalogue, width=WIDTH, sort_output=True, include_lineno=False, ignore_obsolete=True)
    lines = buffer.getvalue().decode().splitlines()
    # Babel names itself and its version: the files would differ between machines.
    return "\n".join(line for line in lines if not line.startswith('"Generated-By:')).encode() + b"\n"


def mo_bytes(language: str) -> bytes:
    buffer = BytesIO()
    catalogue = read(language)
    catalogue.creation_date = catalogue.revision_date = BEGINNING
    write_mo(buffer, _without_generator(catalogue))
    return buffer.getvalue()


def _without_generator(catalogue: Catalog) -> Catalog:
    """A catalogue whose header does not name the Babel that wrote it."""

    class Plain(Catalog):
        @property
        def mime_headers(self) -> list[tuple[str, str]]:
            return [(name, value) for name, value in super().mime_headers if name != "Generated-By"]

    plain = Plain(
        locale=catalogue.locale,
        project="csdesk",
        version="1",
        charset="utf-8",
        creation_date=BEGINNING,
        revision_date=BEGINNING,
        last_translator="csdesk contributors",
        language_team="csdesk contributors",
        msgid_bugs_address="csdesk contributors",
        fuzzy=False,
    )
    for message in _messages(catalogue):
        if not message.fuzzy:
            plain.add(message.id, message.string, context=message.context)
    return plain


def update() -> int:
    template = extract()
    for language in LANGUAGES:
        path = po_path(language)
        content = po_bytes(merged(language, template))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    compile_all()
    missing = sum(1 for _each in untranslated(read("zh_CN")))
    print(f"{len(template)} texts, {missing} without a Chinese translation")
    return 0


def compile_all() -> int:
    for language in LANGUAGES:
        po_path(language).with_suffix(".mo").write_bytes(mo_bytes(language))
    return 0


def check() -> int:
    problems = [*problems_of_files(), *problems_of_completeness()]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in the catalogues" if problems else "catalogues: all right")
    return 1 if problems else 0


def problems_of_completeness() -> Iterator[str]:
    """Msgids of the sources that a catalogue lacks, or has without a translation."""
    template = extract()
    for language in LANGUAGES:
        catalogue = read(language)
        known = {(message.id, message.context) for message in _messages(catalogue)}
        wanted = {(message.id, message.context): message for message in _messages(template)}
        for key in sorted(wanted.keys() - known, key=str):
            yield f"{language}: not in the catalogue: {_short(wanted[key])}"
        for key in sorted(known - wanted.keys(), key=str):
            yield f"{language}: no longer in the sources: {key[0]!r}"
        for message in untranslated(catalogue):
            yield f"{language}: not translated: {_short(message)}"


def problems_of_files() -> Iterator[str]:
    """Fuzzy entries, translations that would break when formatted, and stale .mo files."""
    for language in LANGUAGES:
        for message in _messages(read(language)):
            if message.fuzzy:
                yield f"{language}: fuzzy: {_short(message)}"
            yield from (f"{language}: {said}: {_short(message)}" for said in _mismatches(message))
        compiled = po_path(language).with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != mo_bytes(language):
            yield f"{language}: csdesk.mo is not made from csdesk.po: run scripts/i18n.py compile"


def untranslated(catalogue: Catalog) -> Iterator[Message]:
    for message in _messages(catalogue):
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not all(strings):
            yield message


def _mismatches(message: Message) -> Iterator[str]:
    sources = list(message.id) if isinstance(message.id, tuple | list) else [message.id]
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    for place, string in enumerate(strings):
        if not string:
            continue
        source = sources[-1] if len(strings) == 1 else sources[min(place, len(sources) - 1)]
        if set(PLACEHOLDER.findall(source)) != set(PLACEHOLDER.findall(string)):
            yield "other placeholders"
        if source.endswith("\n") != string.endswith("\n") or source[:1].isspace() != string[:1].isspace():
            yield "other space at an end"


def missing() -> int:
    update()
    entries = [message.id for message in untranslated(read("zh_CN"))]
    print(json.dumps(entries, ensure_ascii=False, indent=1))
    return 0


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _short(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, tuple | list) else message.id
    where = ", ".join(file for file, _line in message.locations[:2])
    return f"{text[:90]!r}" + (f" ({where})" if where else "")


COMMANDS: dict[str, Callable[[], int]] = {
    "update": update,
    "compile": compile_all,
    "check": check,
    "missing": missing,
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]]())
