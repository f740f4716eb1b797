"""Planned prices take effect at their moment, however late the run that does it (CAT-6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import DateTimeField, F, Func, Min, OuterRef, Subquery, Value
from django.utils.translation import gettext_lazy as _

from catalog.models import Price, PriceChange, PriceChangeLine, Sku
from catalog.services.price_checks import Place
from catalog.services.pricing import Margins
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.db import retrying
from opsdesk.schedule.jobs import Job
from opsdesk.stores.roles import Role
from opsdesk.wording import moment as in_words

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import Store

State = PriceChangeLine.State

# Rows of one statement that says a value for each.
BATCH = 200

NOT_APPLIED = AlertKind(
    code="catalog.price_not_applied",
    title=_("A planned price did not take effect"),
    clause="CAT-6",
    runbook=_(
        "The cost has risen since the price was agreed on, or the least margin has. The price "
        "from before still holds: file a new price, or correct the cost."
    ),
    evidence={"price": _("price"), "from": _("from"), "why": _("why")},
)


def _run(_slot: Slot, at: datetime) -> dict[str, Any]:
    return apply_due(at=at)


# A run takes every moment that has come, the oldest first: it does for those that were missed.
JOB = Job("catalog.apply_prices", _("Planned prices take effect"), _run, every=timedelta(minutes=1))


def apply_due(*, at: datetime) -> dict[str, int]:
    """Every planned price whose moment has come holds from that moment on, once.

    Late runs catch up the oldest moment first, and write the moment that was planned, not their
    own. A price below the floor by now is dropped with an alert. Where a temporary price ends, the
    lasting one holds again. Each moment is a transaction of its own; a repeat does no harm.
    """
    done: Counter[str] = Counter(applied=0, dropped=0, ended=0)
    while True:
        moment = _next_moment(at)
        if moment is None:
            return dict(done)
        done.update(retrying(partial(_pass, moment, at)))


def _next_moment(at: datetime) -> datetime | None:
    begins = PriceChangeLine.objects.planned().filter(valid__startswith__lte=at)
    ends = PriceChangeLine.objects.temporary().filter(valid__endswith__lte=at)
    found = [
        begins.aggregate(first=Min("valid__startswith"))["first"],
        ends.aggregate(first=Min("valid__endswith"))["first"],
    ]
    return min((moment for moment in found if moment is not None), default=None)


def _pass(moment: datetime, at: datetime) -> Counter[str]:
    """What begins at the moment has begun, and then what ends at it is over."""
    with transaction.atomic():
        lines = list(
            PriceChangeLine.objects.planned()
            .filter(valid__startswith=moment)
            .select_related("sku", "channel", "change__store")
            .locked()
        )
        good, bad = _parted(lines, at)
        _drop(bad, at)
        _begin(good, moment, at)
        ended = _end(moment)
    return Counter(applied=len(good), dropped=len(bad), ended=ended)


def _parted(
    lines: Iterable[PriceChangeLine], at: datetime
) -> tuple[list[PriceChangeLine], list[PriceChangeLine]]:
    """Those that may take effect, and those below the floor of now; these say why."""
    margins: dict[int, Margins] = {}
    good, bad = [], []
    for line in lines:
        store = line.change.store
        floor = margins.setdefault(store.pk, Margins(store, at)).floor(line.sku, line.channel)
        if floor.refuses(line.amount):
            line.note = floor.reckoning(line.amount)
            bad.append(line)
        else:
            good.append(line)
    return good, bad


def _drop(lines: Sequence[PriceChangeLine], at: datetime) -> None:
    by_store: dict[Store, list[PriceChangeLine]] = {}
    for line in lines:
        line.state, line.settled_at = State.DROPPED, at
        by_store.setdefault(line.change.store, []).append(line)
    PriceChangeLine.objects.bulk_update(lines, ["state", "settled_at", "note"], batch_size=BATCH)
    for store, dropped in by_store.items():
        alerts.raise_findings(
            store_id=store.pk,
            check_code=NOT_APPLIED.code,
            clause=NOT_APPLIED.clause,
            findings=[dropped_finding(line, store) for line in dropped],
            at=at,
        )


def dropped_finding(line: PriceChangeLine, store: Store) -> alerts.Finding:
    """A planned price of the store that did not take effect, as its alert tells it."""
    return alerts.Finding(
        key=str(line.pk),
        subject_label=line.sku.code,
        owner_role=Role.MARKETING_LEAD,
        subject_type_id=ContentType.objects.get_for_model(PriceChange).pk,
        subject_id=line.change_id,
        evidence={
            "price": f"{line.amount:.2f}",
            "from": in_words(line.valid.lower, store.zone),
            "why": line.note,
        },
    )


def _begin(lines: Sequence[PriceChangeLine], moment: datetime, at: datetime) -> None:
    """From the moment on the lines' prices hold; what held until then is ended there."""
    holding = _holding([line.sku_id for line in lines], moment)
    _end_prices([holding[place].pk for place in map(_place, lines) if place in holding], moment)
    prices, temporary = _first_prices(lines, moment), []
    for line in lines:
        if line.valid.upper is not None:
            line.afterwards = _lasting(line, holding.get(_place(line)))
            temporary.append(line)
        prices.append(
            Price(
                sku_id=line.sku_id,
                channel_id=line.channel_id,
                amount=line.amount,
                valid=line.valid,
                line=line,
            )
        )
    Price.objects.bulk_create(prices)
    PriceChangeLine.objects.bulk_update(temporary, ["afterwards"], batch_size=BATCH)
    _settled(lines, State.APPLIED, settled_at=at)
    _keep_list_prices(lines, moment)


def _first_prices(lines: Sequence[PriceChangeLine], moment: datetime) -> list[Price]:
    """The list prices that SKUs were made with: their history begins with these."""
    ids = [line.sku_id for line in lines if line.channel_id is None]
    begun = set(Price.objects.filter(sku__in=ids, channel=None).values_list("sku", flat=True))
    return [
        Price(
            sku_id=line.sku_id,
            amount=line.sku.list_price,
            valid=DateTimeTZRange(min(line.sku.created_at, line.change.filed_at), moment, "[)"),
        )
        for line in lines
        if line.channel_id is None and line.sku_id not in begun and line.sku.list_price is not None
    ]


def _lasting(line: PriceChangeLine, current: Price | None) -> Decimal | None:
    """What holds without temporary prices, in this line's place."""
    if current is not None:
        return current.line.afterwards if current.valid.upper and current.line else current.amount
    return line.sku.list_price if line.channel_id is None else None


def _end(moment: datetime) -> int:
    """Temporary prices that end at the moment are over; the lasting ones hold again.

    Not where another price took their place meanwhile.
    """
    lines = list(PriceChangeLine.objects.temporary().filter(valid__endswith=moment).locked())
    holding = _holding([line.sku_id for line in lines], moment)
    back = {
        line: line.afterwards
        for line in lines
        if line.afterwards is not None and _place(line) not in holding
    }
    Price.objects.bulk_create(
        Price(
            sku_id=line.sku_id,
            channel_id=line.channel_id,
            amount=lasting,
            valid=DateTimeTZRange(moment, None, "[)"),
            line=line,
        )
        for line, lasting in back.items()
    )
    _settled(lines, State.ENDED)
    _keep_list_prices(list(back), moment)
    return len(lines)


def _place(row: PriceChangeLine | Price) -> Place:
    return row.sku_id, row.channel_id


def _holding(sku_ids: Iterable[int], moment: datetime) -> dict[Place, Price]:
    rows = Price.objects.of_skus(sku_ids).at(moment).select_related("line")
    return {_place(price): price for price in rows}


def _end_prices(ids: Sequence[int], moment: datetime) -> None:
    begun = Func(F("valid"), function="lower", output_field=DateTimeField())
    ended = Func(begun, Value(moment), function="tstzrange", output_field=Price.valid.field)
    Price.objects.filter(pk__in=ids).update(valid=ended)


def _settled(lines: Sequence[PriceChangeLine], state: str, **more: Any) -> None:
    rows = PriceChangeLine.objects.filter(pk__in=[line.pk for line in lines])
    rows.update(state=state, **more)


def _keep_list_prices(lines: Sequence[PriceChangeLine], moment: datetime) -> None:
    """The list price is the store-wide price of now: orders, imports and REST read it there."""
    ids = [line.sku_id for line in lines if line.channel_id is None]
    skus = Sku.objects.filter(pk__in=ids)
    list(skus.select_for_update().order_by("pk").values_list("pk"))  # takes the locks, in order
    holding = Price.objects.filter(sku=OuterRef("pk"), channel=None).at(moment)
    skus.update(list_price=Subquery(holding.values("amount")))
