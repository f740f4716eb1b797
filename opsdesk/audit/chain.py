"""The entries of each store form a chain of hashes, in the order of their numbers.

Writers know nothing of it: a job links what they left behind, up to where nobody can still be
writing. So a busy store's writers never wait for each other, and a bulk statement costs the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Max, OuterRef

from opsdesk.audit.models import AuditEntry, AuditHead, AuditLink
from opsdesk.db import last_settled_id, lock_name
from opsdesk.invariants import Invariant

BATCH = 20_000
# A run ends soon, so that ticks wait for nothing; what it leaves is the next one's.
MOST_AT_ONCE = 200_000
# The chain of entries that belong to no store.
COMMON = 0

_LINK = """
WITH news AS MATERIALIZED (
    SELECT e AS entry, e.id, coalesce(e.store_id, 0) AS chain
    FROM audit_auditentry e
    WHERE e.id > %(after)s AND e.id <= %(to)s
    ORDER BY e.id
    LIMIT %(batch)s
), head AS (
    SELECT c.chain, coalesce(h.position, 0) AS position, coalesce(h.hash, '') AS hash
    FROM (SELECT DISTINCT chain FROM news) c
    LEFT JOIN LATERAL (
        SELECT position, hash FROM audit_auditlink l WHERE l.chain = c.chain
        ORDER BY position DESC LIMIT 1
    ) h ON true
)
INSERT INTO audit_auditlink (entry_id, chain, position, hash)
SELECT n.id, n.chain, head.position + row_number() OVER entries,
       audit_chain(head.hash, audit_canonical(n.entry)) OVER entries
FROM news n
JOIN head USING (chain)
WINDOW entries AS (PARTITION BY n.chain ORDER BY n.id ROWS UNBOUNDED PRECEDING)
"""


def link_entries() -> int | None:
    """Entries that were committed before now are linked. Returns how many were; None: not yet.

    In batches that commit on their own, some hundred thousand a run. None where somebody has been
    writing all the while: the next run goes on. Safe to repeat; of two runs at once the second
    finds it done.
    """
    end = last_settled_id(AuditEntry)
    if end is None:
        return None
    linked = 0
    while linked < MOST_AT_ONCE and (count := _link_batch(end)):
        linked += count
    return linked


def _link_batch(end: int) -> int:
    with transaction.atomic():
        lock_name("audit.chain")
        after = _last_linked()
        with connection.cursor() as cursor:
            cursor.execute(_LINK, {"after": after, "to": end, "batch": BATCH})
            return cursor.rowcount


def _last_linked() -> int:
    return AuditLink.objects.aggregate(last=Max("pk"))["last"] or 0


def oldest_unlinked(_at: datetime) -> datetime | None:
    """Since when the first entry waits that has no link yet."""
    waiting = AuditEntry.objects.filter(pk__gt=_last_linked()).order_by("pk")
    return waiting.values_list("at", flat=True).first()


@dataclass(frozen=True)
class Head:
    """The last link of a chain: its position, and its hash as people compare it."""

    chain: int
    position: int
    hash: str


def head_of(chain: int) -> Head | None:
    last = AuditLink.objects.filter(chain=chain).order_by("-position").first()
    return Head(chain, last.position, bytes(last.hash).hex()) if last else None


@dataclass(frozen=True)
class Broken:
    """An entry that is not what its link says, and what became of it."""

    entry_id: int | None
    what: str


def broken_in(chain: int) -> list[Broken]:
    """Where a chain does not hold. Link by link in batches, so that no statement takes long."""
    head = head_of(chain)
    found: list[Broken] = []
    for after in range(0, head.position if head else 0, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT entry_id, what FROM audit_broken_links(%s, %s, %s)",
                [chain, after, after + BATCH],
            )
            found += [Broken(*row) for row in cursor.fetchall()]
    slipped_in = AuditEntry.objects.filter(store=chain or None, pk__lte=_last_linked(), link=None)
    found += [Broken(pk, "inserted") for pk in slipped_in.values_list("pk", flat=True)]
    return found + _heads_gone(chain)


def _heads_gone(chain: int) -> list[Broken]:
    """What people were told and is no longer so: links were made anew, or the last are gone."""
    links = AuditLink.objects.filter(chain=chain, position=OuterRef("position"))
    sent = AuditHead.objects.filter(chain=chain).annotate(
        entry=links.values("pk"), present=links.values("hash")
    )
    return [
        Broken(head.entry, f"not what was sent on {head.day}")
        for head in sent.exclude(present=F("hash")) | sent.filter(present=None)
    ]


HOLDS = Invariant(
    "audit.chain-holds",
    "No linked entry was changed or removed, none slipped in, and every head is as it was sent.",
    """
    SELECT broken.entry_id AS id, c.chain, broken.link_position, broken.what
    FROM (SELECT chain, max(position) AS position FROM audit_auditlink GROUP BY chain) c
    CROSS JOIN LATERAL audit_broken_links(c.chain, 0, c.position) broken
    UNION ALL
    SELECT e.id, coalesce(e.store_id, 0), NULL, 'inserted'
    FROM audit_auditentry e
    WHERE e.id <= (SELECT max(entry_id) FROM audit_auditlink)
      AND NOT EXISTS (SELECT FROM audit_auditlink l WHERE l.entry_id = e.id)
    UNION ALL
    SELECT l.entry_id, h.chain, h.position, 'not what was sent on ' || h.day
    FROM audit_audithead h
    LEFT JOIN audit_auditlink l ON l.chain = h.chain AND l.position = h.position
    WHERE l.hash IS DISTINCT FROM h.hash
    """,
)
