"""Acts that leave no row behind and still have to be known: exports, looks at personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsdesk.audit.models import AuditEntry

if TYPE_CHECKING:
    from django.db.models import Model

    from opsdesk.stores.models import Store


def record(
    verb: str,
    *,
    model: type[Model],
    label: str,
    subject_id: int | None = None,
    store: Store | None = None,
    details: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """The act is in the trail. Who, when and by what way is known already (`context.acting`).

    `details` hold no personal data: the trail is kept when a person is erased.
    """
    return AuditEntry.objects.create(
        verb=verb,
        model=model._meta.label_lower,
        subject_id=subject_id,
        subject_label=label[:120],
        store=store,
        after=details,
        reason=reason[:300],
    )
