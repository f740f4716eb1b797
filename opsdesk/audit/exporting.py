"""What leaves as a file is on record: what it held, how many rows, and the digest of its bytes.

Every download goes through `sent`; a test looks for those that don't.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsdesk import exports
from opsdesk.audit import services
from opsdesk.audit.models import AuditEntry

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import FileResponse

    from opsdesk.exports import ExportedFile
    from opsdesk.stores.models import Store


def sent(
    file: ExportedFile,
    name: str,
    *,
    model: type[Model],
    store: Store | None = None,
    subject_id: int | None = None,
    filters: str = "",
    reason: str = "",
) -> FileResponse:
    """The answer that hands the file over, on record as an export of this kind of row."""
    record_export(
        file,
        name,
        model=model,
        store=store,
        subject_id=subject_id,
        filters=filters,
        reason=reason,
    )
    return exports.attachment(file.content, name)


def record_export(
    file: ExportedFile,
    name: str,
    *,
    model: type[Model],
    store: Store | None = None,
    subject_id: int | None = None,
    filters: str = "",
    reason: str = "",
) -> AuditEntry:
    """For a file that is handed over otherwise. `filters` say what it was narrowed to."""
    return services.record(
        AuditEntry.Verb.EXPORTED,
        model=model,
        subject_id=subject_id,
        label=name,
        store=store,
        details={"rows": file.rows, "sha256": file.sha256, "filters": filters},
        reason=reason,
    )
