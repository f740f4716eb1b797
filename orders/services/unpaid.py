"""Orders that nobody pays: their customers are reminded once, then they are cancelled (ORD-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from opsdesk import wording
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.db import retrying
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel, Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.models import CustomerMessage, LapsedOrder, Order, OrderQuerySet, PresaleOrder
from orders.services import lifecycle, opting_out, telling
from orders.services.telling import Note

BATCH = 200
# Where an order is never cancelled by itself, nobody is reminded of one older than this.
LONGEST = timedelta(days=1)

REMINDS = Setting(
    key="orders.reminds_unpaid",
    clause="ORD-6",
    title=_("Customers are reminded of unpaid orders"),
    default=Decimal(1),
    unit=Unit.SWITCH,
    maximum=Decimal(1),
    platforms=telling.SPEAK_THEMSELVES,
)
REMIND_AFTER = Setting(
    key="orders.remind_unpaid_after",
    clause="ORD-6",
    title=_("Unpaid orders are reminded of after"),
    default=Decimal(30),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)
CANCEL_AFTER = Setting(
    key="orders.cancel_unpaid_after",
    clause="ORD-6",
    title=_("Unpaid orders are cancelled after (0: the channel does it)"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
)
PAID_AFTER_ALL = AlertKind(
    code="orders.paid_after_lapse",
    title=_("Money for an order that was cancelled as unpaid"),
    clause="ORD-6",
    runbook=_(
        "Send the money back, or agree with the customer on a new order; the alert closes itself "
        "once nothing of it is left here."
    ),
    evidence={
        "paid": _("paid"),
        "refunded": _("refunded"),
        "paid_at": _("paid at"),
        "cancelled_at": _("cancelled"),
        "cause": _("cancelled because"),
    },
    words={"cause": dict(LapsedOrder.Cause.choices)},
)


@dataclass(frozen=True)
class Limits:
    """What holds for a channel's unpaid orders. `cancels_after` is empty: it does so itself."""

    reminds: bool
    reminds_after: timedelta
    cancels_after: timedelta | None

    @classmethod
    def of(cls, channel: Channel, *, at: datetime) -> Limits:
        numbers = procedure.numbers_of(
            [REMINDS.key, REMIND_AFTER.key, CANCEL_AFTER.key],
            store=channel.store,
            channel=channel,
            at=at,
        )
        cancels = timedelta(minutes=float(numbers[CANCEL_AFTER.key].value))
        return cls(
            reminds=bool(numbers[REMINDS.key].value),
            reminds_after=timedelta(minutes=float(numbers[REMIND_AFTER.key].value)),
            cancels_after=cancels or None,
        )


def remind_unpaid(*, at: datetime) -> int:
    """Who has not paid in time has been reminded, once an order. Returns how many now.

    Not in quiet hours: then it is the first run after them. Two at once share the work; what was
    missed is caught up as long as the order is not to be cancelled. Safe to repeat.
    """
    reminded = 0
    for channel, limits in channels_with_limits(at):
        if limits.reminds and not telling.is_quiet(channel.store, at=at):
            while batch := _remind(channel, limits, at=at):
                reminded += batch[1]
                if batch[0] < BATCH:
                    break
    return reminded


def channels_with_limits(at: datetime) -> Iterator[tuple[Channel, Limits]]:
    """Of every active store."""
    channels = Channel.objects.filter(store__is_active=True).select_related("store")
    for channel in channels.order_by("pk"):
        yield channel, Limits.of(channel, at=at)


@transaction.atomic
def _remind(channel: Channel, limits: Limits, *, at: datetime) -> tuple[int, int]:
    """How many were looked at, and how many are told."""
    oldest = at - (limits.cancels_after or LONGEST)
    said = CustomerMessage.objects.filter(order=OuterRef("pk"), kind=CustomerMessage.Kind.REMINDER)
    owing = without_deposit(Order.objects.to_pay()).filter(
        ~Exists(said),
        channel=channel,
        placed_at__gt=oldest,
        placed_at__lte=at - limits.reminds_after,
    )
    orders = list(
        owing.select_related("store", "channel", "presale")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("placed_at", "pk")[:BATCH]
    )
    notes = [_reminder(order, limits) for order in orders]
    return len(orders), telling.tell_customers(notes, at=at)


def without_deposit(orders: OrderQuerySet) -> OrderQuerySet:
    """All but those whose deposit is paid: of these the balance is due, when its window says."""
    paid = PresaleOrder.objects.filter(order=OuterRef("pk"), deposit_paid_at__isnull=False)
    return orders.filter(~Exists(paid))


def _reminder(order: Order, limits: Limits) -> Note:
    until = order.placed_at + (limits.cancels_after or LONGEST)
    return Note(
        order,
        CustomerMessage.Kind.REMINDER,
        {
            "store": str(order.store),
            "number": order.external_number,
            "amount": wording.money(_to_be_paid(order), order.currency),
            "until": wording.moment(until, order.store.zone),
            "stop": opting_out.link_for(order),
        },
    )


def _to_be_paid(order: Order) -> Decimal:
    """What keeps the order: of a presale with a deposit only that."""
    presale: PresaleOrder | None = getattr(order, "presale", None)
    return presale.deposit_amount if presale and presale.deposit_amount else order.total_amount


def cancel_unpaid(*, at: datetime) -> int:
    """Orders past their channel's limit are cancelled, their stock is free. Returns how many now.

    In batches that commit on their own; after an outage all that fell due meanwhile. Repeatable.
    """
    cancelled = 0
    for channel, limits in channels_with_limits(at):
        if limits.cancels_after is None:
            continue
        while True:
            done = _cancel_some(channel, limits.cancels_after, at=at)
            cancelled += done
            if done < BATCH:
                break
    return cancelled


def _cancel_some(channel: Channel, limit: timedelta, *, at: datetime) -> int:
    lapsed = without_deposit(Order.objects.to_pay()).filter(
        channel=channel, placed_at__lte=at - limit
    )
    ids = list(lapsed.order_by("placed_at", "pk").values_list("pk", flat=True)[:BATCH])
    return retrying(partial(_cancel_those, ids, limit, at=at)) if ids else 0


def _cancel_those(order_ids: list[int], limit: timedelta, *, at: datetime) -> int:
    """Whoever was paid while we waited for the lock is let go: PostgreSQL reads the row anew.

    A deposit is a row of its own, so it is looked for once the order is held.
    """
    held = list(Order.objects.to_pay().filter(pk__in=order_ids).locked())
    owing = without_deposit(Order.objects.filter(pk__in=[order.pk for order in held]))
    still = set(owing.values_list("pk", flat=True))
    return lapse(
        [(order.pk, order.placed_at + limit) for order in held if order.pk in still],
        cause=LapsedOrder.Cause.UNPAID,
        at=at,
    )


def lapse(due: list[tuple[int, datetime]], *, cause: LapsedOrder.Cause, at: datetime) -> int:
    """These orders (id, when they were due) are cancelled by the system. The caller holds them."""
    ids = [pk for pk, _due in due]
    lifecycle.cancel_locked(ids, actor=None, at=at, data={"lapse": str(cause)})
    LapsedOrder.objects.bulk_create(
        [LapsedOrder(order_id=pk, cause=cause, due_at=due_at, at=at) for pk, due_at in due]
    )
    return len(ids)


def look_for_late_money(store: Store, *, at: datetime) -> int:
    """One open alert for each order of which we hold money though we cancelled it as unpaid."""
    content_type = ContentType.objects.get_for_model(Order)
    lapses = LapsedOrder.objects.paid_after_all().filter(order__store=store)
    findings = [
        alerts.Finding(
            key=str(lapsed.order_id),
            subject_type_id=content_type.pk,
            subject_id=lapsed.order_id,
            subject_label=lapsed.order.external_number,
            owner_role=Role.FINANCE,
            severity=Severity.CRITICAL,
            money_at_risk=lapsed.order.net_amount,
            evidence={
                "paid": str(lapsed.order.paid_amount),
                "refunded": str(lapsed.order.refunded_amount),
                "paid_at": wording.moment(lapsed.order.paid_at, store.zone),
                "cancelled_at": wording.moment(lapsed.order.cancelled_at, store.zone),
                "cause": lapsed.cause,
            },
        )
        for lapsed in lapses.select_related("order").order_by("pk")
    ]
    alerts.report(PAID_AFTER_ALL, findings, store_id=store.pk, at=at)
    return len(findings)
