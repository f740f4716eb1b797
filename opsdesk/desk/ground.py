"""What the ground floor brings to start pages: alerts, requests, messages, the system itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opsdesk import wording
from opsdesk.alerts.models import Alert
from opsdesk.approvals.models import Approval
from opsdesk.audit.models import AuditEntry
from opsdesk.desk import ahead, starts
from opsdesk.desk.ahead import Coming
from opsdesk.desk.starts import Looker, Shown, Telling, Tile, findings_tile
from opsdesk.exchange.models import InboundDelivery, OutboundMessage
from opsdesk.navigation import MOST, shown
from opsdesk.stores.models import SettingOverride, User
from opsdesk.stores.roles import EVERYONE, Role, leads_above

LATELY = timedelta(days=1)
ALERTS = "admin:alerts_alert_changelist"
SEE = "alerts.view_alert"
LEADS = (Role.OPERATIONS_LEAD, Role.SERVICE_LEAD, Role.MARKETING_LEAD)
DECIDERS = (*LEADS, Role.FINANCE)
NAMED = 3

# Counted no further than the cap for each role and store: the index on desks begins with them.
_OVERDUE = """
SELECT role, sum(found) FROM unnest(%(roles)s::text[]) AS r (role)
CROSS JOIN unnest(%(stores)s::bigint[]) AS s (store_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS found FROM (
        SELECT 1 FROM alerts_alert a
        WHERE a.owner_role = r.role AND a.store_id = s.store_id AND a.folded_into_id IS NULL
          AND NOT (a.state = 'resolved') AND a.deadline_at < %(at)s
        LIMIT %(most)s
    ) late
) c
GROUP BY role HAVING sum(found) > 0 ORDER BY sum(found) DESC, role
"""
_BY_PERSON = """
SELECT a.assignee_id, count(*) FROM alerts_alert a
WHERE a.assignee_id IS NOT NULL AND NOT (a.state = 'resolved') AND a.deadline_at < %(at)s
  AND a.owner_role = ANY(%(roles)s) AND a.store_id = ANY(%(stores)s)
GROUP BY a.assignee_id ORDER BY count(*) DESC, a.assignee_id
"""


def _decisions(looker: Looker) -> QuerySet[Approval]:
    waiting = Approval.objects.to_decide(looker.user, looker.at)
    return waiting.filter(Q(store=None) | Q(store__in=looker.store_ids))


def _escalated(looker: Looker) -> QuerySet[Alert]:
    """To a role of theirs, in the store where they have it."""
    alerts = Alert.objects.awake(looker.at).in_stores(looker.store_ids).exclude(escalated_to="")
    if looker.user.is_superuser:
        return alerts
    mine = Q(pk__in=[])
    for store_id, roles in looker.user.roles_by_store.items():
        mine |= Q(store_id=store_id, escalated_to__in=sorted(roles))
    return alerts.filter(mine)


def team_of(looker: Looker) -> list[Role]:
    """The roles below those that the person has; above all for the operations lead."""
    mine = set(starts.roles_of(looker.user))
    return [role for role in Role if mine & set(leads_above(role))]


def _overdue(looker: Looker) -> Iterator[Shown]:
    """What the roles below leave lying, and with whom it lies by name. Two or three statements."""
    facts = {
        "roles": [str(role) for role in team_of(looker)],
        "stores": looker.store_ids,
        "at": looker.at,
        "most": MOST + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, facts)
        by_role = [(str(Role(role).label), int(count)) for role, count in cursor.fetchall()]
        cursor.execute(_BY_PERSON, facts)
        by_person = cursor.fetchall()
    people = User.objects.in_bulk([pk for pk, _count in by_person[:NAMED]])
    named = [(str(people[pk]), count) for pk, count in by_person[:NAMED]]
    yield _sum("overdue-by-role", _("Overdue in the team"), by_role)
    if named:
        total = sum(count for _pk, count in by_person)
        yield _sum("overdue-by-person", _("Overdue by person"), named, total)


def _sum(code: str, label: str, parts: list[tuple[str, int]], total: int | None = None) -> Shown:
    count = sum(each for _name, each in parts) if total is None else total
    return Shown(
        code=code,
        label=label,
        value=shown(min(count, MOST + 1)) or "0",
        detail=" · ".join(f"{name} {shown(each)}" for name, each in parts[:NAMED]),
        tone="danger" if count else "good",
        link=f"{reverse(ALERTS)}?tab=open",
    )


def _snoozed(looker: Looker) -> Iterable[Coming]:
    """When the first of what they put off comes back. One statement."""
    asleep = Alert.objects.open().visible_to(looker.user).in_stores(looker.store_ids)
    asleep = asleep.filter(snoozed_until__gt=looker.at, folded_into=None).concerning(looker.user)
    first = list(asleep.order_by("snoozed_until").select_related("store")[: MOST + 1])
    if not first:
        return []
    words = ngettext(
        "%(count)s snoozed alert comes back", "%(count)s snoozed alerts come back", len(first)
    )
    what = words % {"count": shown(len(first))}
    until, store = first[0].snoozed_until, first[0].store
    assert until is not None
    link = f"{reverse(ALERTS)}?tab=snoozed"
    return [Coming(until, what, wording.moment(until, store.zone), link)]


def _lately(looker: Looker) -> QuerySet[SettingOverride]:
    rows = SettingOverride.objects.viewable_by(looker.user)
    return rows.filter(set_at__gte=looker.at - LATELY)


def _refused(looker: Looker) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.viewable_by(looker.user)
    return rows.filter(verb=AuditEntry.Verb.REFUSED, at__gte=looker.at - LATELY)


TILES = (
    Tile(
        "to-decide",
        gettext_lazy("To decide"),
        DECIDERS,
        "approvals.view_approval",
        "admin:approvals_approval_changelist",
        _decisions,
        query="?tab=mine",
        first="expires_at",
        is_due=True,
        rank=20,
    ),
    Telling("overdue", (Role.OPERATIONS_LEAD, Role.SERVICE_LEAD), SEE, _overdue, rank=30),
    Tile(
        "escalated",
        gettext_lazy("Escalated to me"),
        LEADS,
        SEE,
        ALERTS,
        _escalated,
        query="?tab=climbed",
        first="deadline_at",
        is_due=True,
        rank=40,
    ),
    findings_tile(
        "jobs-parked",
        gettext_lazy("Jobs that keep failing"),
        (Role.ADMINISTRATOR,),
        "schedule.parked",
        tone="danger",
        rank=10,
    ),
    Tile(
        "messages-parked",
        gettext_lazy("Messages parked"),
        (Role.ADMINISTRATOR,),
        "exchange.view_outboundmessage",
        "admin:exchange_outboundmessage_changelist",
        lambda looker: OutboundMessage.objects.viewable_by(looker.user).filter(state="parked"),
        query="?tab=parked",
        first="created_at",
        tone="danger",
        rank=20,
    ),
    Tile(
        "deliveries-parked",
        gettext_lazy("Deliveries parked"),
        (Role.ADMINISTRATOR,),
        "exchange.view_inbounddelivery",
        "admin:exchange_inbounddelivery_changelist",
        lambda looker: InboundDelivery.objects.viewable_by(looker.user).filter(state="parked"),
        query="?tab=parked",
        first="received_at",
        tone="danger",
        rank=30,
    ),
    Tile(
        "refused",
        gettext_lazy("Refused since yesterday"),
        (Role.ADMINISTRATOR,),
        "audit.view_auditentry",
        "admin:audit_auditentry_changelist",
        _refused,
        query="?verb=refused",
        rank=40,
    ),
    Tile(
        "numbers-changed",
        gettext_lazy("Numbers changed since yesterday"),
        (Role.ADMINISTRATOR,),
        "stores.view_settingoverride",
        "admin:stores_settingoverride_changelist",
        _lately,
        tone="",
        rank=50,
    ),
    findings_tile(
        "feeds",
        gettext_lazy("Feeds of data that have not come"),
        (Role.ANALYST, Role.ADMINISTRATOR),
        "exchange.feed_silent",
        rank=60,
    ),
    findings_tile(
        "unusual",
        gettext_lazy("Figures outside their usual range"),
        (Role.ANALYST, Role.MARKETING_LEAD, Role.MARKETING_OPERATOR),
        "INS-8",
        rank=30,
    ),
    findings_tile(
        "ratings",
        gettext_lazy("Store ratings that fall"),
        (Role.SERVICE_LEAD, Role.MARKETING_LEAD, Role.ANALYST),
        "INS-7",
        rank=60,
    ),
    findings_tile(
        "unanswered",
        gettext_lazy("Complaints and reports without an answer"),
        (Role.SERVICE_LEAD, Role.CUSTOMER_SERVICE),
        "INS-5",
        tone="danger",
        rank=25,
    ),
    findings_tile(
        "ad-balance",
        gettext_lazy("Ad balance too low for the day"),
        (Role.MARKETING_OPERATOR, Role.MARKETING_LEAD),
        "readings.ad_balance",
        tone="danger",
        rank=10,
    ),
)


def register() -> None:
    """Called once, when the admin's screens are made."""
    starts.register(*TILES)
    ahead.register(EVERYONE, _snoozed)
