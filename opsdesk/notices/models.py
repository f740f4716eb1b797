from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts.models import Alert, AlertEvent, Severity
from opsdesk.exchange.models import Target
from opsdesk.stores.models import Store, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

MORNING = time(9)
_DAILY = _("each morning, what is open")
_WEEKLY = _("on Mondays, what keeps coming back")


class PersonalQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What is told to a person is theirs alone."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(person=user)


class Subscription(models.Model):
    """What a person wants to be told of in a store, where, and when.

    Without one for the bell a person's bell tells of what lies on their own desk, from warnings up.
    Quiet hours are by the store's clock; the bell, which disturbs nobody, knows none.
    """

    class Scope(models.TextChoices):
        MINE = "mine", _("what is mine or my roles'")
        STORE = "store", _("everything in the store")

    class Told(models.TextChoices):
        """How what comes up is told; kept as `is_digest` and `digests_only`."""

        AT_ONCE = "at once", _("as it comes up")
        MORNING = "morning", _("gathered, the next morning at 9:00")
        NEVER = "never", _("not at all: only the overviews")

    person = models.ForeignKey(
        User, models.CASCADE, related_name="subscriptions", verbose_name=_("person")
    )
    store = models.ForeignKey(Store, models.CASCADE, related_name="+", verbose_name=_("store"))
    scope = models.CharField(_("tells of"), max_length=10, choices=Scope, default=Scope.MINE)
    least_severity = models.CharField(
        _("from this severity up"), max_length=10, choices=Severity, default=Severity.WARNING
    )
    check_codes = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("only these kinds"),
        default=list,
        blank=True,
    )
    target = models.ForeignKey(
        Target,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("through"),
        help_text=_("Empty: the bell on every page."),
    )
    # What comes up waits for the morning; the digests below are overviews, which is another thing.
    is_digest = models.BooleanField(_("once a day, at 9:00"), default=False)
    tells_daily = models.BooleanField(_DAILY, default=False, db_default=False)
    tells_weekly = models.BooleanField(_WEEKLY, default=False, db_default=False)
    tells_nothing_too = models.BooleanField(
        _("digests also when there is nothing to say"), default=False, db_default=False
    )
    digests_only = models.BooleanField(
        _("only these digests, nothing as it comes up"), default=False, db_default=False
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["person_id", "store_id", "pk"]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "store", "target"],
                nulls_distinct=False,
                name="subscription_unique_person_store_target",
                violation_error_message=_("You have a subscription for this way already."),
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=models.F("quiet_until")),
                name="subscription_quiet_hours_whole",
                violation_error_message=_("Give both times of the quiet hours, and two of them."),
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False)
                | Q(is_digest=False, quiet_from=None, quiet_until=None),
                name="subscription_bell_rings_at_once",
                violation_error_message=_("The bell knows no digest and no quiet hours."),
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False)
                | Q(tells_daily=False, tells_weekly=False, digests_only=False),
                name="subscription_digests_need_a_way",
                violation_error_message=_("The bell knows no digest and no quiet hours."),
            ),
            models.CheckConstraint(
                condition=Q(digests_only=False) | Q(tells_daily=True) | Q(tells_weekly=True),
                name="subscription_digests_only_names_one",
                violation_error_message=_("Choose the digests that you want."),
            ),
        ]

    def __str__(self) -> str:
        way = self.target or _("the bell")
        return f"{self.store} · {way}"

    @property
    def told(self) -> str:
        """How what comes up is told: one of `Told`."""
        if self.digests_only:
            return self.Told.NEVER
        return self.Told.MORNING if self.is_digest else self.Told.AT_ONCE

    @told.setter
    def told(self, told: str) -> None:
        self.digests_only = told == self.Told.NEVER
        self.is_digest = told == self.Told.MORNING

    @property
    def words(self) -> str:
        """What it does, in one sentence."""
        news = str(self.Told(self.told).label)
        if self.told != self.Told.NEVER:
            kinds = (
                ngettext("%(count)s kind", "%(count)s kinds", len(self.check_codes))
                % {"count": len(self.check_codes)}
                if self.check_codes
                else gettext("every kind")
            )
            severity = Severity(self.least_severity).label
            news = gettext("%(when)s: %(kinds)s, from “%(severity)s” up, %(scope)s") % {
                "when": news,
                "kinds": kinds,
                "severity": severity,
                "scope": self.get_scope_display(),
            }
        overviews = {_DAILY: self.tells_daily, _WEEKLY: self.tells_weekly}
        return "; ".join([news, *(str(words) for words, is_told in overviews.items() if is_told)])

    def tells_at(self, at: datetime) -> datetime:
        """When something that comes up at that moment is told: now, in the morning, after quiet."""
        local = at.astimezone(self.store.zone)
        if self.is_digest:
            day = local.date() + timedelta(days=local.time() >= MORNING)
            local = datetime.combine(day, MORNING, tzinfo=self.store.zone)
        return self.after_quiet(local)

    def after_quiet(self, local: datetime) -> datetime:
        """That moment of the store's clock, or the end of the quiet hours it lies in."""
        if self.quiet_from is None or self.quiet_until is None:
            return local
        now = local.time()
        crosses_midnight = self.quiet_until < self.quiet_from
        is_quiet = (
            now >= self.quiet_from or now < self.quiet_until
            if crosses_midnight
            else self.quiet_from <= now < self.quiet_until
        )
        if not is_quiet:
            return local
        day = local.date() + timedelta(days=now >= self.quiet_until)
        return datetime.combine(day, self.quiet_until, tzinfo=self.store.zone)


class NoticeQuerySet(PersonalQuerySet):
    def on_the_bell(self, person: User) -> Self:
        return self.filter(person=person, target=None)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def to_tell(self, at: datetime) -> Self:
        """Waiting to go out by mail or chat, their time has come."""
        return self.filter(target__isnull=False, told_at=None, due_at__lte=at)


class Notice(models.Model):
    """A person is told, once, that alerts of one kind came up: on their bell, or through a target.

    `count` alerts came up together; `alert` is the last of them.
    """

    person = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="notices",
        verbose_name=_("person"),
        db_index=False,
    )
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="+", verbose_name=_("store"), db_index=False
    )
    alert = models.ForeignKey(
        Alert, models.CASCADE, related_name="+", verbose_name=_("alert"), db_index=False
    )
    kind = models.CharField(_("what happened"), max_length=15, choices=AlertEvent.Kind)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    count = models.PositiveIntegerField(_("alerts"), default=1)
    at = models.DateTimeField(_("at"))
    target = models.ForeignKey(
        Target,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("through"),
        db_index=False,
    )
    is_digest = models.BooleanField(default=False)
    due_at = models.DateTimeField(_("to be told"))
    told_at = models.DateTimeField(_("told"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="notice_tells_of_something"),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], condition=Q(target=None), name="notice_bell"),
            models.Index(fields=["store", "at"], name="notice_age"),
            models.Index(
                fields=["person"],
                condition=Q(target=None, read_at=None),
                name="notice_unread",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(target__isnull=False, told_at=None),
                name="notice_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} × {self.count}"


class NoticeMarkQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of no store, and nobody's to look at."""
        return self if user.is_authenticated and user.is_superuser else self.none()


class NoticeMark(models.Model):
    """How far the alerts' events have been told: one row, moved on along with the notices."""

    seen_to = models.BigIntegerField(default=0)

    objects = NoticeMarkQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.seen_to)
