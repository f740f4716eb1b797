"""What SKUs sell for is what was approved: looked at apart from what makes it so (INS-1)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models import PriceChangeLine, Sku
from catalog.services.price_effect import NOT_APPLIED, dropped_finding
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Alert, Severity
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role

State = PriceChangeLine.State

IN_FORCE_WITHIN = Setting(
    key="catalog.price_in_force_within",
    clause="INS-1",
    title=_("A planned price is in force, or over, after its moment within"),
    default=Decimal(10),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
    maximum=Decimal(24 * 60),
)
WRONG_PRICE = AlertKind(
    code="catalog.price_not_as_approved",
    title=_("A SKU doesn't sell for what was approved"),
    clause="INS-1",
    runbook=_(
        "Compare the price with the request on the SKU's page of prices. Where it is wrong, file "
        "the right price; where a moment was missed, see whether a worker runs. Once both agree "
        "the next inspection closes the alert."
    ),
    evidence={
        "why": _("why"),
        "channel": _("channel"),
        "approved": _("approved"),
        "sells_for": _("sells for"),
    },
    words={
        "why": {
            "not_begun": _("planned, and not in force"),
            "not_ended": _("should be over"),
            "gone": _("in force by its plan, and no price holds"),
            "amount": _("another price than was approved"),
            "unapproved": _("nobody approved it"),
            "unasked": _("changed without a request"),
            "list_price": _("the list price is another one"),
        }
    },
)

# Prices in force, each with the request it comes from; then plans whose moment was missed. What
# held before the first request was asked for by nobody.
_WRONG = """
WITH force AS MATERIALIZED (
    SELECT p.id, p.sku_id, p.channel_id, p.amount, lower(p.valid) AS since, p.line_id,
           k.code, k.list_price
    FROM catalog_price p JOIN catalog_sku k ON k.id = p.sku_id
    WHERE k.store_id = %(store)s AND p.valid @> %(at)s::timestamptz
), line AS MATERIALIZED (
    SELECT l.id, l.sku_id, l.channel_id, l.amount, l.valid, l.state, k.code
    FROM catalog_pricechangeline l JOIN catalog_sku k ON k.id = l.sku_id
    WHERE k.store_id = %(store)s AND l.state IN ('planned', 'applied')
)
SELECT w.sku_id, w.code, coalesce(c.name, ''), w.channel_id, w.why, w.approved, w.sells_for
FROM (
    SELECT f.sku_id, f.code, f.channel_id, 'amount' AS why, l.amount AS approved,
           f.amount AS sells_for
    FROM force f JOIN catalog_pricechangeline l ON l.id = f.line_id
    WHERE f.amount <> l.amount AND f.amount IS DISTINCT FROM l.afterwards
    UNION ALL
    SELECT f.sku_id, f.code, f.channel_id, 'unapproved', NULL, f.amount
    FROM force f
    JOIN catalog_pricechangeline l ON l.id = f.line_id
    JOIN catalog_pricechange g ON g.id = l.change_id
    LEFT JOIN approvals_approval a ON a.id = g.approval_id
    WHERE a.state IS DISTINCT FROM 'carried_out'
    UNION ALL
    SELECT f.sku_id, f.code, f.channel_id, 'unasked', NULL, f.amount
    FROM force f
    WHERE f.line_id IS NULL AND EXISTS (
        SELECT FROM catalog_price e
        WHERE e.sku_id = f.sku_id AND e.channel_id IS NOT DISTINCT FROM f.channel_id
          AND lower(e.valid) < f.since
    )
    UNION ALL
    SELECT f.sku_id, f.code, NULL, 'list_price', f.amount, f.list_price
    FROM force f
    WHERE f.channel_id IS NULL AND f.list_price IS DISTINCT FROM f.amount
    UNION ALL
    SELECT l.sku_id, l.code, l.channel_id,
           CASE l.state WHEN 'planned' THEN 'not_begun' ELSE 'not_ended' END, l.amount, f.amount
    FROM line l
    LEFT JOIN force f ON f.sku_id = l.sku_id AND f.channel_id IS NOT DISTINCT FROM l.channel_id
    WHERE l.state = 'planned' AND lower(l.valid) <= %(late)s
       OR l.state = 'applied' AND upper(l.valid) <= %(late)s
    UNION ALL
    SELECT l.sku_id, l.code, l.channel_id, 'gone', l.amount, NULL
    FROM line l
    WHERE l.state = 'applied' AND l.valid @> %(at)s::timestamptz AND NOT EXISTS (
        SELECT FROM force f
        WHERE f.sku_id = l.sku_id AND f.channel_id IS NOT DISTINCT FROM l.channel_id
    )
) w
LEFT JOIN stores_channel c ON c.id = w.channel_id
ORDER BY w.sku_id, w.channel_id NULLS FIRST, w.why
"""


def look_at_prices(store: Store, *, at: datetime) -> dict[str, int]:
    """One open alert per SKU, channel and reason that it doesn't sell for what was approved.

    What was planned and dropped is told again while its time lasts and no other plan took its
    place. Returns how many prices are wrong, and how many were dropped. Three statements besides
    those that tell.
    """
    within = procedure.value_of(IN_FORCE_WITHIN.key, store=store, at=at)
    facts: dict[str, Any] = {
        "store": store.pk,
        "at": at,
        "late": at - timedelta(minutes=float(within)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, facts)
        rows = cursor.fetchall()
    alerts.report(WRONG_PRICE, _findings(rows), store_id=store.pk, at=at)
    counts = Counter(row[4] for row in rows)
    missed = counts["not_begun"] + counts["not_ended"]
    return {
        "wrong": len(rows) - missed,
        "missed": missed,
        "dropped": _tell_dropped(store, at),
    }


def _findings(rows: list[Any]) -> list[alerts.Finding]:
    content_type = ContentType.objects.get_for_model(Sku)
    return [
        alerts.Finding(
            key=f"{sku_id}:{channel_id or ''}:{why}",
            subject_type_id=content_type.pk,
            subject_id=sku_id,
            subject_label=code,
            owner_role=Role.MARKETING_LEAD,
            severity=Severity.CRITICAL,
            evidence={
                "why": why,
                "channel": channel,
                "approved": _text(approved),
                "sells_for": _text(sells_for),
            },
        )
        for sku_id, code, channel, channel_id, why, approved, sells_for in rows
    ]


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def _tell_dropped(store: Store, at: datetime) -> int:
    """By key, not by what is absent: a price may be dropped while one looks."""
    open_alerts = Alert.objects.open().filter(store=store, check_code=NOT_APPLIED.code)
    told = {int(key) for key in open_alerts.values_list("key", flat=True)}
    dropped = PriceChangeLine.objects.filter(change__store=store, state=State.DROPPED)
    lines = dropped.filter(Q(pk__in=told) | Q(valid__contains=at)).annotate(
        is_replaced=Exists(_later_plans())
    )
    lasting = [
        line
        for line in lines.select_related("sku").order_by("pk")
        if not line.is_replaced and (line.valid.upper is None or at < line.valid.upper)
    ]
    alerts.raise_findings(
        store_id=store.pk,
        check_code=NOT_APPLIED.code,
        clause=NOT_APPLIED.clause,
        findings=[dropped_finding(line, store) for line in lasting],
        at=at,
    )
    over = told - {line.pk for line in lasting}
    alerts.close_themselves(
        store_id=store.pk, check_code=NOT_APPLIED.code, keys=map(str, over), at=at
    )
    return len(lasting)


def _later_plans() -> QuerySet[PriceChangeLine]:
    """What was agreed on since for the same SKU in the same place."""
    place = Coalesce("channel", Value(0, BigIntegerField()))
    outer = Coalesce(OuterRef("channel"), Value(0, BigIntegerField()))
    later = PriceChangeLine.objects.filter(sku=OuterRef("sku"), pk__gt=OuterRef("pk"))
    later = later.filter(state__in=[State.PLANNED, State.APPLIED, State.ENDED])
    return later.annotate(place=place).filter(place=outer)
