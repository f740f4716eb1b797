"""Channels are asked which orders changed; what they know and we don't is found (ORD-1).

A run is one comparison of sets: the answer goes to the database whole, which finds the
differences, keeps what it knows of them, and closes those that are none any more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.db import lock_name, retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange.problems import FileRefused
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel, Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.models import ChannelDifference, ChannelReconciliation
from orders.sources import registry
from orders.sources.registry import Answer, NotAnswered, Source

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

logger = logging.getLogger(__name__)

RECONCILE = "orders.reconcile_orders"
State = ChannelDifference.State
COUNTS = ("listed", "agreeing", "missing_here", "missing_there", "different")
SETTLED_BY_HAND = (State.EXPLAINED, State.IGNORED)

UNDER_WAY = Setting(
    key="orders.under_way",
    clause="ORD-1",
    title=gettext_lazy("An order may be on its way from a channel for"),
    default=Decimal(10),
    unit=Unit.MINUTES,
)
LOOKS_BACK = Setting(
    key="orders.compared_back",
    clause="ORD-1",
    title=gettext_lazy("Orders are compared with channels over the last"),
    default=Decimal(2_880),
    unit=Unit.MINUTES,
    minimum=Decimal(60),
)
DIFFERS = AlertKind(
    code="orders.channel_differs",
    title=gettext_lazy("A channel knows other orders than we do"),
    clause="ORD-1",
    runbook=gettext_lazy(
        "Bring in what is missing here: replay its deliveries, or upload the channel's export. "
        "Explain or ignore the other differences."
    ),
    evidence={
        "missing_here": gettext_lazy("missing here"),
        "missing_there": gettext_lazy("missing there"),
        "different": gettext_lazy("different"),
        "problem": gettext_lazy("problem"),
    },
    acts_on=ListPlace(
        "admin:orders_channeldifference_changelist", "orders.view_channeldifference", tab="open"
    ),
)

# Ours as a channel would say it. An order of amounts only is not known to be further than paid.
_STATE = """
CASE WHEN o.fulfilment_state = 'cancelled' OR o.payment_state = 'refunded' THEN 'closed'
     WHEN o.fulfilment_state = 'delivered' THEN 'finished'
     WHEN o.fulfilment_state = 'shipped' THEN 'shipped'
     WHEN o.payment_state = 'unpaid' THEN 'unpaid'
     ELSE 'paid'
END
"""
_PAIRS = """
(VALUES
    ('state', ours.state,
     CASE WHEN ours.is_amount_only AND due.state IN ('shipped', 'finished') THEN 'paid'
          ELSE due.state END),
    ('paid', ours.paid::text, round(due.paid, 2)::text),
    ('refunded', ours.refunded::text, round(due.refunded, 2)::text)
)
"""
# Each step is a table of its own, measured: guessing at their sizes, the planner would compare
# every order with every other.
_STEPS = {
    "reconciled_listed": """
SELECT l.*, l.changed_at >= %(since)s AND l.changed_at < %(until)s
            AND l.changed_at <= %(settled)s AS is_due
FROM jsonb_to_recordset(%(listed)s) AS l (
    number text, state text, paid numeric, refunded numeric, changed_at timestamptz
)
""",
    "reconciled_ours": f"""
SELECT o.external_number AS number, o.placed_at, o.is_amount_only, {_STATE} AS state,
       o.paid_amount AS paid, o.refunded_amount AS refunded
FROM orders_order o
WHERE o.store_id = %(store)s AND o.channel_id = %(channel)s
  AND o.external_number IN (SELECT number FROM reconciled_listed WHERE is_due)
UNION
SELECT o.external_number, o.placed_at, o.is_amount_only, {_STATE}, o.paid_amount,
       o.refunded_amount
FROM orders_order o
WHERE o.store_id = %(store)s AND o.channel_id = %(channel)s
  AND o.placed_at >= %(covers_since)s AND o.placed_at <= %(covers_until)s
""",
    "reconciled_found": f"""
SELECT due.number, 'missing_here' AS kind, '' AS field, '' AS ours,
       coalesce(due.state, '') AS theirs, due.changed_at
FROM reconciled_listed due LEFT JOIN reconciled_ours ours USING (number)
WHERE due.is_due AND ours.number IS NULL
UNION ALL
SELECT ours.number, 'missing_there', '', ours.state, '', NULL
FROM reconciled_ours ours LEFT JOIN reconciled_listed listed USING (number)
WHERE listed.number IS NULL AND ours.state <> 'closed'
UNION ALL
SELECT number, 'different', pair.field, pair.ours, pair.theirs, due.changed_at
FROM reconciled_listed due JOIN reconciled_ours ours USING (number)
CROSS JOIN LATERAL {_PAIRS} AS pair (field, ours, theirs)
WHERE due.is_due AND pair.ours <> pair.theirs
""",
    "reconciled_news": """
SELECT * FROM reconciled_found f WHERE NOT EXISTS (
    SELECT FROM orders_channeldifference d
    WHERE d.channel_id = %(channel)s AND d.external_number = f.number AND d.kind = f.kind
      AND d.field = f.field AND d.ours = f.ours AND d.theirs = f.theirs
      AND d.state IN ('explained', 'ignored')
)
""",
}
_TELL = """
INSERT INTO orders_channeldifference AS d (
    channel_id, run_id, external_number, kind, field, ours, theirs, changed_at, opened_at,
    state, note
)
SELECT %(channel)s, %(run)s, number, kind, field, ours, theirs, changed_at, %(at)s, 'open', ''
FROM reconciled_news ORDER BY number, field
ON CONFLICT (channel_id, external_number, field) WHERE state = 'open'
DO UPDATE SET run_id = excluded.run_id, kind = excluded.kind, ours = excluded.ours,
              theirs = excluded.theirs, changed_at = excluded.changed_at
"""
_CLOSE = """
UPDATE orders_channeldifference d SET state = 'agrees', settled_at = %(at)s
FROM reconciled_listed listed
WHERE d.channel_id = %(channel)s AND d.state = 'open' AND listed.number = d.external_number
  AND (d.kind = 'missing_there' OR listed.is_due)
  AND NOT EXISTS (
      SELECT FROM reconciled_news n WHERE n.number = d.external_number AND n.field = d.field
  )
"""
_COUNT = """
SELECT listed, listed - differing, missing_here, missing_there, different
FROM (SELECT count(*) AS listed FROM reconciled_listed WHERE is_due) answered,
     (SELECT count(DISTINCT number) FILTER (WHERE kind <> 'missing_there') AS differing,
             count(*) FILTER (WHERE kind = 'missing_here') AS missing_here,
             count(*) FILTER (WHERE kind = 'missing_there') AS missing_there,
             count(DISTINCT number) FILTER (WHERE kind = 'different') AS different
      FROM reconciled_found) found
"""
# Without asking anybody: the order came in since, or our side says what theirs said.
_MENDED = f"""
WITH mended AS (
    SELECT d.id, d.kind, o.import_session_id
    FROM orders_channeldifference d
    JOIN stores_channel c ON c.id = d.channel_id
    JOIN orders_order o ON o.store_id = c.store_id AND o.channel_id = c.id
                       AND o.external_number = d.external_number
    CROSS JOIN LATERAL (
        SELECT {_STATE} AS state, o.paid_amount AS paid, o.refunded_amount AS refunded
    ) ours
    WHERE d.state = 'open' AND d.channel_id = ANY (%(channels)s)
      AND CASE d.kind WHEN 'missing_here' THEN true
                      WHEN 'missing_there' THEN ours.state = 'closed'
                      ELSE CASE d.field WHEN 'state' THEN ours.state = d.theirs
                                        WHEN 'paid' THEN ours.paid::text = d.theirs
                                        ELSE ours.refunded::text = d.theirs END
          END
    ORDER BY d.id
    FOR UPDATE OF d
)
UPDATE orders_channeldifference d
SET state = CASE mended.kind WHEN 'missing_here' THEN 'taken_in' ELSE 'agrees' END,
    settled_at = %(at)s, settled_by_id = session.created_by_id,
    note = CASE WHEN session.id IS NULL THEN '' ELSE 'import:' || session.id END
FROM mended
LEFT JOIN exchange_importsession session
    ON session.id = mended.import_session_id AND mended.kind = 'missing_here'
WHERE d.id = mended.id
"""


def reconcile_channel(
    *,
    channel: Channel,
    since: datetime,
    until: datetime,
    at: datetime,
    source: Source | None = None,
    actor: User | None = None,
) -> ChannelReconciliation:
    """The channel's answer and our orders are compared; each difference is one row (ORD-1).

    Without a `source` it is the one that serves the channel. What changed there within
    `orders.under_way` of `at` is no difference yet. A source that can't answer leaves a run with
    the problem. The channel's alert follows. One run of a channel at a time; as many statements
    for ten thousand orders as for one; a repeat tells the same differences anew. Raises NotAllowed.
    """
    if actor is not None and not actor.has_perm(RECONCILE, channel.store):
        raise NotAllowed(_("You may not compare orders of %(store)s.") % {"store": channel.store})
    if since >= until:
        raise DomainError(_("The time to compare must begin before it ends."))
    source = source or registry.serving(channel)
    run = ChannelReconciliation(
        channel=channel,
        source=str(source.title if source else "")[:120],
        since=since,
        until=until,
        at=at,
        actor=actor,
    )
    # Asked before the transaction: a source may take its time.
    answer = _answer_of(source, run)
    run = retrying(partial(_record, run, answer))
    report(channel.store, at=at)
    return run


def _answer_of(source: Source | None, run: ChannelReconciliation) -> Answer | None:
    try:
        if source is None:
            raise NotAnswered(_("No source answers for this channel."))
        return source.ask(run.channel, run.since, run.until)
    except FileRefused as refused:
        place = _("Line %(line)d: %(reason)s") if refused.line else "%(reason)s"
        run.problem = (place % {"line": refused.line or 0, "reason": refused.message})[:300]
    except NotAnswered as refused:
        run.problem = refused.message[:300]
    return None


def _record(run: ChannelReconciliation, answer: Answer | None) -> ChannelReconciliation:
    lock_name(f"reconcile channel {run.channel_id}")
    run.pk = None
    if answer is not None:
        run.covers_since = max(run.since, min(answer.since, run.until))
        run.covers_until = max(run.covers_since, min(answer.until, run.until))
    run.save(force_insert=True)
    close_mended([run.channel_id], at=run.at)
    if answer is None:
        return run
    counts = _compare(_facts(run, answer))
    for name, count in zip(COUNTS, counts, strict=True):
        setattr(run, name, count)
    run.save(update_fields=COUNTS)
    return run


def _compare(facts: dict[str, Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        for name, rows in _STEPS.items():
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {rows}", facts)
            cursor.execute(f"ANALYZE {name}")
        cursor.execute(_TELL, facts)
        cursor.execute(_CLOSE, facts)
        cursor.execute(_COUNT)
        return cursor.fetchone()


def _facts(run: ChannelReconciliation, answer: Answer) -> dict[str, Any]:
    channel = run.channel
    minutes = procedure.value_of(UNDER_WAY.key, store=channel.store, channel=channel, at=run.at)
    settled = run.at - timedelta(minutes=float(minutes))
    assert run.covers_until is not None
    return {
        "listed": orjson.dumps(answer.orders, default=str).decode(),
        "store": channel.store_id,
        "channel": channel.pk,
        "run": run.pk,
        "at": run.at,
        "since": run.since,
        "until": run.until,
        "settled": settled,
        "covers_since": run.covers_since,
        "covers_until": min(run.covers_until, settled),
    }


def close_mended(channel_ids: Sequence[int], *, at: datetime) -> int:
    """Open differences that our orders have caught up with are closed; returns how many.

    One that was missing here says which import brought it, if one did, and who ran that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MENDED, {"channels": list(channel_ids), "at": at})
        return cursor.rowcount


def settle_difference(
    *, difference_id: int, state: str, note: str, actor: User, at: datetime
) -> ChannelDifference:
    """The difference is `explained` or `ignored`, once, by whom and why on record.

    It is not told again while both sides say the same. The channel's alert follows. Raises
    NotAllowed, DomainError without a reason, Conflict where it is settled already.
    """
    difference = ChannelDifference.objects.select_related("channel__store").get(pk=difference_id)
    store = difference.channel.store
    if not actor.has_perm(RECONCILE, store):
        raise NotAllowed(_("You may not settle differences of %(store)s.") % {"store": store})
    if state not in SETTLED_BY_HAND:
        raise DomainError(_("Say how the difference is settled."))
    if not note.strip():
        raise DomainError(_("Say why, so that nobody has to find out again."))
    settled = ChannelDifference.objects.open().filter(pk=difference_id)
    if not settled.update(state=state, note=note.strip()[:200], settled_by=actor, settled_at=at):
        raise Conflict(_("This difference was settled before."))
    report(store, at=at)
    difference.refresh_from_db()
    return difference


def report(store: Store, *, at: datetime) -> int:
    """One alert per channel with open differences, or whose last run had no answer.

    It closes itself. Returns how many channels differ.
    """
    channels = store.channels.filter(is_active=True).annotate(
        **{
            kind.value: Count(
                "order_differences",
                filter=Q(order_differences__state=State.OPEN, order_differences__kind=kind),
            )
            for kind in ChannelDifference.Kind
        }
    )
    last = ChannelReconciliation.objects.filter(channel__in=channels).order_by("channel_id", "-pk")
    problems = dict(last.distinct("channel_id").values_list("channel_id", "problem"))
    findings = [_finding(channel, problems.get(channel.pk, "")) for channel in channels]
    differing = [finding for finding in findings if any(finding.evidence.values())]
    alerts.report(DIFFERS, differing, store_id=store.pk, at=at)
    return len(differing)


def _finding(channel: Channel, problem: str) -> alerts.Finding:
    counts = {kind.value: getattr(channel, kind.value) for kind in ChannelDifference.Kind}
    evidence = {name: count for name, count in counts.items() if count}
    return alerts.Finding(
        key=channel.code,
        subject_label=channel.name,
        owner_role=Role.ORDER_REVIEWER,
        severity="critical" if counts["missing_here"] else "warning",
        evidence={**evidence, "problem": problem} if problem else evidence,
    )


def reconcile_served(_slot: Slot | None, at: datetime) -> dict[str, Any]:
    """Every channel that a source serves, over the last days; harmless to repeat."""
    runs = []
    stores = Store.objects.active()
    channels = Channel.objects.filter(store__in=stores, is_active=True).select_related("store")
    for channel in channels.order_by("pk"):
        if registry.serving(channel) is not None:
            since, until = period_of(channel, at=at)
            runs.append(reconcile_channel(channel=channel, since=since, until=until, at=at))
    mended = close_mended([channel.pk for channel in channels], at=at)
    for store in stores:
        report(store, at=at)
    return {
        "channels": len(runs),
        "found": sum(run.found for run in runs),
        "unanswered": sum(bool(run.problem) for run in runs),
        "mended": mended,
    }


def period_of(channel: Channel, *, at: datetime) -> tuple[datetime, datetime]:
    """From when until when a run compares that nobody gave a time for."""
    minutes = procedure.value_of(LOOKS_BACK.key, store=channel.store, channel=channel, at=at)
    return at - timedelta(minutes=float(minutes)), at


JOB = Job(
    "orders.reconcile",
    gettext_lazy("Orders compared with channels"),
    reconcile_served,
    every=timedelta(hours=1),
)
