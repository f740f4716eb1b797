"""Who has an order open at the review desk, and who else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import QuerySet

from orders.models import Order, ReviewVisit
from orders.models.visits import PRESENT_FOR

if TYPE_CHECKING:
    from opsdesk.stores.models import User

# Whoever comes back to an order after a while has opened it anew.
_VISIT = """
INSERT INTO orders_reviewvisit AS known (person_id, order_id, opened_at, seen_at)
VALUES (%(person)s, %(order)s, %(at)s, %(at)s)
ON CONFLICT (person_id) DO UPDATE SET
    order_id = excluded.order_id,
    opened_at = CASE
        WHEN known.order_id = excluded.order_id AND known.seen_at > %(since)s THEN known.opened_at
        ELSE excluded.opened_at
    END,
    seen_at = excluded.seen_at
WHERE known.seen_at <= excluded.seen_at
"""


def visit_order(*, order_id: int, person: User, at: datetime) -> None:
    """The person has this order open, and no other. Safe to repeat, which keeps the visit alive."""
    values: dict[str, int | datetime] = {
        "person": person.pk,
        "order": order_id,
        "at": at,
        "since": at - PRESENT_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_VISIT, values)


def others_at(order: Order, person: User, at: datetime) -> QuerySet[ReviewVisit]:
    """Who else has the order open, the first of them first."""
    present = ReviewVisit.objects.present(at).filter(order=order).exclude(person=person)
    return present.select_related("person").order_by("opened_at", "pk")
