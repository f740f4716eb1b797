"""Whether the way back of an order's goods is insured, and at which premium (FUL-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from fulfillment.models import FreightInsurance
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel, Store
from opsdesk.stores.procedure import Setting, Unit
from orders.models import Order

RATE_DAYS = Setting(
    key="fulfillment.refund_rate_days",
    clause="FUL-8",
    title=_("The refund rate that insurers look at is of the last"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(366),
)


@dataclass(frozen=True)
class Cover:
    """Who pays the way back, up to how much, and what an order's premium is (None: unknown)."""

    insurance: FreightInsurance
    premium: Decimal | None

    @property
    def amount(self) -> Decimal:
        return self.insurance.cover


def cover_of(order: Order) -> Cover | None:
    """The insurance that held when the order was placed; None where it is not covered.

    The channel's own goes before the one of all channels.
    """
    return cover_at(order.store, order.channel, at=order.placed_at)


def cover_at(store: Store, channel: Channel | None, *, at: datetime) -> Cover | None:
    """What an order that is placed at that moment on this channel is covered by."""
    day = store.business_date(at)
    holding = FreightInsurance.objects.valid_on(day).filter(
        Q(channel=None) | Q(channel=channel), store=store
    )
    found = sorted(holding, key=lambda each: each.channel_id is None)
    return Cover(found[0], premium_of(found[0], at=at)) if found else None


def premium_of(insurance: FreightInsurance, *, at: datetime) -> Decimal | None:
    """The fixed premium, or that of the band in which the store's refund rate lies then."""
    if insurance.premium is not None:
        return insurance.premium
    rate = refund_rate(insurance.store, at=at)
    bands = [band for band in insurance.bands.order_by("rate_from") if band.rate_from <= rate]
    return bands[-1].premium if bands else None


def refund_rate(store: Store, *, at: datetime) -> Decimal:
    """Percent of the paid orders of the last days in which money was given back."""
    days = procedure.value_of(RATE_DAYS.key, store=store, at=at)
    told = Order.objects.filter(
        store=store,
        paid_at__isnull=False,
        placed_at__gte=at - timedelta(days=int(days)),
        placed_at__lt=at,
    ).aggregate(
        paid=Count("pk"),
        refunded=Count("pk", filter=Q(payment_state__in=["part_refunded", "refunded"])),
    )
    return round(Decimal(100) * told["refunded"] / told["paid"], 2) if told["paid"] else Decimal(0)
