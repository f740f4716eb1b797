"""Parcels that need somebody are found, worked on, and let go when news say better (FUL-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Min
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.services.handling import require_right
from fulfillment.models import Parcel, ParcelCase
from fulfillment.silence import lane_cutoffs, patience_of
from opsdesk import privacy
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.db import is_taken, lock_name
from opsdesk.deadlines import services as deadlines
from opsdesk.errors import Conflict, DomainError
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

Kind = ParcelCase.Kind
WORK = "fulfillment.work_parcelcase"
MOST_WORDS = 300

WITHIN = Setting(
    key="fulfillment.case_within",
    clause="FUL-7",
    title=gettext_lazy("The first step for a parcel in trouble is taken within"),
    default=Decimal(4 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    has_clock=True,
)
# What a customer says of a parcel that has arrived.
REPORTED = (Kind.NOT_RECEIVED, Kind.DAMAGED)
OWNERS = {Kind.RETURNED: Role.WAREHOUSE}


def _alert(kind: Kind, title: Any, runbook: Any) -> AlertKind:
    return AlertKind(
        code=f"fulfillment.parcels_{kind}",
        title=title,
        clause="FUL-7",
        runbook=runbook,
        evidence={
            "parcels": gettext_lazy("parcels"),
            "first": gettext_lazy("since"),
            "untouched": gettext_lazy("without a first step"),
        },
        acts_on=ListPlace(
            "admin:fulfillment_parcelcase_changelist", "fulfillment.view_parcelcase", tab=str(kind)
        ),
    )


KINDS = {
    Kind.STALLED: _alert(
        Kind.STALLED,
        gettext_lazy("Parcels without news"),
        gettext_lazy(
            "Ask the carrier with the text on the case's page, and tell the customer. The case "
            "closes by itself with the next news."
        ),
    ),
    Kind.FAILED: _alert(
        Kind.FAILED,
        gettext_lazy("Parcels that could not be delivered"),
        gettext_lazy("Settle with the customer when and where it can be delivered."),
    ),
    Kind.TROUBLE: _alert(
        Kind.TROUBLE,
        gettext_lazy("Parcels in trouble on their way"),
        gettext_lazy("Read the carrier's words, ask the carrier, and tell the customer."),
    ),
    Kind.DAMAGED: _alert(
        Kind.DAMAGED,
        gettext_lazy("Damaged parcels"),
        gettext_lazy(
            "Ask for photos, claim the value from the carrier; resend or refund. It is closed by a "
            "person only."
        ),
    ),
    Kind.RETURNED: _alert(
        Kind.RETURNED,
        gettext_lazy("Parcels that come back"),
        gettext_lazy("Receive the goods, and settle with the customer: resend or refund."),
    ),
    Kind.LOST: _alert(
        Kind.LOST,
        gettext_lazy("Parcels the carrier has lost"),
        gettext_lazy("Claim the value from the carrier; resend or refund."),
    ),
    Kind.NOT_RECEIVED: _alert(
        Kind.NOT_RECEIVED,
        gettext_lazy("Delivered, but the customer has not received it"),
        gettext_lazy("Ask the carrier for the proof of delivery, then resend or refund."),
    ),
}

# Since when silence is none on lanes that are known; without a warehouse, on all of a service's.
_LANES = """
WITH lanes AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(lanes)s) AS l (
        service_id bigint, warehouse_id bigint, region text, cutoff timestamptz
    )
)
"""

# One row per parcel and what is wrong with it now; `cause_at` names the cause. What waits to be
# collected is the customer's to fetch.
_WRONG = """
SELECT p.id AS parcel_id, w.kind, w.cause_at
FROM fulfillment_parcel p
LEFT JOIN fulfillment_parcelprogress g ON g.parcel_id = p.id
LEFT JOIN fulfillment_parcelpromise r ON r.parcel_id = p.id
LEFT JOIN lanes lane ON lane.service_id = p.service_id AND lane.warehouse_id = p.warehouse_id
    AND lane.region = left(r.region, 2)
LEFT JOIN lanes service ON service.service_id = p.service_id AND service.warehouse_id IS NULL
CROSS JOIN LATERAL (
    SELECT greatest(g.news_at, p.handed_over_at) AS heard_at,
        coalesce(lane.cutoff, service.cutoff, %(cutoff)s) AS cutoff
) h
CROSS JOIN LATERAL (VALUES
    ('stalled', h.heard_at, p.state = 'handed_over' AND h.heard_at < h.cutoff
        AND coalesce(g.state, '') NOT IN ('to_collect', 'returning', 'exception', 'damaged')),
    ('failed', g.event_at, g.state = 'failed_attempt'),
    ('trouble', g.event_at, g.state IN ('exception', 'cancelled')),
    ('returned', g.event_at, g.state IN ('returning', 'returned')),
    ('lost', g.event_at, g.state = 'lost')
) w (kind, cause_at, is_so)
WHERE p.store_id = %(store)s AND p.state IN ('handed_over', 'returned', 'lost') AND w.is_so
"""

# Once, whatever became of the parcel since: later scans don't mend it.
_DAMAGED = """
SELECT p.id AS parcel_id, 'damaged' AS kind, g.damaged_at AS cause_at
FROM fulfillment_parcelprogress g
JOIN fulfillment_parcel p ON p.id = g.parcel_id AND p.handed_over_at IS NOT NULL
WHERE p.store_id = %(store)s AND g.damaged_at IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM fulfillment_parcelcase c WHERE c.parcel_id = p.id AND c.kind = 'damaged'
  )
"""

_OPEN = f"""
{_LANES}
INSERT INTO fulfillment_parcelcase (
    store_id, parcel_id, kind, cause_at, opened_at, note, ended, result
)
SELECT %(store)s, wrong.parcel_id, wrong.kind, wrong.cause_at, %(at)s, '', '', ''
FROM ({_WRONG} UNION ALL {_DAMAGED}) wrong
ORDER BY wrong.parcel_id, wrong.kind
ON CONFLICT DO NOTHING
RETURNING id, parcel_id
"""

# A silence ends with any news; what was told, when the parcel is said to be elsewhere.
_CLOSE = f"""
{_LANES}
UPDATE fulfillment_parcelcase c SET closed_at = %(at)s, ended = 'news'
FROM fulfillment_parcel p
WHERE p.id = c.parcel_id AND c.store_id = %(store)s AND c.closed_at IS NULL
  AND c.kind NOT IN ('not_received', 'damaged') AND c.opened_at <= %(at)s
  AND NOT EXISTS (
      SELECT FROM ({_WRONG}) wrong
      WHERE wrong.parcel_id = c.parcel_id AND wrong.kind = c.kind
        AND (c.kind <> 'stalled' OR wrong.cause_at <= c.cause_at)
  )
RETURNING c.id
"""


def look_for_cases(store: Store, *, at: datetime) -> dict[str, int]:
    """Each parcel that needs somebody has an open case with a clock; what is over is closed.

    A fixed number of statements, however many parcels. Holds the store's lock of cases; a re-run
    writes the same. Returns how many were opened and closed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_name(f"fulfillment.cases:{store.pk}")
        patience = patience_of(store, at=at)
        lanes = orjson.dumps(lane_cutoffs(store, patience, at=at)).decode()
        facts: dict[str, Any] = {
            "store": store.pk,
            "at": at,
            "cutoff": patience.cutoff,
            "lanes": lanes,
        }
        cursor.execute(_CLOSE, facts)
        closed = [pk for (pk,) in cursor.fetchall()]
        deadlines.cancel(ParcelCase, closed, at=at)
        cursor.execute(_OPEN, facts)
        opened = cursor.fetchall()
        _start_clocks(opened, store, at=at)
        _tell(store, at)
    return {"opened": len(opened), "closed": len(closed)}


def _start_clocks(opened: Sequence[tuple[int, int]], store: Store, *, at: datetime) -> None:
    subjects = [deadlines.Subject(pk, Parcel(pk=parcel_id).number, at) for pk, parcel_id in opened]
    if subjects:
        deadlines.start(ParcelCase, subjects, on="opened_at", store=store, channel=None, at=at)


def _tell(store: Store, at: datetime) -> None:
    """The store's alerts say how many parcels of each kind need somebody."""
    rows = ParcelCase.objects.open().filter(store=store).order_by().values("kind")
    sums = rows.annotate(parcels=Count("pk"), first=Min("cause_at"), touched=Count("handled_at"))
    found = {row["kind"]: row for row in sums}
    for kind, alert in KINDS.items():
        row = found.get(kind)
        findings = [_finding(store, kind, row)] if row else []
        alerts.report(alert, findings, store_id=store.pk, at=at)


def _finding(store: Store, kind: Kind, row: Any) -> alerts.Finding:
    return alerts.Finding(
        key="all",
        subject_label=store.name,
        owner_role=OWNERS.get(kind, Role.CUSTOMER_SERVICE),
        evidence={
            "parcels": row["parcels"],
            "first": row["first"].isoformat(),
            "untouched": row["parcels"] - row["touched"],
        },
    )


def look(_slot: Slot, at: datetime) -> dict[str, Any]:
    """All active stores, one after the other; each on its own."""
    totals = {"opened": 0, "closed": 0}
    for store in Store.objects.active():
        for name, count in look_for_cases(store, at=at).items():
            totals[name] += count
    return totals


def open_reported(
    *, parcel_id: int, kind: Kind, note: str, actor: User | None, at: datetime
) -> ParcelCase:
    """The carrier says delivered, the customer says no, or that it is broken: a case is open.

    Raises NotAllowed, Conflict for a parcel that was not delivered or has such a case open.
    """
    parcel = Parcel.objects.select_related("warehouse", "store").get(pk=parcel_id)
    require_right(WORK, parcel.warehouse, actor)
    if parcel.state != Parcel.State.DELIVERED:
        raise Conflict(
            _("Parcel %(parcel)s is %(state)s.")
            % {"parcel": parcel, "state": parcel.get_state_display()},
            state=parcel.state,
        )
    try:
        with transaction.atomic():
            case = ParcelCase.objects.create(
                store_id=parcel.store_id,
                parcel=parcel,
                kind=kind,
                cause_at=at,
                opened_at=at,
                opened_by=actor,
                note=_words(note),
            )
            _start_clocks([(case.pk, parcel.pk)], parcel.store, at=at)
    except IntegrityError as error:
        if not is_taken(error):
            raise
        raise Conflict(_("Such a case is open already."), parcel=parcel.number) from error
    return case


def mark_carrier_asked(*, case_id: int, actor: User | None, at: datetime) -> ParcelCase:
    """The carrier was asked; the first time counts. Raises NotAllowed, Conflict."""
    return _step(case_id, actor, at, asked_at=at)


def mark_customer_told(*, case_id: int, actor: User | None, at: datetime) -> ParcelCase:
    """The customer knows; the first time counts. Raises NotAllowed, Conflict."""
    return _step(case_id, actor, at, told_at=at)


def claim_value(*, case_id: int, amount: Decimal, actor: User | None, at: datetime) -> ParcelCase:
    """So much, in the store's currency, is claimed from the carrier. Raises as the other steps."""
    if not 0 < amount < 10**9:
        raise DomainError(_("Claim an amount above 0."))
    return _step(case_id, actor, at, claim_amount=amount)


def close_case(*, case_id: int, result: str, actor: User | None, at: datetime) -> ParcelCase:
    """Nothing is left to do, and why. The same cause opens no other one. Raises as the steps."""
    words = _words(result)
    if not words:
        raise DomainError(_("Say how it ended: it is put on record."))
    values = {"closed_at": at, "closed_by": actor, "ended": "person", "result": words}
    return _step(case_id, actor, at, **values)


def hold_case(case_id: int, actor: User | None) -> ParcelCase:
    """The open case, locked. Raises NotAllowed, Conflict."""
    case = ParcelCase.objects.select_related("parcel__warehouse").locked().get(pk=case_id)
    require_right(WORK, case.parcel.warehouse, actor)
    if not case.is_open:
        raise Conflict(_("The case is closed: %(how)s.") % {"how": case.get_ended_display()})
    return case


@transaction.atomic
def _step(case_id: int, actor: User | None, at: datetime, **values: Any) -> ParcelCase:
    """Locks the case. Its clock is met by the first step that anybody takes."""
    case = hold_case(case_id, actor)
    first = {
        name: Coalesce(name, value) if name in ("asked_at", "told_at") else value
        for name, value in values.items()
    }
    ParcelCase.objects.filter(pk=case.pk).update(handled_at=Coalesce("handled_at", at), **first)
    deadlines.reach(ParcelCase, [case.pk], reached="handled_at", at=at)
    case.refresh_from_db()
    return case


def _words(text: str) -> str:
    return privacy.mask_mobiles(text.strip())[:MOST_WORDS]


def query_text(case: ParcelCase) -> str:
    """What the carrier is asked, ready to be sent: no name, no address, no phone."""
    parcel = case.parcel
    facts = {
        "carrier": parcel.carrier,
        "waybill": parcel.waybill,
        "left": _moment(parcel.handed_over_at, case.store),
        "since": _moment(case.cause_at, case.store),
    }
    about = _("To %(carrier)s: waybill %(waybill)s, handed over on %(left)s.") % facts
    return f"{about} {str(_QUESTIONS[Kind(case.kind)]) % facts}"


_QUESTIONS = {
    Kind.STALLED: gettext_lazy(
        "We have had no news since %(since)s. Where is the parcel, and when will it be delivered?"
    ),
    Kind.FAILED: gettext_lazy("Delivery failed on %(since)s. Why, and when will you try again?"),
    Kind.TROUBLE: gettext_lazy(
        "You reported a problem on %(since)s. What happened, and how does it go on?"
    ),
    Kind.DAMAGED: gettext_lazy(
        "It was damaged (%(since)s). Please confirm in writing and settle our claim."
    ),
    Kind.RETURNED: gettext_lazy(
        "It has been on its way back since %(since)s. Why, and when do we receive it?"
    ),
    Kind.LOST: gettext_lazy(
        "You reported it lost on %(since)s. Please confirm in writing and settle our claim."
    ),
    Kind.NOT_RECEIVED: gettext_lazy(
        "The recipient has not received it. Please send us the proof of delivery."
    ),
}


def _moment(moment: datetime | None, store: Store) -> str:
    return f"{moment.astimezone(store.zone):%Y-%m-%d %H:%M}" if moment else "–"


EVERY = timedelta(minutes=15)
