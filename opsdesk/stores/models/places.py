"""Stores, and their channels on platforms."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models.scope import ScopedQuerySet


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
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=settings.LANGUAGES,
        default="zh-hans",
        db_default="zh-hans",
        help_text=_("In which the store writes to its customers."),
    )
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
            "language",
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

    def midnight(self, day: date) -> datetime:
        """The moment in which that business day begins."""
        return datetime.combine(day, time(), tzinfo=self.zone)


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
