"""Files of the chapter: papers as people upload them, and those that no row refers to any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model, Q
from django.http import FileResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import images
from catalog.images import PictureRefused
from catalog.models import KnowledgeEntry, ListingSampleAnswer, ProductPicture, Qualification
from opsdesk.audit import exporting
from opsdesk.errors import DomainError
from opsdesk.exports import ExportedFile, harmless
from opsdesk.inspection.models import AnswerPhoto
from opsdesk.schedule.jobs import Job

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.schedule.models import Slot

# Which rows refer to the files of a folder, by which fields.
_HOLDERS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "pictures": (ProductPicture, ("file", "small")),
    "qualifications": (Qualification, ("scan",)),
    "knowledge": (KnowledgeEntry, ("file",)),
    "samples": (ListingSampleAnswer, ("photo",)),
    "inspections": (AnswerPhoto, ("file", "small")),
}
# A file is written before its row is committed.
_SETTLED_AFTER = timedelta(days=1)
_BATCH = 500
_PDF = b"%PDF-"
_BEGINNINGS = {"pdf": _PDF, "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}


def keep(folder: str, model: type[Model], *fields: str) -> None:
    """Files of the folder (`folder/<store>/…`) stay while such a row refers to them, as ours do."""
    _HOLDERS.setdefault(folder, (model, fields))


class NoFile(DomainError):
    """The row has no file, or its file is gone."""

    code = "no_file"


def clean_paper(upload: UploadedFile) -> ContentFile:
    """A PDF as it is, or a picture made anew, under a harmless name. Raises PictureRefused.

    What kind it is says its content. A PDF leaves as a download only (`sent`), never as a page.
    """
    if (upload.size or 0) > images.MOST_BYTES:
        raise PictureRefused(
            _("At most %(limit)d MB can be uploaded.") % {"limit": images.MOST_BYTES // 1024**2}
        )
    content = upload.read()
    kind = "pdf"
    if not content.startswith(_PDF):
        clean = images.clean_picture(BytesIO(content))
        content, kind = clean.content, clean.format
    stem = PurePosixPath(upload.name or "file").stem
    return ContentFile(content, harmless(f"{stem}.{kind}"))


def paper_type(content: bytes) -> str:
    """pdf, jpeg or png by what the file holds, whatever it is called; empty for anything else.

    For papers that are kept byte by byte. Raises PictureRefused for a picture that can't be read.
    """
    kind = next((kind for kind, start in _BEGINNINGS.items() if content.startswith(start)), "")
    if kind and kind != "pdf":
        # Kept as it is; but what can't be read proves nothing.
        images.clean_picture(BytesIO(content))
    return kind


def sent(row: Qualification | KnowledgeEntry, field: str, name: str) -> FileResponse:
    """The row's file as a download, on record as every file that leaves. Raises NoFile."""
    try:
        content = getattr(row, field).open("rb")
    except (ValueError, FileNotFoundError) as error:
        raise NoFile(_("There is no file.")) from error
    digest = sha256()
    for block in iter(lambda: content.read(1 << 20), b""):
        digest.update(block)
    content.seek(0)
    return exporting.sent(
        ExportedFile(content, 1, digest.hexdigest()),
        name,
        model=type(row),
        store=row.store,
        subject_id=row.pk,
    )


def delete_strays(*, at: datetime) -> int:
    """Files that no row refers to are gone, a day after they were written. Returns how many.

    They are left by deleted rows, by replaced files, and by uploads that failed after the file was
    written. Safe to repeat.
    """
    deleted = 0
    for folder, (model, fields) in _HOLDERS.items():
        for names in _batches(folder):
            held = _held(model, fields, names)
            for name in names:
                if name not in held and default_storage.get_modified_time(name) < (
                    at - _SETTLED_AFTER
                ):
                    default_storage.delete(name)
                    deleted += 1
    return deleted


def _batches(folder: str) -> Iterator[list[str]]:
    """Names of files, store by store, some hundred at a time."""
    if not default_storage.exists(folder):
        return
    for store in sorted(default_storage.listdir(folder)[0]):
        names = sorted(default_storage.listdir(f"{folder}/{store}")[1])
        for start in range(0, len(names), _BATCH):
            yield [f"{folder}/{store}/{name}" for name in names[start : start + _BATCH]]


def _held(model: type[Model], fields: tuple[str, ...], names: list[str]) -> set[str]:
    anywhere = Q()
    for field in fields:
        anywhere |= Q(**{f"{field}__in": names})
    rows = model._default_manager.filter(anywhere).values_list(*fields)
    return {name for row in rows for name in row}


def _delete_strays(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"deleted": delete_strays(at=at)}


STRAYS = Job(
    "catalog.delete_strays",
    gettext_lazy("Files of the catalog that nothing refers to are deleted"),
    _delete_strays,
    every=timedelta(days=1),
)
