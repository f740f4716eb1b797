"""What the daily inspection looks at of exchange with others (INS-8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.exchange import feeds
from opsdesk.exchange.feeds import Feed
from opsdesk.exchange.models import InboundDelivery, WebhookRefusal, WebhookSource
from opsdesk.exchange.services import inbox
from opsdesk.inspection.checks import CannotCheck, Check, Seen
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

REFUSED_FROM = Setting(
    key="exchange.refused_from",
    clause="INS-8",
    title=gettext_lazy("Refused deliveries of a source are told of from so many in two days"),
    default=Decimal(5),
    unit=Unit.TIMES,
    minimum=Decimal(1),
)
REFUSED = AlertKind(
    code="exchange.deliveries_refused",
    title=gettext_lazy("Deliveries are refused"),
    clause="INS-8",
    runbook=gettext_lazy(
        "Compare the secret here with that of the sender, and its clock; what was refused has to "
        "be sent again. When none was refused for two days the next inspection closes the alert."
    ),
    evidence={
        "source": pgettext_lazy("of data", "source"),
        "reason": gettext_lazy("reason"),
        "count": gettext_lazy("refused"),
    },
    words={"reason": dict(WebhookRefusal.Reason.choices)},
)

WEBHOOKS = Feed(
    code="webhooks",
    title=gettext_lazy("Deliveries by webhook"),
    owner_role=Role.ADMINISTRATOR,
    subject="exchange.WebhookSource",
    arrivals="""
        SELECT d.source AS part, d.source AS label, w.id AS subject_id, d.received_at AS at
        FROM exchange_inbounddelivery d
        JOIN exchange_webhooksource w ON w.store_id = d.store_id AND w.source = d.source
        WHERE d.store_id = %(store)s AND d.received_at > %(since)s AND d.received_at <= %(at)s
          AND w.is_active
    """,
    expected="""
        SELECT w.source, w.source, w.id, w.changed_at FROM exchange_webhooksource w
        WHERE w.store_id = %(store)s AND w.is_active
    """,
)
IMPORTS = Feed(
    code="imports",
    title=gettext_lazy("Files that are brought in"),
    owner_role=Role.OPERATIONS_LEAD,
    subject="exchange.ImportSession",
    arrivals="""
        SELECT s.importer || ':' || coalesce(s.channel_id, 0) AS part,
               s.importer || coalesce(' · ' || c.name, '') AS label,
               s.id AS subject_id, s.created_at AS at
        FROM exchange_importsession s LEFT JOIN stores_channel c ON c.id = s.channel_id
        WHERE s.store_id = %(store)s AND s.state = 'done'
          AND s.created_at > %(since)s AND s.created_at <= %(at)s
    """,
)


def look_for_refused(store: Store, *, at: datetime) -> int:
    """One open alert per source of which deliveries were refused since yesterday, and the reason
    of most; the others are closed. Returns how many sources. Three statements."""
    least = procedure.value_of(REFUSED_FROM.key, store=store, at=at)
    yesterday = store.business_date(at) - timedelta(days=1)
    sources = dict(
        WebhookSource.objects.filter(store=store, is_active=True).values_list("source", "pk")
    )
    rows = WebhookRefusal.objects.filter(store=store, day__gte=yesterday, source__in=sources)
    sums = rows.order_by().values("source", "reason").annotate(times=Sum("count"))
    counts: dict[str, list[tuple[int, str]]] = {}
    for row in sums:
        counts.setdefault(row["source"], []).append((row["times"], row["reason"]))
    content_type = ContentType.objects.get_for_model(WebhookSource)
    findings = [
        alerts.Finding(
            key=source,
            subject_type_id=content_type.pk,
            subject_id=sources[source],
            subject_label=source,
            owner_role=Role.ADMINISTRATOR,
            severity=Severity.CRITICAL,
            evidence={
                "source": source,
                "reason": max(reasons)[1],
                "count": sum(times for times, _reason in reasons),
            },
        )
        for source, reasons in sorted(counts.items())
        if sum(times for times, _reason in reasons) >= least
    ]
    alerts.report(REFUSED, findings, store_id=store.pk, at=at)
    return len(findings)


def _feeds(store: Store, at: datetime) -> Seen:
    heard = feeds.look_for_silent(store, at=at)
    if heard.feeds and not heard.known:
        raise CannotCheck(_("No feed has come on enough days to know when it is due."))
    return Seen(
        figures={"feeds": heard.feeds, "known": heard.known, "silent": heard.silent},
    )


def _deliveries(store: Store, at: datetime) -> Seen:
    refused = look_for_refused(store, at=at)
    parked = InboundDelivery.objects.filter(store=store, state=InboundDelivery.State.PARKED)
    sources = parked.order_by().values_list("source", flat=True).distinct()
    for source in sorted(sources):
        inbox.review_parked(store.pk, source, at=at)
    return Seen(figures={"parked": parked.count(), "refused": refused})


ARRIVED = Check(
    code="INS-8.feeds",
    title=gettext_lazy("Feeds of data arrive"),
    looks_at=gettext_lazy(
        "When deliveries, files and orders of each source and channel came last, against the "
        "pauses that are usual for it."
    ),
    steps=(
        gettext_lazy("Open the finding: it tells when the feed came last, and how often it does."),
        gettext_lazy("Ask the sender; look at the webhook's page for refused deliveries."),
        gettext_lazy("Bring what is missing in as a file, and compare with the channel."),
    ),
    owner_role=Role.OPERATIONS_LEAD,
    kinds=(feeds.SILENT,),
    look=_feeds,
    numbers=feeds.SETTINGS,
    figures={
        "feeds": gettext_lazy("feeds heard of"),
        "known": gettext_lazy("of them with a usual pause"),
        "silent": gettext_lazy("silent for too long"),
    },
)
TAKEN_IN = Check(
    code="INS-8.deliveries",
    title=gettext_lazy("What is delivered is taken in"),
    looks_at=gettext_lazy("Deliveries that were refused or that nobody could work on."),
    steps=(
        gettext_lazy("Open the finding: it names the source and the error."),
        gettext_lazy("Mend its cause, then work the parked deliveries again or have them resent."),
    ),
    owner_role=Role.ADMINISTRATOR,
    kinds=(REFUSED, inbox.PARKED),
    look=_deliveries,
    numbers=(REFUSED_FROM,),
    figures={
        "parked": gettext_lazy("parked deliveries"),
        "refused": gettext_lazy("sources that were refused"),
    },
)
CHECKS = (ARRIVED, TAKEN_IN)
