"""Files that a line of the import format brings along: in the line itself, or beside the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from csdesk.desk.attaching import Keep, described
from csdesk.errors import DataError
from csdesk.formats.record import Problem, Record
from csdesk.i18n import _
from csdesk.model.transcript import Transcript
from csdesk.model.transcript_file import TranscriptFile

FILE_LIMIT = 2_000 * 1024 * 1024


def with_files(record: Record, folder: Path, keep: Keep | None) -> Record:
    """``record`` with its files described by their bytes, which ``keep`` takes.

    ``folder`` is that of the import file: a path in it is looked up there and nowhere else. A file that is not
    there makes the whole line a problem, so that nothing is imported without what belongs to it.
    """
    content = record.content
    if isinstance(content, Problem) or not any(message.attachments for message in content.messages):
        return record
    try:
        return replace(record, content=_with_files(content, folder, keep))
    except DataError as error:
        return replace(record, content=Problem(record.line, error.sentence, error.hint, record.number))


def _with_files(transcript: Transcript, folder: Path, keep: Keep | None) -> Transcript:
    messages = tuple(
        message._replace(attachments=tuple(_file(file, folder, keep) for file in message.attachments))
        for message in transcript.messages
    )
    return replace(transcript, messages=messages)


def _file(file: TranscriptFile, folder: Path, keep: Keep | None) -> TranscriptFile:
    if file.data is None and not file.path:
        return file
    content = file.data if file.data is not None else _content(folder, file)
    found = described(file.name, file.kind, content, keep)
    if file.sha256 and file.sha256 != found.sha256:
        raise DataError(
            "import.wrong_file",
            _("The file {name} is not the one that its sha256 says.").format(name=found.name[:60]),
            _("Export it again, or leave sha256 out."),
        )
    return found


def _content(folder: Path, file: TranscriptFile) -> bytes:
    """The bytes of a file below ``folder``. Raises DataError: an import must not fetch what it was not given."""
    try:
        place, root = (folder / file.path).resolve(strict=True), folder.resolve()
        is_inside = place.is_relative_to(root) and place.is_file()
        if is_inside and place.stat().st_size <= FILE_LIMIT:
            return place.read_bytes()
    except (OSError, ValueError):
        is_inside = False
    raise DataError(
        "import.no_such_file",
        _("There is no file {path} to attach.").format(path=file.path[:60])
        if not is_inside
        else _("The file {path} is too large to attach.").format(path=file.path[:60]),
        _("Paths begin in the folder of the import file and stay in it."),
    )
