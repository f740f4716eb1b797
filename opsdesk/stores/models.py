from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores import procedure, stamp
from opsdesk.stores.procedure import Number, Unit
from opsdesk.stores.publicdays import validate_country
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


# Who may change a row may look at it too.
LOOKING = ("view", "change")


class ScopedQuerySet(models.QuerySet):
    """Rows that belong to a store. `store_field` is the path from the row to its store's id."""

    store_field = "store_id"
    # Some rows hold for all stores and name none.
    has_common_rows = False

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Only rows of the stores this person works for; the one gate of admin, search and API."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(**{f"{self.store_field}__in": user.store_ids})

    def viewable_by(self, user: User | AnonymousUser) -> Self:
        """Of those only rows of stores where the person's roles let them look at this kind."""
        rows = self.visible_to(user)
        if not user.is_authenticated or user.is_superuser:
            return rows
        kind = f"{self.model._meta.app_label}.{{}}_{self.model._meta.model_name}"
        allowed = {pk for verb in LOOKING for pk in user.stores_allowing(kind.format(verb))}
        if allowed.issuperset(user.store_ids):
            return rows
        where = Q(**{f"{self.store_field}__in": sorted(allowed)})
        if self.has_common_rows:
            where |= Q(**{self.store_field: None})
        return rows.filter(where)

    def in_stores(self, store_ids: Iterable[int]) -> Self:
        return self.filter(**{f"{self.store_field}__in": list(store_ids)})


class PersonQuerySet(ScopedQuerySet):
    store_field = "memberships__store"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The person's colleagues: whoever works for one of their stores. Never superusers."""
        if user.is_authenticated and user.is_superuser:
            return super().visible_to(user)
        return super().visible_to(user).filter(is_superuser=False).distinct()


class PersonManager(UserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]
    use_in_migrations = False


class User(AbstractUser):
    """A person. What they may do where is said by their memberships, not by this row."""

    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Empty: as the browser asks.")
    )

    # Counted up by the database when the account is switched off or on, or a role comes or goes:
    # sessions from before are over then, whoever changed it, and how.
    session_stamp = models.PositiveIntegerField(default=0, editable=False)

    objects = PersonManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        triggers = [
            stamp.KEPT,
            *recording(
                "username",
                "is_active",
                "is_superuser",
                hidden=["password", "email", "first_name", "last_name"],
                label="{row}.username",
                store="NULL::bigint",
                inserts=True,
            ),
        ]

    @cached_property
    def roles_by_store(self) -> dict[int, set[str]]:
        """Store id → roles, of active stores. One query per instance, hence per request."""
        roles: dict[int, set[str]] = {}
        rows = self.memberships.filter(store__is_active=True).values_list("store_id", "role")
        for store_id, role in rows:
            roles.setdefault(store_id, set()).add(role)
        return roles

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django compares it on every request: another password or stamp ends the session."""
        return salted_hmac(
            "opsdesk.stores.User.session",
            f"{self.password} {self.session_stamp}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    @property
    def store_ids(self) -> list[int]:
        return sorted(self.roles_by_store)

    def roles_in(self, store_id: int) -> set[str]:
        return self.roles_by_store.get(store_id, set())

    def stores_allowing(self, permission: str) -> list[int]:
        """Ids of the stores in which this person may do `app.codename`."""
        if self.is_superuser:
            return list(Store.objects.filter(is_active=True).values_list("pk", flat=True))
        from opsdesk.stores.auth import permissions_by_store

        return [pk for pk, names in permissions_by_store(self).items() if permission in names]


def validate_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(
            _("%(name)s is not a time zone; use a name such as Asia/Shanghai."),
            params={"name": name},
            code="timezone",
        ) from error


class StoreQuerySet(ScopedQuerySet):
    store_field = "pk"

    def active(self) -> Self:
        return self.filter(is_active=True)


class Store(models.Model):
    """A business that keeps one stock, one set of books and one business day."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    timezone = models.CharField(
        _("time zone"), max_length=64, default="Asia/Shanghai", validators=[validate_timezone]
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    objects = StoreQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="store_currency_iso4217"
            ),
        ]
        triggers = recording(
            "code",
            "name",
            "timezone",
            "currency",
            "is_active",
            label="{row}.code",
            store="{row}.id",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def business_date(self, at: datetime) -> date:
        """The store's own calendar day at that moment."""
        return at.astimezone(self.zone).date()


class Platform(models.TextChoices):
    TMALL = "tmall", _("Tmall")
    TAOBAO = "taobao", _("Taobao")
    JD = "jd", _("JD")
    PDD = "pdd", _("Pinduoduo")
    DOUYIN = "douyin", _("Douyin")
    SHOPIFY = "shopify", _("Shopify")
    WOOCOMMERCE = "woocommerce", _("WooCommerce")
    OWN = "own", _("Own site")


class ChannelQuerySet(ScopedQuerySet):
    pass


class Channel(models.Model):
    """A shop of the store on a platform: what it can do, and (as settings) what it promises.

    Promised times are overrides of the procedure's numbers for this channel; see `procedure.py`.
    """

    class ReserveOn(models.TextChoices):
        PLACED = "placed", _("when the order is placed")
        PAID = "paid", _("when the order is paid")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="channels", verbose_name=_("store")
    )
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    reserve_on = models.CharField(
        _("reserves stock"), max_length=10, choices=ReserveOn, default=ReserveOn.PLACED
    )
    takes_unpaid_orders = models.BooleanField(_("sends unpaid orders"), default=True)
    masks_recipients = models.BooleanField(
        _("masks recipients"),
        default=False,
        help_text=_("The platform gives an alias instead of the recipient's name and phone."),
    )
    accepts_waybill_push = models.BooleanField(_("accepts waybills"), default=False)
    accepts_stock_push = models.BooleanField(_("accepts stock levels"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="channel_unique_store_code"),
            models.CheckConstraint(
                condition=Q(platform__in=Platform.values), name="channel_platform_known"
            ),
            models.CheckConstraint(
                condition=Q(reserve_on__in=["placed", "paid"]), name="channel_reserve_on_known"
            ),
        ]
        triggers = recording(
            "store",
            "code",
            "name",
            "platform",
            "reserve_on",
            "takes_unpaid_orders",
            "masks_recipients",
            "accepts_waybill_push",
            "accepts_stock_push",
            "is_active",
            label="{row}.code",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(ScopedQuerySet):
    pass


class Membership(models.Model):
    """A person has a role in a store. Rights follow from these rows and from nothing else."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="memberships", verbose_name=_("store")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role)
    granted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="granted_memberships",
        verbose_name=_("granted by"),
    )
    granted_at = models.DateTimeField(_("granted"), default=now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "role", "user_id"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "store", "role"], name="membership_unique_user_store_role"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]
        triggers = [
            *stamp.counted_up_with_roles(),
            *recording(
                "user",
                "store",
                "role",
                "granted_by",
                label="(SELECT u.username FROM stores_user u WHERE u.id = {row}.user_id)"
                " || ': ' || {row}.role",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.store}"


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


class SettingOverrideQuerySet(ScopedQuerySet):
    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the person's stores, and those that hold for all stores."""
        if user.is_authenticated and user.is_active and not user.is_superuser:
            return self.filter(Q(store__in=user.store_ids) | Q(store=None))
        return super().visible_to(user)

    def in_force(self, at: datetime) -> Self:
        """For every key and scope the one row that holds at that moment."""
        return (
            self.filter(valid_from__lte=at)
            .order_by("key", "store_id", "channel_id", "-valid_from", "-pk")
            .distinct("key", "store_id", "channel_id")
        )

    def not_yet_applied(self, at: datetime) -> Self:
        return self.filter(applied_at=None, valid_from__lte=at)


class SettingOverride(models.Model):
    """From `valid_from` on, a number of the procedure has this value for this scope.

    Rows are never edited: the rows of a key are its history. An empty value ends an override.
    Scope: a channel, else a store, else (both empty) every store.
    """

    key = models.CharField(_("setting"), max_length=80)
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="setting_overrides",
        verbose_name=_("store"),
    )
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="setting_overrides",
        verbose_name=_("channel"),
    )
    value = models.DecimalField(
        _("value"),
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("Empty: back to the value of the wider scope."),
    )
    unit = models.CharField(
        _("unit"),
        max_length=20,
        choices=procedure.CHOICES_OF_TIME,
        blank=True,
        default="",
        help_text=_("Of a promise; empty: the number's own."),
    )
    valid_from = models.DateTimeField(_("valid from"))
    set_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("set by"),
    )
    set_at = models.DateTimeField(_("set"), default=now, editable=False)
    reason = models.CharField(_("reason"), max_length=300)
    applied_at = models.DateTimeField(
        _("applied to open clocks"), null=True, blank=True, editable=False
    )

    objects = SettingOverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel=None) | Q(store__isnull=False),
                name="setting_override_channel_has_store",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="setting_override_has_reason"),
            models.CheckConstraint(
                condition=Q(unit__in=["", *procedure.OF_TIME]), name="setting_override_unit_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["key", "store", "channel", "-valid_from"], name="setting_override_lookup"
            ),
            models.Index(
                fields=["valid_from"],
                condition=Q(applied_at=None),
                name="setting_override_unapplied",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="append_only_update",
                fields=[
                    "key",
                    "store",
                    "channel",
                    "value",
                    "unit",
                    "valid_from",
                    "set_by",
                    "reason",
                ],
            ),
            *recording(
                "key",
                "channel",
                "value",
                "unit",
                "valid_from",
                "reason",
                label="{row}.key",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"

    @property
    def number(self) -> Number | None:
        """What holds by this row; None where it ends an override."""
        if self.value is None:
            return None
        return Number(self.value, Unit(self.unit) if self.unit else procedure.get(self.key).unit)
