"""The numbers, jobs and promises of tracking (FUL-7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from fulfillment import silence
from fulfillment.models import WaitingEvent
from fulfillment.services import (
    cases,
    following,
    handing_over,
    lanes,
    poll_watch,
    polling,
    tracking,
    tracking_intake,
)
from fulfillment.tracking import asking, folder, handlers, subscribing
from opsdesk import retention
from opsdesk.alerts import checks
from opsdesk.deadlines import rules
from opsdesk.deadlines.rules import Rule
from opsdesk.exchange import signatures
from opsdesk.exchange.adapters import registry
from opsdesk.exchange.services import inbox
from opsdesk.retention import Kept
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant
from opsdesk.tokens import scopes
from opsdesk.tokens.scopes import Scope

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

WAITING = Kept(
    "fulfillment.waiting_events",
    Setting(
        key="fulfillment.keep_waiting_events",
        clause="FUL-7",
        title=_("Tracking events of unknown parcels are kept for"),
        default=Decimal(30),
        unit=Unit.DAYS,
        minimum=Decimal(1),
        maximum=Decimal(366),
    ),
    lambda before: WaitingEvent.objects.filter(received_at__lt=before),
)


def follow_parcels(_slot: Slot, at: datetime) -> dict[str, Any]:
    """Events that waited for their parcel, or for their time, count by now."""
    stores = Store.objects.filter(pk__in=tracking_intake.stores_waiting()).order_by("pk")
    moved = sum(tracking_intake.take_in_waiting(store=store, at=at) for store in stores)
    return {"moved": moved, "ripe": tracking.follow_ripe(at=at)}


JOBS = (
    Job(
        "fulfillment.follow_parcels",
        _("Tracking events that waited"),
        follow_parcels,
        every=timedelta(minutes=5),
    ),
    Job(
        "fulfillment.look_for_cases",
        _("Parcels that need somebody"),
        cases.look,
        every=cases.EVERY,
    ),
    Job(
        "fulfillment.poll_parcels",
        _("Sources are asked what became of parcels"),
        poll_watch.tend,
        every=timedelta(minutes=2),
    ),
)
CASES = Rule(
    code="fulfillment.case",
    clause="FUL-7",
    title=_("Parcel in trouble to first step"),
    setting=cases.WITHIN.key,
    subject="fulfillment.parcelcase",
    starts="opened_at",
    reached="handled_at",
    owner_role=Role.CUSTOMER_SERVICE,
)
TRACKING = Scope(
    "tracking:write", _("Tell where parcels are"), ("fulfillment.view_parcel", tracking.TELL)
)
SERVICE = (Role.CUSTOMER_SERVICE, Role.SERVICE_LEAD)


def register() -> None:
    procedure.register(
        tracking.AHEAD, tracking.BEFORE, silence.SILENCE, silence.AT_MOST, cases.WITHIN
    )
    rules.register(CASES)
    procedure.register(*polling.SETTINGS, *lanes.SETTINGS)
    checks.register(*cases.KINDS.values(), poll_watch.GIVEN_UP)
    grant(["fulfillment.view_parcelcase"], to=[*SERVICE, Role.WAREHOUSE, Role.OPERATIONS_LEAD])
    grant([cases.WORK, following.FOLLOW], to=[*SERVICE, Role.WAREHOUSE])
    grant([tracking.TELL], to=[*SERVICE, Role.WAREHOUSE, Role.OPERATIONS_LEAD])
    scopes.register(TRACKING)
    retention.register(WAITING)
    jobs.register(*JOBS, lanes.JOB)
    signatures.register(*handlers.SCHEMES)
    inbox.register(*handlers.HANDLERS)
    registry.register(*subscribing.ADAPTERS, *asking.ADAPTERS, folder.ADAPTER)
    handing_over.on_leave(tracking_intake.take_in_departed, where=tracking_intake.IS_KNOWN)
    handing_over.on_leave(following.parcels_left, where=subscribing.IS_ASKED)
