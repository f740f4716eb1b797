"""The orders that wait for a person, the one whose time runs out first on top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from opsdesk.deadlines.models import Deadline
from orders.models import Order, OrderQuerySet

if TYPE_CHECKING:
    from opsdesk.stores.models import User

REVIEW = "orders.review_order"
PAGE = 50
# The oldest so many are put in order of their clocks: a night's jam must not slow the desk down.
LOOKED_AT = 1_000
# Clocks that a person at this desk stops.
CLOCKS = ("orders.review", "orders.contact")

SHOWN = [
    "external_number",
    "store__name",
    "store__code",
    "store__timezone",
    "channel__name",
    "review_state",
    "fulfilment_state",
    "currency",
    "total_amount",
    "placed_at",
    "paid_at",
]


@dataclass(frozen=True)
class Place:
    """Where a page begins: behind this due time and id."""

    due: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.due.isoformat()}_{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for anything that `str(place)` did not write."""
        due, _underscore, pk = text.rpartition("_")
        try:
            place = cls(datetime.fromisoformat(due), int(pk))
        except ValueError:
            return None
        return place if place.due.tzinfo is not None and 0 <= place.pk < 2**63 else None


def waiting_for(user: User) -> OrderQuerySet:
    """What this person may pass: to review, in stores where they review."""
    return Order.objects.visible_to(user).to_review().in_stores(user.stores_allowing(REVIEW))


def read(
    user: User, *, held: bool = False, after: Place | None = None, most: int = PAGE
) -> list[Order]:
    """Up to `most` + 1 orders, each with `due`, by due time and id: one statement.

    `due` is the earliest of its clocks here, or when it was paid where none runs.
    """
    waiting = waiting_for(user)
    if held:
        waiting = waiting.held()
    oldest = waiting.order_by("placed_at", "pk").values("pk")[:LOOKED_AT]
    clock = (
        Deadline.objects.open()
        .filter(
            subject_type=ContentType.objects.get_for_model(Order),
            subject_id=OuterRef("pk"),
            rule__in=CLOCKS,
        )
        .order_by()
        .values("subject_id")
        .annotate(due=Min("due_at"))
    )
    rows = Order.objects.filter(pk__in=oldest).annotate(
        due=Coalesce(Subquery(clock.values("due")), F("paid_at"))
    )
    if after is not None:
        rows = rows.filter(Q(due__gt=after.due) | Q(due=after.due, pk__gt=after.pk))
    rows = rows.select_related("store", "channel").only(*SHOWN).order_by("due", "pk")
    return list(rows[: most + 1])
