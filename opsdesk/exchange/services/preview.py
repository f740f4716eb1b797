"""What an import would do, before it does it: counts, first rows, and a diff of what changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opsdesk.exchange import importers
from opsdesk.exchange.importers import Change
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.services import applying

Outcome = ImportRow.Outcome

# Above it a rehearsal takes too long to wait for, and the count says only what is new.
REHEARSED_ROWS = 5_000
SHOWN_CHANGES = 20
SHOWN_REMARKS = 50


@dataclass(frozen=True)
class ChangedRow:
    """A record that is already there, and the fields a run would change."""

    row: ImportRow
    changes: list[Change]


def record(session: ImportSession) -> None:
    """The session knows what a run would do (`dialect["preview"]`): exactly up to
    `REHEARSED_ROWS` rows, by known keys beyond."""
    waiting = session.total - session.rejected
    if waiting <= REHEARSED_ROWS:
        found = applying.rehearse(session.pk, look=_counts)
    else:
        known = importers.get(session.importer).count_known(session)
        found = {"new": waiting - known, "known": known, "rejected": session.rejected}
    session.dialect = {**session.dialect, "preview": found}
    session.save(update_fields=["dialect"])


def _counts(session: ImportSession) -> dict[str, Any]:
    changed = session.rows.filter(outcome=Outcome.CHANGED).order_by("line")
    conflicts = session.rows.filter(outcome=Outcome.REJECTED, target_id__isnull=False)
    remarked = session.rows.remarked().order_by("line")
    return {
        "created": session.created,
        "duplicate": session.duplicate,
        "changed": session.changed,
        "rejected": session.rejected,
        "changed_rows": list(changed.values_list("pk", flat=True)[:SHOWN_CHANGES]),
        "remarks": list(remarked.values("line", "key", "column", "reason")[:SHOWN_REMARKS]),
        "conflicts": list(
            conflicts.order_by("line").values("line", "key", "reason")[:SHOWN_CHANGES]
        ),
    }


def changed_rows(session: ImportSession) -> list[ChangedRow]:
    """The first rows that would change a record, each with its diff. Two queries."""
    ids = session.dialect.get("preview", {}).get("changed_rows", [])
    rows = list(session.rows.filter(pk__in=ids).order_by("line"))
    changes = importers.get(session.importer).changes(session, rows) if rows else {}
    return [ChangedRow(row, changes.get(row.pk, [])) for row in rows]
