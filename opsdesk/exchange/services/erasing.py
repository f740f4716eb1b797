"""What crossed the border holds nothing of a person any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from datetime import datetime

    from opsdesk.stores.models import Store

_ROWS = """
UPDATE exchange_importrow r SET raw = '[]', data = NULL
FROM exchange_importsession s
WHERE s.id = r.session_id AND s.store_id = %(store)s AND r.outcome <> 'pending'
  AND (r.raw <> '[]' OR r.data IS NOT NULL)
  AND (r.key = ANY(%(keys)s)
       OR EXISTS (SELECT FROM unnest(%(terms)s::text[]) AS t (term)
                  WHERE strpos(r.raw::text, t.term) > 0 OR strpos(r.data::text, t.term) > 0))
"""
_DELIVERIES = """
UPDATE exchange_inbounddelivery SET body = NULL, headers = '{}'
WHERE store_id = %(store)s AND body IS NOT NULL AND finished_at IS NOT NULL
  AND EXISTS (SELECT FROM unnest(%(terms)s::text[]) AS t (term)
              WHERE position(convert_to(t.term, 'UTF8') IN body) > 0)
"""
_MESSAGES = """
UPDATE exchange_outboundmessage SET payload = '{}', recipient = '', emptied_at = %(at)s
WHERE store_id = %(store)s AND emptied_at IS NULL AND finished_at IS NOT NULL
  AND EXISTS (SELECT FROM unnest(%(terms)s::text[]) AS t (term)
              WHERE strpos(payload::text, t.term) > 0 OR recipient = t.term)
"""


def remove_traces(
    *, store: Store, keys: Sequence[str], terms: Sequence[str], at: datetime
) -> dict[str, int]:
    """Rows of files with these keys, and whatever settled quotes one of these terms, is empty.

    That it was there stays: outcomes, digests, moments. What is still under way is left: it is
    emptied with its days. Safe to repeat. Returns counts.
    """
    values: dict[str, Any] = {"store": store.pk, "keys": list(keys), "terms": list(terms), "at": at}
    done = {}
    with connection.cursor() as cursor:
        for name, statement in (
            ("rows", _ROWS),
            ("deliveries", _DELIVERIES),
            ("messages", _MESSAGES),
        ):
            cursor.execute(statement, values)
            done[name] = cursor.rowcount
    return done
