"""What a person does at the review desk: opens an order, decides on it, hears who was first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.db import retrying
from opsdesk.errors import Conflict
from orders.models import Order, OrderEvent, ReviewVisit
from orders.models.visits import PRESENT_FOR

if TYPE_CHECKING:
    from opsdesk.stores.models import User

# Stock comes and goes while somebody reads; what they decide on stays the same.
_NO_NEWS = [OrderEvent.Kind.RESERVED, OrderEvent.Kind.RELEASED]

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
    values = {"person": person.pk, "order": order_id, "at": at, "since": at - PRESENT_FOR}
    with connection.cursor() as cursor:
        cursor.execute(_VISIT, values)


def others_at(order: Order, person: User, at: datetime) -> QuerySet[ReviewVisit]:
    """Who else has the order open, the first of them first."""
    present = ReviewVisit.objects.present(at).filter(order=order).exclude(person=person)
    return present.select_related("person").order_by("opened_at", "pk")


def last_event(order: Order) -> int:
    """Of an order's timeline: up to where a page shows it."""
    return order.events.order_by("-pk").values_list("pk", flat=True).first() or 0


def news_since(order: Order, seen: int) -> OrderEvent | None:
    """The first thing that somebody did to the order since a page was shown, stock aside."""
    later = order.events.filter(pk__gt=seen).exclude(kind__in=_NO_NEWS)
    return later.select_related("actor").order_by("pk").first()


def words_of(event: OrderEvent, at: datetime) -> str:
    """Who was first, when, and with what."""
    said = {
        "person": event.actor or _("The channel, or a rule"),
        "what": event.get_kind_display(),
        "ago": wording.duration(at - event.recorded_at),
    }
    return _("%(person)s was first, %(ago)s ago: %(what)s.") % said


def decide(
    *, order_id: int, seen: int, run: Callable[[list[int]], int], actor: User, at: datetime
) -> None:
    """`run` was done to the order as the person saw it, up to the event `seen` (ORD-3).

    Locks the order first, as every service does: of two people one is first. Raises Conflict, which
    names who was first and with what, for the other; and where the order's state refuses.
    """
    retrying(partial(_decide, order_id, seen, run, actor, at))


def _decide(
    order_id: int, seen: int, run: Callable[[list[int]], int], actor: User, at: datetime
) -> None:
    order = Order.objects.visible_to(actor).locked().get(pk=order_id)
    news = news_since(order, seen)
    if news is not None:
        raise Conflict(words_of(news, at), event=news.pk, by=news.actor_id, kind=news.kind)
    if not run([order.pk]):
        raise Conflict(_("Nothing was changed: the order has moved on in the meantime."))
