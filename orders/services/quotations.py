"""Offers to businesses: quoted, replaced by a later version, accepted by an order (ORD-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from catalog.models import Sku
from opsdesk.db import lock_name, retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from orders.models import BusinessOrder, Order, Quotation, QuotationLine

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

QUOTE = "orders.add_quotation"
MOST_LINES = 200
_PREFIX = "QUO-"
State = Quotation.State


@dataclass(frozen=True)
class Quoted:
    """So many pieces of a SKU at such a price a piece."""

    sku_id: int
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True)
class Offer:
    customer: str
    valid_until: date
    lines: Sequence[Quoted]
    remark: str = ""


def quote(*, store: Store, offer: Offer, actor: User, at: datetime) -> Quotation:
    """The offer stands, under a number of its own. Raises NotAllowed, DomainError."""
    _require(store, actor)
    return retrying(partial(_quote, store, offer, actor=actor, at=at))


@transaction.atomic
def _quote(store: Store, offer: Offer, *, actor: User, at: datetime) -> Quotation:
    lock_name(f"orders.quotation:{store.pk}")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(substring(number FROM '\\d+$')::int), 0) + 1"
            " FROM orders_quotation WHERE store_id = %s",
            [store.pk],
        )
        number = f"{_PREFIX}{cursor.fetchone()[0]:05d}"
    return _written(Quotation(store=store, number=number), offer, actor=actor, at=at)


def requote(*, quotation_id: int, offer: Offer, actor: User, at: datetime) -> Quotation:
    """The next version stands under the same number, and this one is replaced.

    Raises NotAllowed, and Conflict where it is not open any more. Locks the quotation.
    """
    return retrying(partial(_requote, quotation_id, offer, actor=actor, at=at))


@transaction.atomic
def _requote(quotation_id: int, offer: Offer, *, actor: User, at: datetime) -> Quotation:
    old = _open(quotation_id, actor)
    Quotation.objects.filter(pk=old.pk).update(state=State.REPLACED)
    new = Quotation(store=old.store, number=old.number, version=old.version + 1)
    return _written(new, offer, actor=actor, at=at)


def withdraw(*, quotation_id: int, actor: User, at: datetime) -> Quotation:
    """The offer stands no more. Raises NotAllowed, Conflict."""
    with transaction.atomic():
        quotation = _open(quotation_id, actor)
        quotation.state = State.WITHDRAWN
        quotation.save(update_fields=["state"])
    return quotation


def accept(*, quotation_id: int, order_number: str, actor: User, at: datetime) -> Quotation:
    """The order was placed on this offer; it is a business order and owes a contract.

    Raises NotAllowed; Conflict where the offer is not open or has run out; DomainError for an
    order that the store does not have, or that stands on another quotation.
    """
    return retrying(partial(_accept, quotation_id, order_number.strip(), actor=actor, at=at))


@transaction.atomic
def _accept(quotation_id: int, order_number: str, *, actor: User, at: datetime) -> Quotation:
    store_id = Quotation.objects.visible_to(actor).get(pk=quotation_id).store_id
    found = Order.objects.filter(store=store_id, external_number=order_number).locked()
    order = found.first()
    if order is None:
        raise DomainError(_("The store has no order %(order)s.") % {"order": order_number})
    quotation = _open(quotation_id, actor)
    if quotation.valid_until < quotation.store.business_date(at):
        raise Conflict(
            _("%(quotation)s has run out: quote anew.") % {"quotation": quotation},
            valid_until=quotation.valid_until.isoformat(),
        )
    if Quotation.objects.filter(order=order).exists():
        raise DomainError(_("%(order)s stands on another quotation.") % {"order": order})
    quotation.state, quotation.order = State.ACCEPTED, order
    quotation.save(update_fields=["state", "order"])
    BusinessOrder.objects.get_or_create(order=order, defaults={"marked_by": actor, "marked_at": at})
    return quotation


def _written(quotation: Quotation, offer: Offer, *, actor: User, at: datetime) -> Quotation:
    skus = _skus(quotation.store, offer)
    if offer.valid_until < quotation.store.business_date(at):
        raise DomainError(_("An offer can't end before it begins."))
    quotation.customer, quotation.remark = offer.customer.strip(), offer.remark.strip()[:300]
    quotation.currency, quotation.valid_until = quotation.store.currency, offer.valid_until
    quotation.quoted_by, quotation.quoted_at = actor, at
    quotation.save(force_insert=True)
    QuotationLine.objects.bulk_create(
        QuotationLine(
            quotation=quotation,
            position=position,
            sku_id=line.sku_id,
            title=_title(skus[line.sku_id]),
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for position, line in enumerate(offer.lines, start=1)
    )
    return quotation


def _skus(store: Store, offer: Offer) -> dict[int, Sku]:
    if not offer.customer.strip():
        raise DomainError(_("Say who the offer is for."))
    if not 0 < len(offer.lines) <= MOST_LINES:
        raise DomainError(_("A quotation has 1 to %(most)s lines.") % {"most": MOST_LINES})
    if any(line.quantity <= 0 or line.unit_price < 0 for line in offer.lines):
        raise DomainError(_("Quote at least one piece, at no negative price."))
    ids = {line.sku_id for line in offer.lines}
    skus = Sku.objects.filter(store=store).select_related("product").in_bulk(ids)
    if len(skus) < len(ids):
        raise DomainError(_("A quotation has SKUs of its own store only."))
    return skus


def _title(sku: Sku) -> str:
    return " · ".join(filter(None, (sku.product.name, sku.spec)))[:200]


def _open(quotation_id: int, actor: User) -> Quotation:
    """The quotation, locked, if it is open. Raises NotAllowed, Conflict."""
    rows = Quotation.objects.visible_to(actor).locked().select_related("store")
    quotation = rows.get(pk=quotation_id)
    _require(quotation.store, actor)
    if quotation.state != State.OPEN:
        raise Conflict(
            _("The quotation %(quotation)s is %(state)s by now.")
            % {"quotation": quotation, "state": quotation.get_state_display()},
            state=quotation.state,
        )
    return quotation


def _require(store: Store, actor: User) -> None:
    if not actor.has_perm(QUOTE, store):
        raise NotAllowed(_("You may not do this in %(store)s.") % {"store": store})
