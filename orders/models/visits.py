"""Who has which order open on the review desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, User
from orders.models.orders import Order

# The page of an open order says so three times a minute: who is silent for longer has left it.
PRESENT_FOR = timedelta(minutes=2)


class ReviewVisitQuerySet(ScopedQuerySet):
    store_field = "order__store_id"

    def present(self, at: datetime) -> Self:
        return self.filter(seen_at__gt=at - PRESENT_FOR)


class ReviewVisit(models.Model):
    """The order a person has open, or had last: one row a person, so that none has to be deleted.

    It keeps nobody from anything; it tells the second person that there is a first.
    """

    person = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("person")
    )
    order = models.ForeignKey(
        Order, models.CASCADE, related_name="review_visits", verbose_name=_("order")
    )
    opened_at = models.DateTimeField(_("opened"))
    seen_at = models.DateTimeField(_("last seen"))

    objects = ReviewVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit of the review desk")
        verbose_name_plural = _("visits of the review desk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seen_at__gte=models.F("opened_at")),
                name="review_visit_seen_after_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.order_id}"
