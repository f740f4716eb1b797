"""Parcels as automation rules know them: where they are, and since when nobody has heard."""

from __future__ import annotations

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from fulfillment.models import Carrier, CarrierService, Parcel, Progress
from opsdesk.automation import events, subjects
from opsdesk.automation.events import Event, Source
from opsdesk.automation.fields import Choices, Field, FieldKind, of
from opsdesk.automation.subjects import Subject
from opsdesk.stores.models import Store


def _carriers(store: Store) -> Choices:
    return [(each.code, str(each)) for each in Carrier.objects.filter(store=store)]


def _services(store: Store) -> Choices:
    found = CarrierService.objects.filter(carrier__store=store).select_related("carrier")
    return [(each.code, str(each)) for each in found.order_by("carrier__code", "code")]


def _warehouses(store: Store) -> Choices:
    return [(each.code, str(each)) for each in Warehouse.objects.filter(store=store)]


SUBJECT = Subject(
    "fulfillment.parcel",
    _("parcel"),
    label="waybill",
    is_taggable=True,
    fields=(
        Field("carrier", _("carrier"), FieldKind.CHOICE, path="carrier__code", choices=_carriers),
        Field("service", _("service"), FieldKind.CHOICE, path="service__code", choices=_services),
        Field(
            "warehouse",
            _("warehouse"),
            FieldKind.CHOICE,
            path="warehouse__code",
            choices=_warehouses,
        ),
        Field("state", _("state"), FieldKind.CHOICE, path="state", choices=of(Parcel.State)),
        Field(
            "progress",
            _("where it is"),
            FieldKind.CHOICE,
            path="progress__state",
            choices=of(Progress),
        ),
        Field("failures", _("failed attempts"), FieldKind.NUMBER, path="progress__failures"),
        Field("weight", _("weight (g)"), FieldKind.NUMBER, path="weight_grams"),
        Field("freight", _("freight cost"), FieldKind.MONEY, path="freight_cost"),
        Field("tags", _("tags"), FieldKind.TAGS),
        Field("silent_for", _("hours without news"), FieldKind.AGE, path="progress__news_at"),
        Field("packed_for", _("hours since it was packed"), FieldKind.AGE, path="packed_at"),
        Field(
            "under_way_for",
            _("hours since it was handed over"),
            FieldKind.AGE,
            path="handed_over_at",
        ),
    ),
)
SOURCE = Source(
    "tracking", "fulfillment.TrackingEvent", subject="parcel_id", recorded="received_at"
)


def _event(code: str, title: str | Promise, state: str) -> Event:
    """What is dated ahead of its time, or from a waybill's former life, is none."""
    return Event(f"fulfillment.{code}", title, SUBJECT.code, SOURCE, Q(state=state, mark=""))


EVENTS = (
    _event("picked_up", _("a carrier picks a parcel up"), Progress.PICKED_UP),
    _event("customs", _("a parcel arrives at customs"), Progress.CUSTOMS),
    _event("failed", _("a delivery fails"), Progress.FAILED),
    _event("to_collect", _("a parcel is ready for collection"), Progress.TO_COLLECT),
    _event("exception", _("a parcel is in trouble"), Progress.EXCEPTION),
    _event("damaged", _("a parcel is told to be damaged"), Progress.DAMAGED),
    _event("lost", _("a parcel is told to be lost"), Progress.LOST),
    _event("returning", _("a parcel turns back"), Progress.RETURNING),
    _event("delivered", _("a parcel is delivered"), Progress.DELIVERED),
)


def register() -> None:
    subjects.register(SUBJECT)
    events.register(*EVENTS)
