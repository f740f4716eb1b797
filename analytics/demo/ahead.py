"""What the demonstration sells before it is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from analytics.demo.opening import Demonstration
from catalog.models import PresaleLot, Supplier
from catalog.services.presale_supply import ask_supplier, record_answer
from catalog.services.presale_watch import look_at_presales
from catalog.services.presales import Terms, file_lot, open_lot
from catalog.services.pricing import price_of
from opsdesk.stores.roles import Role

DAY = timedelta(days=1)
RANKS = (3, 8, 15)  # articles by popularity


def sell_ahead(it: Demonstration, *, at: datetime) -> None:
    """One presale that its supplier confirms, one confirmed too late, and a draft to be opened."""
    days_left = {3: 6, 8: 0, 15: 6}  # until the balance can be paid
    kept, late, _draft = (_filed(it, rank, days_left[rank], at=at - DAY) for rank in RANKS)
    operator, lead = it.people[Role.CATALOG_OPERATOR], it.people[Role.OPERATIONS_LEAD]
    for lot, spare in ((kept, 2), (late, 0)):
        open_lot(lot_id=lot.pk, actor=lead, at=at - DAY)
        ask_supplier(lot_id=lot.pk, actor=operator, at=at - DAY)
        record_answer(
            lot_id=lot.pk,
            day=lot.promised_on - timedelta(days=spare),
            paper="PO-2026-118",
            note="供应商邮件确认",
            actor=operator,
            at=at - timedelta(hours=3),
        )
    look_at_presales(it.store, at=at)


def _filed(it: Demonstration, rank: int, days_left: int, *, at: datetime) -> PresaleLot:
    sku = it.store.skus.get(code=it.articles[rank].code)
    price = price_of([sku.pk], None, at)[sku.pk] or Decimal(0)
    until = at + 6 * DAY
    return file_lot(
        store=it.store,
        terms=Terms(
            sku=sku,
            supplier=Supplier.objects.filter(store=it.store).order_by("pk")[0],
            offered=200,
            deposit=(price / 5).quantize(Decimal(1)),
            starts=at,
            until=until,
            promised_on=it.store.business_date(until) + timedelta(days=6),
            balance=(at + max(days_left, 1) * DAY, until + 3 * DAY),
            returns_deposit=days_left == 0,
        ),
        actor=it.people[Role.CATALOG_OPERATOR],
        at=at,
    )
