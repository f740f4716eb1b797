"""`carriers.coverage`: where services deliver, and how much longer it takes there (FUL-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.importers import base
from fulfillment.models import CoverageArea
from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.sheets import Readers

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

MOST_DAYS = 60


def days(cell: str) -> int:
    number = base.whole(values.trim(cell))
    if number > MOST_DAYS:
        raise BadValue("too_large", _("At most %(most)s days.") % {"most": MOST_DAYS})
    return number


class CoverageImporter(base.CarrierImporter):
    name = "carriers.coverage"
    permission = "fulfillment.change_coveragearea"
    title = gettext_lazy("Coverage of carriers (CSV or XLSX)")
    description = gettext_lazy(
        "Columns carrier, service, region, perhaps delivered, extra_days. Regions are told by code "
        "or name; one that is there is told anew."
    )
    columns = (
        base.CARRIER,
        base.SERVICE,
        base.REGION,
        Column(
            "is_delivered",
            gettext_lazy("delivered to"),
            ("delivered", "is_delivered", "deliverable", "可送达", "是否送达", "派送"),
        ),
        Column(
            "extra_days",
            gettext_lazy("extra days"),
            ("extra_days", "extra days", "额外天数", "加时"),
        ),
    )
    model = CoverageArea
    key_fields = ("service_id", "region")
    told_fields = ("is_delivered", "extra_days")

    def readers(self) -> Readers:
        return {**base.READERS, "extra_days": days}

    def owners(self, store: Store) -> dict[tuple[str, str], int]:
        return base.services_of(store)

    def owner_of(self, data: dict[str, Any], owners: Any) -> Problem | None:
        service = owners.get((data["carrier"], data["service"]))
        if service is None:
            return base.unknown_service(data)
        data["service_id"] = service
        return None
