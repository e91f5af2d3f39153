"""What sort of file an attachment is, for people and for deciding what may be done with it.

Name and media type both come from whoever sent the file, and may lie. Where they disagree the more
dangerous one counts: what is called ``photo.exe`` is a program, whatever type it claims.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from csdesk.i18n import N_, _
from csdesk.model.message import Attachment
from csdesk.text import cell_width, clean_line, truncate
from csdesk.text.size import size_of


class Sort(StrEnum):
    """Sorts of files, as far as a person cares."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    SHEET = "sheet"
    TEXT = "text"
    ARCHIVE = "archive"
    MAIL = "mail"
    PAGE = "page"
    PROGRAM = "program"
    OTHER = "other"

    @property
    def is_risky(self) -> bool:
        """Whether opening one may run what its sender wrote."""
        return self in (Sort.PAGE, Sort.PROGRAM)


SORT_NAMES: Final = {
    Sort.IMAGE: N_("image"),
    Sort.AUDIO: N_("audio"),
    Sort.VIDEO: N_("video"),
    Sort.DOCUMENT: N_("document"),
    Sort.SHEET: N_("spreadsheet"),
    Sort.TEXT: N_("text"),
    Sort.ARCHIVE: N_("archive"),
    Sort.MAIL: N_("mail"),
    Sort.PAGE: N_("web page"),
    Sort.PROGRAM: N_("program"),
    Sort.OTHER: N_("file"),
}

_ENDINGS: Final = {
    ending: sort
    for sort, endings in (
        (Sort.IMAGE, "png jpg jpeg gif webp bmp heic heif tif tiff avif ico"),
        (Sort.AUDIO, "mp3 m4a wav ogg oga flac amr aac opus silk"),
        (Sort.VIDEO, "mp4 mov webm mkv avi m4v 3gp"),
        (Sort.DOCUMENT, "pdf doc docx odt rtf pages wps ppt pptx odp key ofd"),
        (Sort.SHEET, "xls xlsx ods csv tsv numbers et"),
        (Sort.TEXT, "txt md log json yaml yml ini"),
        (Sort.ARCHIVE, "zip rar 7z gz tgz bz2 xz tar"),
        (Sort.MAIL, "eml mbox msg"),
        # Pages and drawings that a browser opens run the scripts in them.
        (Sort.PAGE, "html htm xhtml xht shtml mht mhtml svg svgz xml xsl xslt"),
        (
            Sort.PROGRAM,
            "exe com scr pif bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta msi msp cpl dll sys reg inf lnk url"
            " scf jar class jnlp apk app command terminal tool workflow scpt applescript pkg dmg iso img vhd vhdx"
            " sh bash zsh fish csh ksh run bin out elf appimage deb rpm snap flatpakref desktop service py pyw pyc"
            " rb pl php lua tcl awk docm dotm xlsm xltm xlam pptm potm ppam sldm chm action appref-ms application"
            " gadget library-ms search-ms settingcontent-ms website webloc inetloc fileloc ipa so dylib ko",
        ),
    )
    for ending in endings.split()
}

_TYPES: Final = (
    ("image/svg", Sort.PAGE),
    ("text/html", Sort.PAGE),
    ("application/xhtml", Sort.PAGE),
    ("text/xml", Sort.PAGE),
    ("application/xml", Sort.PAGE),
    ("text/javascript", Sort.PROGRAM),
    ("application/javascript", Sort.PROGRAM),
    ("application/x-sh", Sort.PROGRAM),
    ("text/x-sh", Sort.PROGRAM),
    ("text/x-python", Sort.PROGRAM),
    ("application/x-ms", Sort.PROGRAM),
    ("application/x-dosexec", Sort.PROGRAM),
    ("application/x-executable", Sort.PROGRAM),
    ("application/x-elf", Sort.PROGRAM),
    ("application/x-mach-binary", Sort.PROGRAM),
    ("application/x-desktop", Sort.PROGRAM),
    ("application/java-archive", Sort.PROGRAM),
    ("application/vnd.android", Sort.PROGRAM),
    ("application/vnd.microsoft.portable-executable", Sort.PROGRAM),
    ("application/pdf", Sort.DOCUMENT),
    ("application/msword", Sort.DOCUMENT),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml", Sort.SHEET),
    ("application/vnd.ms-excel", Sort.SHEET),
    ("application/vnd.openxmlformats-officedocument", Sort.DOCUMENT),
    ("application/zip", Sort.ARCHIVE),
    ("message/", Sort.MAIL),
    ("text/csv", Sort.SHEET),
    ("image", Sort.IMAGE),
    ("audio", Sort.AUDIO),
    ("video", Sort.VIDEO),
    ("text", Sort.TEXT),
)
"""Beginnings of media types, the longer ones before those that they begin with."""


def sort_of(name: str, kind: str) -> Sort:
    """The sort of a file called ``name`` that is said to be of media type ``kind``."""
    # What stands between dots counts too: some systems hide the last ending, or strip spaces and dots behind it.
    endings = [part.strip().lower() for part in name.rstrip(" .").split(".")[1:]]
    by_name = _ENDINGS.get(endings[-1], Sort.OTHER) if endings else Sort.OTHER
    by_type = next((sort for start, sort in _TYPES if kind.lower().startswith(start)), Sort.OTHER)
    for risky in (Sort.PROGRAM, Sort.PAGE):
        if risky in (by_name, by_type):
            return risky
    return by_name if by_name is not Sort.OTHER else by_type


def sort_by_content(content: bytes) -> Sort | None:
    """The risky sorts that can be told from how a file begins, whatever it is called; None for the others."""
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_PROGRAM_SIGNS):
        return Sort.PROGRAM
    return Sort.PAGE if start.startswith((b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml")) else None


_PROGRAM_SIGNS = (
    b"mz", b"\x7felf", b"#!", b"[desktop entry]", b"[internetshortcut]", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"l\x00\x00\x00\x01\x14\x02\x00",
)  # fmt: skip
"""Windows, Linux and macOS programs, scripts, links that start programs (in small letters)."""


def sort_name(sort: Sort) -> str:
    """``sort`` in the current language."""
    return _(SORT_NAMES[sort])


def file_line(file: Attachment, cells: int) -> str:
    """Name, sort and size of a file in ``cells`` cells; of a long name the ending stays."""
    name = clean_line(file.name) or _("file")
    facts = [sort_name(sort_of(file.name, file.kind)), *([size_of(file.size)] if file.size else [])]
    tail = f" ({', '.join(facts)})"
    if cell_width(tail) > cells // 2:
        tail = ""
    return shortened(name, cells - cell_width(tail)) + tail


def shortened(name: str, cells: int) -> str:
    """``name`` in ``cells`` cells, cut in the middle: how it ends says what it is."""
    if cell_width(name) <= cells:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or cell_width(ending) > min(8, cells // 2):
        return truncate(name, cells)
    return truncate(stem, cells - cell_width(ending) - 1) + dot + ending
