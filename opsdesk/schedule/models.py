from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Max, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, Store

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from opsdesk.stores.models import User


# A process of PostgreSQL's, by a name that no later one gets. It ends with the worker it serves.
_HOLDER = "SELECT pid || '@' || extract(epoch FROM backend_start) FROM pg_stat_activity"

# More runs than a tick makes, days of an outage included.
_OF_A_TICK = 500


def this_holder() -> RawSQL:
    """Whoever executes the statement this stands in."""
    return RawSQL(f"({_HOLDER} WHERE pid = pg_backend_pid())", ())


class SlotQuerySet(ScopedQuerySet):
    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Runs for the person's stores, and those that serve all stores at once."""
        if user.is_authenticated and user.is_active and not user.is_superuser:
            return self.filter(Q(store__in=user.store_ids) | Q(store=None))
        return super().visible_to(user)

    def last_moment(self) -> datetime | None:
        """The latest that a tick has made a run for. What one catches up with it makes last."""
        made_last = self.order_by("-pk")[:_OF_A_TICK]
        last: datetime | None = made_last.aggregate(last=Max("slot_at"))["last"]
        return last

    def waiting(self, at: datetime) -> Self:
        """Due and not running, or left behind by a worker that died.

        Its connection is gone, then; where a pooler keeps that open, the lease runs out.
        """
        is_left = Q(lease_until__lt=at) | ~Q(holder="") & ~Q(holder__in=RawSQL(_HOLDER, ()))
        return self.filter(Q(state=Slot.State.DUE) | Q(state=Slot.State.RUNNING) & is_left)


class Slot(models.Model):
    """One scheduled run of a job. Unique per (job, store, moment): a slot runs once.

    `slot_at` is when it was due (UTC); `business_date` the store's day it belongs to, for daily
    jobs. A slot that a later one covers is `covered`, so that a missed hour shows no holes.
    """

    class State(models.TextChoices):
        DUE = "due", _("due")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        COVERED = "covered", _("covered by a later run")
        PARKED = "parked", _("parked after failures")

    job = models.CharField(_("job"), max_length=60)
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, related_name="+", verbose_name=_("store")
    )
    slot_at = models.DateTimeField(_("slot"))
    business_date = models.DateField(_("business day"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    holder = models.CharField(_("held by"), max_length=60, blank=True, db_default="")
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.JSONField(_("result"), default=dict)
    error = models.TextField(_("error"), blank=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["-slot_at", "-pk"]
        verbose_name = _("scheduled run")
        verbose_name_plural = _("scheduled runs")
        constraints = [
            models.UniqueConstraint(
                fields=["job", "store", "slot_at"],
                nulls_distinct=False,
                name="slot_unique_job_store_slot_at",
            ),
            models.UniqueConstraint(
                fields=["job", "store", "business_date"],
                condition=Q(business_date__isnull=False),
                nulls_distinct=False,
                name="slot_unique_job_store_business_date",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | ~Q(state="running") & Q(lease_until=None),
                name="slot_lease_while_running",
            ),
        ]
        indexes = [
            models.Index(
                fields=["slot_at"],
                condition=Q(state__in=["due", "running"]),
                name="slot_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {timezone.localtime(self.slot_at):%Y-%m-%d %H:%M}"
