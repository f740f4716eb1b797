"""How long parcels take from a warehouse to a province, by own experience (FUL-7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog.admin.stock import WarehouseFilter
from fulfillment import regions
from fulfillment.models import LaneTime
from fulfillment.services import lanes
from opsdesk import keyset, navigation
from opsdesk.filters import ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, pill
from opsdesk.navigation import Screen
from opsdesk.stores import procedure


class ToRegionFilter(PrefixFilter):
    """By its code or its name: 33, 浙江."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        return rows.filter(region=(regions.found_in(value) or value)[:2].upper())


class CarrierFilter(PrefixFilter):
    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(service__carrier__code__istartswith=value) if value else rows


class LaneFilters(ListFilters):
    carrier = CarrierFilter(label=_("Carrier code"))
    region = ToRegionFilter(label=_("Destination"))
    warehouse = WarehouseFilter()
    store = StoreFilter(field_name="service__carrier__store")

    class Meta:
        model = LaneTime
        fields: list[str] = []


def hours(value: Decimal) -> str:
    """As people say it: hours up to two days, days beyond."""
    if value <= 48:
        return gettext("%(hours)s h") % {"hours": f"{value:.0f}"}
    return gettext("%(days)s d") % {"days": f"{value / 24:.1f}"}


def _region(lane: LaneTime) -> str:
    return regions.name_of(lane.region) if lane.region else gettext("everywhere")


def _sample(lane: Any) -> Any:
    return pill(lane.parcels) if lane.is_small else lane.parcels


@admin.register(LaneTime)
class LaneTimeAdmin(ReadOnlyList):
    filters = LaneFilters
    links_rows = False
    sorting = keyset.Sorting("parcels")
    empty_title = _("No lanes yet")
    empty_hint = _("Every night they are worked out of the parcels that have arrived.")
    tabs = [
        Tab("lanes", _("Lanes"), lambda rows: rows.exclude(region=""), counted=False),
        Tab("services", _("Services"), lambda rows: rows.filter(region=""), counted=False),
    ]
    columns = [
        Column(_("service"), lambda lane: lane.service),
        Column(
            pgettext_lazy("of a lane", "from warehouse"),
            lambda lane: lane.warehouse or _("all"),
            "od-wide",
        ),
        Column(_("destination"), _region),
        Column(_("parcels"), _sample, "od-num"),
        Column(_("half arrive within"), lambda lane: hours(lane.median_hours), "od-num od-nowrap"),
        Column(_("nine of ten within"), lambda lane: hours(lane.p90_hours), "od-num od-nowrap"),
        Column(
            _("usual silence up to"),
            lambda lane: hours(lane.silence_hours),
            "od-num od-nowrap od-wide",
        ),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request)
        return rows.select_related("service__carrier__store", "warehouse")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """Which of them are of too few parcels to count; one question per store on the page."""
        at = timezone.now()
        stores = {lane.service.carrier.store for lane in shown}
        samples = {
            store.pk: procedure.value_of(lanes.SAMPLE.key, store=store, at=at) for store in stores
        }
        for lane in shown:
            lane.is_small = lane.parcels < samples[lane.service.carrier.store_id]


navigation.register(
    "fulfillment",
    Screen(
        _("Lanes"),
        "route",
        "admin:fulfillment_lanetime_changelist",
        "fulfillment.view_lanetime",
        rank=62,
    ),
)
