"""Orders as automation rules know them: what is asked of one, what happens to it, and the hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.automation import actions, events, subjects
from opsdesk.automation.actions import (
    Action,
    Batch,
    Did,
    Parameter,
    Refused,
    Values,
)
from opsdesk.automation.events import Event, Source
from opsdesk.automation.fields import Choices, Field, FieldKind, of
from opsdesk.automation.models import FiringEffect
from opsdesk.automation.subjects import Subject
from opsdesk.stores.models import Channel, Store
from opsdesk.stores.roles import Role
from orders.models import Hold, Order, OrderEvent, OrderLine
from orders.review import registry
from orders.review.registry import HoldReason
from orders.services import holding

ASKED_BY_RULE = HoldReason(
    code="automation",
    title=_("An automation rule asked for it"),
    owner_role=Role.ORDER_REVIEWER,
    advice=_("Read what the rule says, look at the order, and release it or cancel it."),
    evidence={"text": _("What is wrong?"), "rule": _("rule"), "version": _("version")},
)


def _channels(store: Store) -> Choices:
    channels = Channel.objects.filter(store=store).order_by("code")
    return [(channel.code, str(channel)) for channel in channels]


def _pieces(_at: datetime) -> BaseExpression:
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    return Coalesce(Subquery(lines.annotate(pieces=Sum("quantity")).values("pieces")), 0)


def _orders_of_customer(_at: datetime) -> BaseExpression:
    theirs = Order.objects.filter(customer=OuterRef("customer")).order_by().values("customer")
    return Coalesce(Subquery(theirs.annotate(number=Count("pk")).values("number")), 0)


def _holds(_at: datetime) -> BaseExpression:
    held = Hold.objects.open().filter(order=OuterRef("pk")).order_by().values("order")
    return Coalesce(Subquery(held.annotate(number=Count("pk")).values("number")), 0)


def _contains_sku(code: str) -> Q:
    return Q(Exists(OrderLine.objects.filter(order=OuterRef("pk"), sku_code=code)))


SUBJECT = Subject(
    "orders.order",
    _("order"),
    label="external_number",
    is_taggable=True,
    fields=(
        Field("channel", _("channel"), FieldKind.CHOICE, path="channel__code", choices=_channels),
        Field("total", _("total"), FieldKind.MONEY, path="total_amount", currency="currency"),
        Field("paid", _("paid"), FieldKind.MONEY, path="paid_amount", currency="currency"),
        Field(
            "discount", _("discount"), FieldKind.MONEY, path="discount_amount", currency="currency"
        ),
        Field("currency", _("currency"), FieldKind.TEXT, path="currency"),
        Field("region", _("region"), FieldKind.TEXT, path="region"),
        Field("pieces", _("pieces"), FieldKind.NUMBER, expression=_pieces),
        Field("skus", _("SKUs in it"), FieldKind.CODES, having=_contains_sku),
        Field("tags", _("tags"), FieldKind.TAGS),
        Field(
            "review", _("review"), FieldKind.CHOICE, path="review_state", choices=of(Order.Review)
        ),
        Field(
            "payment",
            _("payment"),
            FieldKind.CHOICE,
            path="payment_state",
            choices=of(Order.Payment),
        ),
        Field(
            "fulfilment",
            _("fulfilment"),
            FieldKind.CHOICE,
            path="fulfilment_state",
            choices=of(Order.Fulfilment),
        ),
        Field(
            "after_sales",
            _("after-sales"),
            FieldKind.CHOICE,
            path="after_sales_state",
            choices=of(Order.AfterSales),
        ),
        Field("holds", _("open holds"), FieldKind.NUMBER, expression=_holds),
        Field(
            "customer_orders",
            _("orders of the same customer"),
            FieldKind.NUMBER,
            expression=_orders_of_customer,
        ),
        Field("placed_for", _("hours since it was placed"), FieldKind.AGE, path="placed_at"),
        Field("paid_for", _("hours since it was paid"), FieldKind.AGE, path="paid_at"),
        Field("shipped_for", _("hours since it was shipped"), FieldKind.AGE, path="shipped_at"),
        Field("deliver_by", _("delivery promised by"), FieldKind.MOMENT, path="deliver_by"),
    ),
)


def _origin() -> Combinable:
    """Of a hold that rules asked for, the firing that did."""
    held = Hold.objects.filter(
        order=OuterRef(OuterRef("order_id")),
        code=ASKED_BY_RULE.code,
        raised_at=OuterRef(OuterRef("at")),
    )
    effects = FiringEffect.objects.filter(
        effect_type=ContentType.objects.get_for_model(Hold), effect_id__in=held.values("pk")
    ).order_by("-pk")
    return Case(
        When(
            kind=OrderEvent.Kind.HELD,
            data__holds=[ASKED_BY_RULE.code],
            then=Subquery(effects.values("firing_id")[:1]),
        ),
        default=Value(None),
        output_field=BigIntegerField(),
    )


SOURCE = Source(
    "orders",
    "orders.OrderEvent",
    subject="order_id",
    recorded="recorded_at",
    origin=_origin,
)


def _event(code: str, title: str | Promise, kind: str) -> Event:
    return Event(f"orders.{code}", title, SUBJECT.code, SOURCE, Q(kind=kind))


Kind = OrderEvent.Kind
EVENTS = (
    _event("placed", _("an order is placed"), Kind.PLACED),
    _event("paid", _("an order is paid"), Kind.PAID),
    _event("held", _("an order is held"), Kind.HELD),
    _event("let_go", _("a hold of an order is released"), Kind.LET_GO),
    _event("reviewed", _("an order passes its review"), Kind.REVIEWED),
    _event("reserved", _("stock is reserved for an order"), Kind.RESERVED),
    _event("shipped", _("an order is shipped"), Kind.SHIPPED),
    _event("delivered", _("an order is delivered"), Kind.DELIVERED),
    _event("cancelled", _("an order is cancelled"), Kind.CANCELLED),
    _event("refunded", _("an order is refunded"), Kind.REFUNDED),
    _event("changed", _("an order is changed"), Kind.CHANGED),
)


def hold_orders(batch: Batch, values: Values) -> Mapping[int, Did | Refused]:
    """Orders that haven't left are held until a person releases them (ORD-5).

    One that a rule has held already, or that has left, is left alone.
    """
    evidence = {
        "text": values["text"],
        "rule": batch.rule_name,
        "version": batch.version,
    }
    ids = {each.subject_id for each in batch.fired}
    holding.raise_hold(
        sorted(ids),
        code=ASKED_BY_RULE.code,
        evidence=evidence,
        owner_role=str(values["role"]),
        at=batch.at,
    )
    ours = (
        Hold.objects.open()
        .of_orders(ids)
        .filter(code=ASKED_BY_RULE.code, raised_at=batch.at, evidence=evidence)
    )
    held = dict(ours.values_list("order_id", "pk"))
    return {
        each.pk: Did(Hold, held[each.subject_id]) for each in batch.fired if each.subject_id in held
    }


def _can_be_held() -> Q:
    return Q(fulfilment_state__in=[Order.Fulfilment.WAITING, Order.Fulfilment.RESERVED])


HOLD = Action(
    "hold",
    _("hold the order"),
    holding.RELEASE,
    hold_orders,
    parameters=(
        Parameter("text", _("What to say")),
        Parameter(
            "role",
            _("Released by"),
            actions.ParameterKind.CHOICE,
            choices=of(Role),
            default=Role.ORDER_REVIEWER.value,
        ),
    ),
    subjects=(SUBJECT.code,),
    would=_can_be_held,
)


def register() -> None:
    registry.register(ASKED_BY_RULE)
    subjects.register(SUBJECT)
    events.register(*EVENTS)
    actions.register(HOLD)
