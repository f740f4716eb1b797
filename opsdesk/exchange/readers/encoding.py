"""One pass over the bytes before anything is parsed: digest, encoding, and what is no table."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from opsdesk.exchange import limits
from opsdesk.exchange.problems import FileRefused

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOM_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What GBK text consists of: four-byte characters (emoji), the common plane of GB 2312, the rest.
# Latin-1 read as GBK is nearly all rest, or no GBK at all.
_GB = re.compile(
    rb"(?P<four>[\x81-\xfe][0-9][\x81-\xfe][0-9])|(?P<common>[\xa1-\xf7][\xa1-\xfe])"
    rb"|(?P<rest>[\x80-\xff][\x40-\xff]?)"
)
_PLAUSIBLE = 0.75


@dataclass(frozen=True)
class Survey:
    """What a pass over the bytes tells. `encoding` is empty for a workbook."""

    size: int
    sha256: str
    encoding: str

    @property
    def is_workbook(self) -> bool:
        return not self.encoding


def digest(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file; of a folder those of its CSV files, by name."""
    summary = hashlib.sha256()
    if not path.is_dir():
        for block in _blocks(path):
            summary.update(block)
        return path.stat().st_size, summary.hexdigest()
    size = 0
    for part in sorted(path.glob("*.csv")):
        part_size, part_digest = digest(part)
        size += part_size
        summary.update(f"{part.name}\0{part_digest}\0".encode())
    return size, summary.hexdigest()


def survey(path: Path) -> Survey:
    """Digest and encoding of a file. Raises FileRefused for what can't be a table."""
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("empty_file", _("The file is empty."), line=1)
    if size > limits.FILE_BYTES:
        raise FileRefused(
            "file_too_large",
            _("The file has %(size)d MB; at most %(limit)d are read. Split it.")
            % {
                "size": size // limits.MEBIBYTE,
                "limit": limits.FILE_BYTES // limits.MEBIBYTE,
            },
        )
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(ZIP):
        return Survey(size, digest(path)[1], "")
    _refuse_what_is_no_table(head)
    return _survey_text(path, size, _declared(head))


def _refuse_what_is_no_table(head: bytes) -> None:
    if head.startswith(OLE):
        raise FileRefused(
            "old_workbook",
            _("This is an old or a protected Excel file. Save it as .xlsx without a password."),
            line=1,
        )
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<table", b"<script")):
        raise FileRefused(
            "web_page",
            _(
                "This is a web page, not a table: the download was probably a log-in page. "
                "Sign in to the platform and export the file again."
            ),
            line=1,
        )


def _declared(head: bytes) -> str:
    """The encoding that a byte order mark, or the pattern of NUL bytes in UTF-16, tells."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith(BOM_UTF16):
        return "utf-16"
    pairs = len(head) // 2
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if pairs and odd > pairs * 0.4 and even == 0:
        return "utf-16-le"
    if pairs and even > pairs * 0.4 and odd == 0:
        return "utf-16-be"
    return ""


def _survey_text(path: Path, size: int, declared: str) -> Survey:
    """Read all blocks once: digest, line length, NUL, and whether the encoding holds."""
    summary = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(declared or "utf-8")()
    holds, line = True, 1
    for block in _blocks(path):
        summary.update(block)
        if len(block) == limits.BLOCK_BYTES and not (b"\n" in block or b"\r" in block):
            raise _line_too_long(line)
        if b"\0" in block and not declared.startswith("utf-16"):
            line += block[: block.index(b"\0")].count(b"\n")
            raise FileRefused(
                "nul_byte",
                _("The file holds a NUL byte: it is damaged, or no text. Export it again."),
                line=line,
            )
        line += block.count(b"\n")
        holds = holds and _decodes(decoder, block)
    holds = holds and _decodes(decoder, b"", final=True)
    if not holds and declared.startswith("utf-16"):
        raise FileRefused(
            "invalid_utf16",
            _("The file says it is UTF-16 and is not. Export it again, as CSV UTF-8."),
            line=1,
        )
    encoding = (declared or "utf-8") if holds else _legacy_encoding(path)
    return Survey(size, summary.hexdigest(), encoding)


def _line_too_long(line: int) -> FileRefused:
    return FileRefused(
        "line_too_long",
        _("The line is longer than %(limit)d MB: this is no table, or its line ends are missing.")
        % {"limit": limits.BLOCK_BYTES // limits.MEBIBYTE},
        line=line,
    )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(limits.BLOCK_BYTES):
            yield block


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class _Evidence:
    """What the lines with bytes outside ASCII look like."""

    utf8_lines: int = 0
    other_lines: int = 0
    first_other: int = 0
    first_broken: int = 0  # not even GB 18030
    characters: int = 0
    plausible: int = 0
    exceeds_gbk: bool = False


def _legacy_encoding(path: Path) -> str:
    """GBK or GB 18030 where the bytes are plausible Chinese; else refused with the line."""
    seen = _evidence(path)
    if seen.utf8_lines > max(1, seen.other_lines // 10) or (seen.utf8_lines and seen.first_broken):
        raise _mixed(seen)
    is_chinese = seen.plausible >= _PLAUSIBLE * seen.characters and not seen.first_broken
    if not is_chinese:
        raise FileRefused(
            "latin1",
            _(
                "The file is not UTF-8 and not Chinese GBK; it looks like Latin-1 "
                "(Windows-1252). Save it as CSV UTF-8."
            ),
            line=seen.first_other,
        )
    return "gb18030" if seen.exceeds_gbk else "gbk"


def _mixed(seen: _Evidence) -> FileRefused:
    if seen.first_broken or seen.plausible < _PLAUSIBLE * seen.characters:
        return FileRefused(
            "invalid_utf8",
            _("The line holds bytes that are not UTF-8, other lines do: it is damaged."),
            line=seen.first_broken or seen.first_other,
        )
    return FileRefused(
        "mixed_encodings",
        _("The line is in GBK, other lines are in UTF-8. Put the file together in one encoding."),
        line=seen.first_other,
    )


def _evidence(path: Path) -> _Evidence:
    seen = _Evidence()
    # Latin-1 maps every byte to itself: a way to read bytes by lines that end with CR alone too.
    with path.open(encoding="latin-1", newline="") as file:
        for number, text in enumerate(file, start=1):
            if not text.isascii():
                _weigh(text.encode("latin-1"), number, seen)
    return seen


def _weigh(line: bytes, number: int, seen: _Evidence) -> None:
    if _is_text(line, "utf-8"):
        seen.utf8_lines += 1
        return
    seen.other_lines += 1
    seen.first_other = seen.first_other or number
    if not _is_text(line, "gbk"):
        seen.exceeds_gbk = True
        if not _is_text(line, "gb18030"):
            seen.first_broken = seen.first_broken or number
            return
    for found in _GB.finditer(line):
        seen.characters += 1
        seen.plausible += found.lastgroup != "rest"


def _is_text(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
