"""When stores work: as people say it, and laid out in rows for the database."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models.places import Store
from opsdesk.stores.models.scope import ScopedQuerySet
from opsdesk.stores.publicdays import validate_country


class WorkCalendar(models.Model):
    """When a store works. Without one it works always."""

    store = models.OneToOneField(
        Store, models.PROTECT, related_name="work_calendar", verbose_name=_("store")
    )
    country = models.CharField(
        _("public holidays of"),
        max_length=2,
        blank=True,
        validators=[validate_country],
        help_text=_("Two letters, such as CN or DE. Empty: public holidays are worked."),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("work calendar")
        verbose_name_plural = _("work calendars")
        triggers = recording("store", "country", label="{row}.country", inserts=True)

    def __str__(self) -> str:
        return str(self.store)


class Weekday(models.IntegerChoices):
    """As `date.weekday()` counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class OfACalendarQuerySet(ScopedQuerySet):
    store_field = "calendar__store_id"


_STORE_OF_CALENDAR = "(SELECT c.store_id FROM stores_workcalendar c WHERE c.id = {row}.calendar_id)"


class WorkHours(models.Model):
    """A window of a weekday; several a day leave breaks between them."""

    calendar = models.ForeignKey(
        WorkCalendar, models.CASCADE, related_name="hours", verbose_name=_("work calendar")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    start = models.TimeField(_("opens"))
    end = models.TimeField(_("closes"), help_text=_("At or before the opening: on the next day."))

    objects = OfACalendarQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "start"]
        verbose_name = _("hours of a weekday")
        verbose_name_plural = _("hours of the week")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "weekday", "start"], name="work_hours_unique_start"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="work_hours_weekday_known"),
        ]
        triggers = recording(
            "weekday",
            "start",
            "end",
            label="{row}.weekday",
            store=_STORE_OF_CALENDAR,
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"


class WorkException(models.Model):
    """One day's own hours instead of its weekday's or holiday's; without hours it is closed."""

    calendar = models.ForeignKey(
        WorkCalendar, models.CASCADE, related_name="exceptions", verbose_name=_("work calendar")
    )
    day = models.DateField(_("day"))
    start = models.TimeField(_("opens"), null=True, blank=True)
    end = models.TimeField(_("closes"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=120, blank=True)

    objects = OfACalendarQuerySet.as_manager()

    class Meta:
        ordering = ["day", "start"]
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day", "start"],
                nulls_distinct=False,
                name="work_exception_unique_start",
            ),
            models.CheckConstraint(
                condition=Q(start=None, end=None) | Q(start__isnull=False, end__isnull=False),
                name="work_exception_hours_whole",
                violation_error_message=_("Give both times, or none for a closed day."),
            ),
        ]
        triggers = recording(
            "day", "start", "end", label="{row}.day", store=_STORE_OF_CALENDAR, inserts=True
        )

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class WorkLayout(models.Model):
    """How far a store's working time is laid out in spans and days, and whether clocks follow it.

    Derived, and made anew when the calendar, the holidays that are known or the years ahead change.
    """

    store = models.OneToOneField(
        Store, models.PROTECT, related_name="work_layout", verbose_name=_("store")
    )
    digest = models.CharField(_("digest"), max_length=64)
    laid_out_at = models.DateTimeField(_("laid out"))
    followed_at = models.DateTimeField(_("clocks follow since"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("layout of working time")
        verbose_name_plural = _("layouts of working time")

    def __str__(self) -> str:
        return str(self.store)


class WorkSpan(models.Model):
    """From `starts_at` to `ends_at` it is working time; so many seconds of it came before.

    Read by the SQL functions of working time. The first and the last span of a store are the time
    before and after its calendar is laid out, in which all time counts.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField(_("opens"))
    ends_at = models.DateTimeField(_("closes"))
    before_seconds = models.BigIntegerField(_("seconds before"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("span of working time")
        verbose_name_plural = _("spans of working time")
        constraints = [
            models.UniqueConstraint(fields=["store", "starts_at"], name="work_span_unique_start"),
            models.UniqueConstraint(
                fields=["store", "before_seconds"], name="work_span_unique_before"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="work_span_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"


class WorkDay(models.Model):
    """The `number`-th working day of a store, counted from where its calendar is laid out."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    number = models.PositiveIntegerField(_("number"))
    ends_at = models.DateTimeField(_("work ends"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("working day")
        verbose_name_plural = _("working days")
        constraints = [
            models.UniqueConstraint(fields=["store", "day"], name="work_day_unique_day"),
            models.UniqueConstraint(fields=["store", "number"], name="work_day_unique_number"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
