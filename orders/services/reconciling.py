"""Channels are asked which orders changed; what they know and we don't is found (ORD-1).

Each difference is kept with how it was settled and by whom; one alert per channel follows them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.db import lock_name, retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange.problems import FileRefused
from opsdesk.retention import Kept
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel, Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.models import ChannelDifference, ChannelReconciliation
from orders.services import comparing
from orders.sources import registry
from orders.sources.registry import Answer, NotAnswered, Source

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import User

RECONCILE = "orders.reconcile_orders"
State = ChannelDifference.State
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
KEEP_RUNS = Setting(
    key="orders.keep_comparisons",
    clause="ORD-1",
    title=gettext_lazy("Comparisons with channels that found nothing are kept for"),
    default=Decimal(90),
    unit=Unit.DAYS,
    minimum=Decimal(7),
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
    comparing.close_mended([run.channel_id], at=run.at)
    if answer is None:
        return run
    channel = run.channel
    minutes = procedure.value_of(UNDER_WAY.key, store=channel.store, channel=channel, at=run.at)
    comparing.compare(run, answer, settled=run.at - timedelta(minutes=float(minutes)))
    return run


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
    mended = comparing.close_mended([channel.pk for channel in channels], at=at)
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


def compared_before(before: datetime) -> QuerySet[ChannelReconciliation]:
    """Runs from before then that may go: what is told of differences stays with its run."""
    return ChannelReconciliation.objects.nobody_needs().filter(at__lt=before)


RUNS_KEPT = Kept("comparisons with channels", KEEP_RUNS, compared_before)
JOB = Job(
    "orders.reconcile",
    gettext_lazy("Orders compared with channels"),
    reconcile_served,
    every=timedelta(hours=1),
)
