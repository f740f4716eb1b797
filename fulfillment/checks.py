"""What the daily inspection looks at in fulfilment: what stands still, who tells (INS-6, 8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from fulfillment.models import LateRisk, Parcel, ParcelCase, ParcelPoll, ShipmentMiss
from fulfillment.services import cases, cut_offs, late_risks, misses, poll_watch
from opsdesk.inspection.checks import Check, Seen, once_a_walk
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

Reason = LateRisk.Reason
Kind = ShipmentMiss.Kind


def _missed(store: Store, at: datetime) -> Seen:
    yesterday = store.business_date(at) - timedelta(days=1)
    found = misses.find_misses(store, yesterday, at=at)
    unsettled = ShipmentMiss.objects.unsettled().filter(store=store).order_by()
    figures: dict[str, Any] = unsettled.aggregate(
        missed=Count("pk", filter=Q(kind=Kind.MISSED)),
        short=Count("pk", filter=Q(kind=Kind.SHORT)),
        followed_up=Count("pk", filter=Q(state=ShipmentMiss.State.FOLLOWED_UP)),
    )
    return Seen(figures={"found": found, **figures})


def _late_orders(store: Store, at: datetime) -> dict[str, int]:
    """One look finds them for both checks."""
    look = partial(late_risks.look_for_late_orders, store, at=at)
    return once_a_walk(("fulfillment.late_orders", store.pk, at), look)


def _short(store: Store, at: datetime) -> Seen:
    late = _late_orders(store, at)
    return Seen(
        figures={
            "shortage": late[Reason.SHORTAGE],
            "presale": late[Reason.PRESALE],
            "short_picks": cut_offs.tell_short_picks(store, at=at),
        }
    )


def _late(store: Store, at: datetime) -> Seen:
    late = _late_orders(store, at)
    return Seen(
        figures={"not_ready": late[Reason.NOT_READY], "capacity": late[Reason.CAPACITY]},
    )


def _stalled(store: Store, at: datetime) -> Seen:
    cases.look_for_cases(store, at=at)
    opened = ParcelCase.objects.open().filter(store=store).order_by().values("kind")
    counts = dict(opened.annotate(parcels=Count("pk")).values_list("kind", "parcels"))
    away = Parcel.objects.filter(store=store, state=Parcel.State.HANDED_OVER)
    figures = {str(kind): counts.get(kind, 0) for kind in cases.KINDS}
    return Seen(figures={"away": away.count(), **figures})


def _answering(store: Store, at: datetime) -> Seen:
    given_up = poll_watch.look_for_given_up(store, at=at)
    asked = ParcelPoll.objects.open().filter(parcel__store=store)
    return Seen(figures={"asked": asked.count(), "given_up": given_up})


MISSED = Check(
    code="INS-6.missed",
    title=_("Missed and short shipments are followed up"),
    looks_at=_(
        "Orders whose ship-by had passed when yesterday ended and that were still here, and "
        "orders of which a part stayed behind."
    ),
    steps=(
        _("Open the list of missed shipments, the oldest day first."),
        _("Ship what can be shipped now, and tell the customers of the rest."),
        _("Write down for each of the others who does what about it."),
    ),
    owner_role=Role.WAREHOUSE,
    kinds=(misses.OPEN,),
    look=_missed,
    figures={
        "found": _("found just now"),
        "missed": _("missed"),
        "short": _("short"),
        "followed_up": _("followed up"),
    },
)
SHORT = Check(
    code="INS-6.short",
    title=_("No order stays here for lack of goods"),
    looks_at=_(
        "Paid orders that will miss their ship-by, or have, since their goods are missing; "
        "presales whose goods come too late; goods that were not where the pick list said."
    ),
    steps=(
        _("Open the list of late orders: it tells which goods each of them lacks, and since when."),
        _("Order the goods, move them from another warehouse, or split the order."),
        _("Tell the customers whose orders can't leave in time; change, wait or cancel."),
    ),
    owner_role=Role.CATALOG_OPERATOR,
    kinds=(
        late_risks.KINDS[Reason.SHORTAGE],
        late_risks.KINDS[Reason.PRESALE],
        cut_offs.SHORT,
    ),
    look=_short,
    numbers=(late_risks.LOOK_AHEAD, late_risks.PRESALES_AHEAD),
    figures={
        "shortage": _("orders that lack goods"),
        "presale": _("presales that lack goods"),
        "short_picks": _("warehouses with short picks"),
    },
)
LATE = Check(
    code="INS-6.late",
    title=_("What has its goods leaves in time"),
    looks_at=_(
        "Paid orders that are not packed shortly before their ship-by, or after it, and those that "
        "are more than their warehouse ships until then."
    ),
    steps=(
        _("Open the list of late orders, those that are due first on top."),
        _("Have what waits for its review reviewed, and what is ready packed in this order."),
        _("Where it is more than the warehouse ships, take people from elsewhere."),
    ),
    owner_role=Role.WAREHOUSE,
    kinds=(late_risks.KINDS[Reason.NOT_READY], late_risks.KINDS[Reason.CAPACITY]),
    look=_late,
    numbers=(late_risks.READY_BEFORE, late_risks.PICKED_BEFORE, late_risks.PACE),
    figures={
        "not_ready": _("not packed yet"),
        "capacity": _("more than the warehouse ships"),
    },
)
STALLED = Check(
    code="INS-6.stalled",
    title=_("Parcels are moving"),
    looks_at=_(
        "Parcels without news, and those that failed, broke, were lost, come back or that the "
        "customer has not received."
    ),
    steps=(
        _("Open the list of parcel cases; those without a first step come first."),
        _("Ask the carrier with the text on the case's page, and tell the customer."),
        _("Claim the value of what is lost or broken; resend it or refund it."),
    ),
    owner_role=Role.CUSTOMER_SERVICE,
    kinds=tuple(cases.KINDS.values()),
    look=_stalled,
    numbers=(cases.WITHIN,),
    figures={"away": _("parcels under way")}
    | {str(kind): alert.title for kind, alert in cases.KINDS.items()},
)
ANSWERING = Check(
    code="INS-8.tracking",
    title=_("Sources say what becomes of parcels"),
    looks_at=_("Sources of tracking news that can't answer for parcels under way any more."),
    steps=(
        _("Open the finding: it names the source and its last error."),
        _("Mend the key, the carrier's code or the file, and ask again on the parcels' pages."),
    ),
    owner_role=Role.ADMINISTRATOR,
    kinds=(poll_watch.GIVEN_UP,),
    look=_answering,
    figures={
        "asked": _("parcels that sources are asked of"),
        "given_up": _("sources that can't answer"),
    },
)
CHECKS = (MISSED, SHORT, LATE, STALLED, ANSWERING)
