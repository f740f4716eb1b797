"""Goods are offered before they are there: drafted by one, opened by another (CAT-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import PresaleLot, Sku, Supplier
from catalog.presold import presold_of
from catalog.services.bundles import check_no_bundles
from catalog.services.pricing import price_of
from opsdesk.audit.context import acting
from opsdesk.deadlines import services as deadlines
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.wording import moment

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store, User

State = PresaleLot.State
FILE, OPEN = "catalog.add_presalelot", "catalog.open_presale"
# Orders of a sale's last minutes come in by file the day after.
ALL_ORDERS_KNOWN_AFTER = timedelta(days=1)

SHIPS_WITHIN = Setting(
    key="catalog.presale_ships_within",
    clause="CAT-11",
    title=gettext_lazy("Presales ship at the latest so long after their sale ends"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(180),
)


@dataclass(frozen=True)
class Terms:
    """What buyers are promised: pieces, deposit (store's currency), when sold, when shipped.

    `balance` is from when to when the rest is to be paid; who misses it gets the deposit back, or
    does not.
    """

    sku: Sku
    supplier: Supplier
    offered: int
    deposit: Decimal
    starts: datetime
    until: datetime
    promised_on: date
    channel: Channel | None = None
    balance: tuple[datetime, datetime] | None = None
    returns_deposit: bool = False


def file_lot(*, store: Store, terms: Terms, actor: User, at: datetime) -> PresaleLot:
    """The presale is drafted; buyers see nothing of it until somebody else opens it.

    Raises NotAllowed, and DomainError for terms that can't be kept: the ship date lies after the
    sale's last day and at most `SHIPS_WITHIN` days after it, on the store's calendar.
    """
    if not actor.has_perm(FILE, store):
        raise NotAllowed(_("You may not draft presales in %(store)s.") % {"store": store})
    _refuse_strangers(store, terms)
    _refuse_times(store, terms, at)
    _refuse_balance(store, terms)
    return PresaleLot.objects.create(
        store=store,
        sku=terms.sku,
        channel=terms.channel,
        supplier=terms.supplier,
        offered=terms.offered,
        price=_price_above(terms.deposit, terms.sku, terms.channel, at),
        deposit=terms.deposit,
        sold=DateTimeTZRange(terms.starts, terms.until),
        promised_on=terms.promised_on,
        balance=DateTimeTZRange(*terms.balance) if terms.balance else None,
        returns_deposit=terms.returns_deposit,
        filed_by=actor,
        filed_at=at,
    )


def why_no_bundle(sku_id: int) -> str:
    """What presales have to say to a SKU that is to become a bundle; else empty."""
    lots = PresaleLot.objects.filter(sku=sku_id)
    over = [State.FULFILLED, State.CANCELLED]
    if not lots.exclude(state__in=over).exists():
        return ""
    return _("This SKU is in a presale: it can't become a bundle yet.")


def _refuse_strangers(store: Store, terms: Terms) -> None:
    stores = {terms.sku.store_id, terms.supplier.store_id}
    if terms.channel is not None:
        stores.add(terms.channel.store_id)
    if stores != {store.pk}:
        raise DomainError(_("SKU, supplier and channel are those of the store that sells."))
    if terms.offered < 1:
        raise DomainError(_("A presale offers at least one piece."))
    check_no_bundles([terms.sku.pk])


def _refuse_times(store: Store, terms: Terms, at: datetime) -> None:
    if not at < terms.until or not terms.starts < terms.until:
        raise DomainError(_("A presale ends after it begins, and not in the past."))
    within = int(procedure.value_of(SHIPS_WITHIN.key, store=store, channel=terms.channel, at=at))
    last = store.business_date(terms.until)
    latest = last + timedelta(days=within)
    if not last < terms.promised_on <= latest:
        raise DomainError(
            _(
                "The sale ends on %(last)s; goods ship after that day and until %(latest)s,"
                " %(days)s days later."
            )
            % {"last": date_format(last), "latest": date_format(latest), "days": within},
            latest=latest.isoformat(),
        )


def _refuse_balance(store: Store, terms: Terms) -> None:
    """The rest is asked for once there is a deposit, and paid before the goods are due to leave."""
    if terms.balance is None:
        return
    start, end = terms.balance
    if not terms.deposit:
        raise DomainError(_("Without a deposit there is no balance to be paid later."))
    if not terms.starts <= start < end or store.business_date(end) > terms.promised_on:
        raise DomainError(
            _("The balance is paid after the sale has begun and until %(day)s, when goods ship.")
            % {"day": date_format(terms.promised_on)}
        )


def _price_above(deposit: Decimal, sku: Sku, channel: Channel | None, at: datetime) -> Decimal:
    price = price_of([sku.pk], channel, at)[sku.pk]
    if price is None:
        raise DomainError(_("%(sku)s has no price yet.") % {"sku": sku})
    if not 0 <= deposit < price:
        raise DomainError(
            _("The deposit, %(deposit)s, must be less than the price, %(price)s.")
            % {"deposit": deposit, "price": price}
        )
    return price


def open_lot(*, lot_id: int, actor: User, at: datetime) -> PresaleLot:
    """Buyers may buy from its beginning on; the promise can't be changed any more.

    Whoever drafted it does not open it: a deposit is a price. Raises NotAllowed, Conflict where it
    is no draft any more or another lot sells the SKU at the same time, and DomainError where the
    price fell to the deposit or the sale is over. Locks the lot.
    """
    with transaction.atomic():
        lot = _locked(lot_id, actor)
        if lot.filed_by_id == actor.pk:
            raise NotAllowed(_("Somebody else than who drafted a presale opens it."))
        if lot.ends <= at:
            raise DomainError(
                _("The sale was to end on %(moment)s. Draft the presale anew.")
                % {"moment": moment(lot.ends, lot.store.zone)}
            )
        price = _price_above(lot.deposit, lot.sku, lot.channel, at)
        drafts = PresaleLot.objects.filter(pk=lot.pk, state=State.DRAFT)
        try:
            with transaction.atomic():
                opened = drafts.update(state=State.OPEN, price=price, opened_by=actor, opened_at=at)
        except IntegrityError as error:
            raise _sold_already(lot) from error
        if not opened:
            raise _not_so_any_more(lot)
    lot.refresh_from_db()
    return lot


def _sold_already(lot: PresaleLot) -> Conflict:
    """The constraint refused it: another lot of the SKU shares its time and a channel."""
    others = PresaleLot.objects.filter(sku=lot.sku_id, sold__overlap=lot.sold).exclude(
        state__in=[State.DRAFT, State.CANCELLED]
    )
    other = others.first()
    return Conflict(
        _("%(sku)s is sold ahead already by presale %(lot)s at that time.")
        % {"sku": lot.sku, "lot": f"#{other.pk}" if other else ""}
    )


def end_lot(*, lot_id: int, actor: User, at: datetime) -> None:
    """Nobody buys out of it from now on; what was bought is owed. Raises NotAllowed, Conflict."""
    with transaction.atomic():
        lot = _locked(lot_id, actor)
        if not lot.begins < at:
            raise DomainError(_("The sale has not begun: cancel the presale instead."))
        sold = DateTimeTZRange(lot.begins, min(at, lot.ends))
        selling = PresaleLot.objects.filter(pk=lot.pk, state=State.OPEN)
        if not selling.update(state=State.ENDED, sold=sold):
            raise _not_so_any_more(lot)


def cancel_lot(*, lot_id: int, reason: str, actor: User, at: datetime) -> None:
    """It is called off. A draft by whoever may draft, an open one by whoever may open.

    Its clock ends. Orders that were placed keep waiting: they are served or cancelled one by one.
    Raises NotAllowed, Conflict, and DomainError without a reason.
    """
    if not reason.strip():
        raise DomainError(_("Say why the presale is cancelled."))
    with transaction.atomic(), acting(reason=reason):
        lot = _locked(lot_id, actor, drafts_by=FILE)
        if not PresaleLot.objects.filter(
            pk=lot.pk, state__in=[State.DRAFT, State.OPEN, State.ENDED]
        ).update(state=State.CANCELLED, closed_at=at, reason=reason):
            raise _not_so_any_more(lot)
        deadlines.cancel(PresaleLot, [lot.pk], at=at)


def end_due_lots(*, at: datetime) -> int:
    """Sales whose time is over have ended. Returns how many. Safe to repeat."""
    return PresaleLot.objects.to_end(at).update(state=State.ENDED)


def fulfil_lots(store: Store, *, at: datetime) -> int:
    """Lots of which no order waits for stock a day after their end are fulfilled. Safe to repeat.

    What is covered by stock is reserved for its buyer; that it leaves in time is watched by the
    clock of shipping. Returns how many. Locks the lots by id.
    """
    with transaction.atomic():
        over = PresaleLot.objects.filter(
            store=store, state=State.ENDED, sold__endswith__lte=at - ALL_ORDERS_KNOWN_AFTER
        )
        lots = list(over.select_for_update(of=("self",)).order_by("pk"))
        presold = presold_of(lots)
        kept = [lot.pk for lot in lots if not presold[lot.pk].waiting]
        deadlines.cancel(PresaleLot, kept, at=at)
        return PresaleLot.objects.filter(pk__in=kept).update(state=State.FULFILLED, closed_at=at)


def _locked(lot_id: int, actor: User, *, drafts_by: str = OPEN) -> PresaleLot:
    """The lot, held until the transaction ends. Raises NotAllowed, Conflict."""
    lots = PresaleLot.objects.visible_to(actor).select_for_update(of=("self",))
    lot = lots.select_related("store", "sku", "channel").filter(pk=lot_id).first()
    if lot is None:
        raise Conflict(_("The presale is not there any more."))
    if not actor.has_perm(drafts_by if lot.state == State.DRAFT else OPEN, lot):
        raise NotAllowed(_("You may not decide on presales in %(store)s.") % {"store": lot.store})
    return lot


def _not_so_any_more(lot: PresaleLot) -> Conflict:
    return Conflict(
        _("%(lot)s is %(state)s by now.") % {"lot": lot, "state": lot.get_state_display()}
    )
