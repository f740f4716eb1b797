"""Selections of orders, as people name them."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from opsdesk.deadlines.models import Deadline
from opsdesk.stores.models import ScopedQuerySet
from orders.models.states import Fulfilment, Payment, Review

LATE_AT_MOST = 1_000


class OrderQuerySet(ScopedQuerySet):
    def waiting_for_stock(self) -> Self:
        """Placed, not yet covered by stock; the oldest first is the order they are served in."""
        return self.filter(fulfilment_state=Fulfilment.WAITING)

    def to_pay(self) -> Self:
        """Placed here and still here, and nobody has paid (ORD-6)."""
        return self.filter(
            payment_state=Payment.UNPAID,
            fulfilment_state__in=[Fulfilment.WAITING, Fulfilment.RESERVED],
        )

    def to_review(self) -> Self:
        """Paid, not yet passed, and still here: a cancelled order needs no review (ORD-3)."""
        return self.paid().filter(
            review_state__in=[Review.WAITING, Review.HELD],
            fulfilment_state__in=[Fulfilment.WAITING, Fulfilment.RESERVED],
        )

    def to_ship(self) -> Self:
        """Paid, passed and covered by stock: what the warehouse may hand over (FUL-2)."""
        return self.paid().filter(fulfilment_state=Fulfilment.RESERVED, review_state=Review.PASSED)

    def held(self) -> Self:
        """A rule of the review, or a person, holds it until it is settled (ORD-4)."""
        return self.filter(review_state=Review.HELD)

    def late(self, at: datetime) -> Self:
        """Some clock on it has run out and is still owed: those of the `LATE_AT_MOST` latest."""
        overdue = Deadline.objects.standing(Deadline.Standing.OVERDUE, at=at).filter(
            subject_type=ContentType.objects.get_for_model(self.model)
        )
        # Few and named: joined whole, the planner walks through all orders to find the late ones.
        latest = overdue.order_by("due_at").values("subject_id")[:LATE_AT_MOST]
        return self.filter(pk__in=latest)

    def of_valued_customers(self) -> Self:
        """Of those who bought enough lately, and whose goods are still here (MKT-10)."""
        return self.not_gone().filter(customer__valued__isnull=False)

    def paid(self) -> Self:
        return self.exclude(paid_at=None)

    def not_gone(self) -> Self:
        """Goods that are still here, so that the order can be changed (ORD-5)."""
        return self.filter(fulfilment_state__in=[Fulfilment.WAITING, Fulfilment.RESERVED])

    def family_of(self, root_id: int) -> Self:
        """The order as its channel knows it and the parts that were split from it."""
        return self.filter(Q(pk=root_id) | Q(split_from=root_id))

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")
