from __future__ import annotations

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.readings import figures
from opsdesk.stores.models import Channel, ScopedQuerySet, Store
from opsdesk.stores.triggers import of_one_store


class ReadingQuerySet(ScopedQuerySet):
    def between(self, first: date, last: date) -> Self:
        """Business days first … last, both included."""
        return self.filter(day__gte=first, day__lte=last)


class Reading(models.Model):
    """What a channel says of the store in one figure of one business day (INS-1, 5, 7, 8).

    `value` is in the figure's own measure, money in the store's currency; `industry` what the
    channel says others have. `taken_at` is when the channel said so: a figure that adds up during
    the day is whole only if that was after the day. A later word replaces an earlier one; what it
    was before is in the audit trail.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="+", verbose_name=_("channel"), db_index=False
    )
    figure = models.CharField(_("figure"), max_length=40)
    day = models.DateField(_("business day"))
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=figures.PLACES)
    industry = models.DecimalField(
        _("industry"), max_digits=16, decimal_places=figures.PLACES, null=True
    )
    source = models.CharField(_("source"), max_length=60)
    taken_at = models.DateTimeField(_("said"))

    # Where `services.newest` read it: whether its day was over, if that matters.
    is_whole: bool

    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        verbose_name = _("reading")
        verbose_name_plural = _("figures of channels")
        permissions = [
            ("take_reading", "Can bring in the figures of channels that their role acts on"),
            ("take_any_reading", "Can bring in every figure of channels"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel", "figure", "day"], name="reading_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0) & (Q(industry=None) | Q(industry__gte=0)),
                name="reading_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(figure="") & ~Q(source=""), name="reading_has_figure_and_source"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "figure", "day"], name="reading_by_figure"),
            models.Index(fields=["-day", "-id"], name="reading_newest"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="stays_what_it_is", fields=["store", "channel", "figure", "day"]
            ),
            of_one_store("reading"),
            *recording("value", "industry", "source", label="{row}.figure || ' ' || {row}.day"),
        ]

    def __str__(self) -> str:
        return f"{figures.title_of(self.figure)} {self.day.isoformat()}"
