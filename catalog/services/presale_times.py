"""Presales are on sale when they were planned to be, for what was agreed on (INS-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from catalog.models import PresaleLot
from catalog.services.price_watch import IN_FORCE_WITHIN
from catalog.services.pricing import price_of
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.stores import procedure
from opsdesk.stores.models import Channel, Store
from opsdesk.stores.roles import Role
from opsdesk.wording import moment

State = PresaleLot.State

NOT_AS_PLANNED = AlertKind(
    code="catalog.presale_not_as_planned",
    title=_("A presale is not on sale as planned"),
    clause="INS-1",
    runbook=_(
        "Open it or cancel it where its sale should have begun; end it where it should be over; "
        "where the SKU's price has changed since, end the sale and plan another one. The next "
        "inspection closes the alert."
    ),
    evidence={
        "why": _("why"),
        "from": _("sold from"),
        "until": _("sold until"),
        "agreed": _("agreed price"),
        "price": _("price"),
    },
    words={
        "why": {
            "not_begun": _("its sale should have begun, and it is a draft"),
            "not_ended": _("its sale should be over"),
            "price": _("the SKU sells for another price by now"),
        }
    },
)


def look_at_presale_times(store: Store, *, at: datetime) -> dict[str, int]:
    """One open alert per presale that is not on sale as planned. Returns how many of each reason.

    The statements grow with the channels that presales are on, not with the presales.
    """
    within = procedure.value_of(IN_FORCE_WITHIN.key, store=store, at=at)
    late = at - timedelta(minutes=float(within))
    here = PresaleLot.objects.filter(store=store, state__in=[State.DRAFT, State.OPEN])
    begun = here.filter(sold__startswith__lte=late)
    lots = list(begun.select_related("sku", "channel").order_by("pk"))
    prices = _prices([lot for lot in lots if lot.state == State.OPEN], at)
    findings, counts = [], Counter({"not_begun": 0, "not_ended": 0, "price": 0})
    for lot in lots:
        why = _why(lot, prices.get(lot.pk), late)
        if why:
            counts[why] += 1
            findings.append(_finding(lot, why, prices.get(lot.pk), store))
    alerts.report(NOT_AS_PLANNED, findings, store_id=store.pk, at=at)
    return dict(counts)


def _why(lot: PresaleLot, price: Decimal | None, late: datetime) -> str:
    if lot.state == State.DRAFT:
        return "not_begun"
    if lot.ends <= late:
        return "not_ended"
    return "" if price in (None, lot.price) else "price"


def _prices(lots: Iterable[PresaleLot], at: datetime) -> dict[int, Decimal | None]:
    """Lot id → what its SKU sells for on its channel. Two queries per channel."""
    by_channel: dict[Channel | None, list[PresaleLot]] = {}
    for lot in lots:
        by_channel.setdefault(lot.channel, []).append(lot)
    found: dict[int, Decimal | None] = {}
    for channel, there in by_channel.items():
        prices = price_of([lot.sku_id for lot in there], channel, at)
        found.update({lot.pk: prices.get(lot.sku_id) for lot in there})
    return found


def _finding(lot: PresaleLot, why: str, price: Decimal | None, store: Store) -> alerts.Finding:
    return alerts.Finding(
        key=str(lot.pk),
        subject_type_id=ContentType.objects.get_for_model(PresaleLot).pk,
        subject_id=lot.pk,
        subject_label=str(lot),
        owner_role=Role.CATALOG_OPERATOR,
        severity=Severity.WARNING if why == "not_begun" else Severity.CRITICAL,
        evidence={
            "why": why,
            "from": moment(lot.begins, store.zone),
            "until": moment(lot.ends, store.zone),
            "agreed": f"{lot.price:.2f}",
            "price": "" if price is None else f"{price:.2f}",
        },
    )
