"""Orders of one recipient leave in one parcel; each keeps its number and money (ORD-5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError, NotAllowed
from orders import contacts
from orders.models import Order, OrderQuerySet, ShipTogether, ShipTogetherMember
from orders.services import parcels
from orders.services.editing import record_change, refuse_gone, refuse_stale

if TYPE_CHECKING:
    from opsdesk.stores.models import User

MERGE = "orders.merge_order"
MOST_ORDERS = 20
# What platforms put in the place of a name, a phone or a street that they don't tell.
_MASKS = frozenset("*＊●•×")


class NotOneRecipient(DomainError):
    """These orders can't leave in one parcel. `facts["number"]` is the one that doesn't fit."""

    code = "not_one_recipient"


def candidates_of(order: Order, *, actor: User) -> list[Order]:
    """Other orders that could leave with this one, the oldest first. A masked one has none."""
    if why_not_alone(order):
        return []
    return [other for other in _alike(order, actor) if not why_not_together(order, other)]


def why_not_alone(order: Order) -> str:
    """Why nothing can be shipped with this order, whatever the other; else empty."""
    if order.paid_at is None:
        return _("Order %(number)s is not paid yet.") % {"number": order}
    if order.fulfilment_state not in (Order.Fulfilment.WAITING, Order.Fulfilment.RESERVED):
        return _("Order %(number)s is %(state)s.") % {
            "number": order,
            "state": order.get_fulfilment_state_display(),
        }
    if _recipient(order) is None:
        return _("Of order %(number)s the channel tells no recipient that could be compared.") % {
            "number": order
        }
    return ""


def why_not_together(order: Order, other: Order) -> str:
    """Why these two can't leave in one parcel; else empty."""
    reason = why_not_alone(other)
    if reason:
        return reason
    if (order.store_id, order.currency) != (other.store_id, other.currency):
        return _("Order %(number)s is of another store or currency.") % {"number": other}
    if _recipient(order) != _recipient(other):
        return _("Order %(number)s goes to another phone or address.") % {"number": other}
    return ""


def ship_together(*, versions: dict[int, int], actor: User, at: datetime) -> ShipTogether:
    """These orders (id → the version that was seen) leave in one parcel.

    Raises NotOneRecipient with the reason, NotAllowed, and Conflict for an order that was changed
    meanwhile or is in a shipment already. Locks the orders by id.
    """
    if not 2 <= len(versions) <= MOST_ORDERS:
        raise DomainError(_("Two to %(most)s orders leave in one parcel.") % {"most": MOST_ORDERS})
    return retrying(partial(_form, versions, actor=actor, at=at))


@transaction.atomic
def _form(versions: dict[int, int], *, actor: User, at: datetime) -> ShipTogether:
    orders = _locked(list(versions), actor)
    for order in orders:
        refuse_stale(order, versions[order.pk])
    first, *others = orders
    reason = why_not_alone(first)
    reasons = [(first, reason), *((other, why_not_together(first, other)) for other in others)]
    for order, reason in reasons:
        if reason:
            raise NotOneRecipient(reason, number=order.external_number)
    taken = ShipTogetherMember.objects.current().filter(order__in=orders).select_related("order")
    if taken:
        raise Conflict(
            _("Order %(number)s is shipped with others already: part them first.")
            % {"number": taken[0].order}
        )
    group = ShipTogether.objects.create(store=first.store, formed_by=actor, formed_at=at)
    ShipTogetherMember.objects.bulk_create(
        [ShipTogetherMember(group=group, order=order) for order in orders]
    )
    _tell(orders, "together", ", ".join(map(str, orders)), actor=actor, at=at)
    return group


def part_orders(*, order_id: int, actor: User, at: datetime) -> int:
    """The orders of this order's shipment leave each alone again. Returns how many; 0: it had none.

    Raises NotAllowed, TooLate. Locks the orders by id.
    """
    return retrying(partial(_part, order_id, actor=actor, at=at))


@transaction.atomic
def _part(order_id: int, *, actor: User, at: datetime) -> int:
    orders = _locked(parcels.with_companions([order_id]), actor)
    for order in orders:
        refuse_gone(order)
    left = parcels.leave([order.pk for order in orders], at=at)
    parted = [order for order in orders if order.pk in left]
    _tell(parted, "apart", ", ".join(map(str, parted)), actor=actor, at=at)
    return len(parted)


def _locked(order_ids: Sequence[int], actor: User) -> list[Order]:
    visible = Order.objects.visible_to(actor).filter(pk__in=order_ids)
    orders = list(visible.select_related("store").locked())
    if len(orders) < len(order_ids) or not all(actor.has_perm(MERGE, order) for order in orders):
        raise NotAllowed(_("You may not ship these orders together or apart."))
    return orders


def _tell(orders: Sequence[Order], what: str, told: str, *, actor: User, at: datetime) -> None:
    for order in orders:
        record_change(order, what, actor=actor, at=at, told=told)


def _alike(order: Order, actor: User) -> list[Order]:
    """Orders to the same phone, with each key that its digest may be of."""
    orders: OrderQuerySet = Order.objects.visible_to(actor).not_gone().paid()
    return list(
        orders.filter(
            store=order.store_id,
            currency=order.currency,
            phone_digest__in=contacts.phone_digests(order.contact.phone),
        )
        .exclude(pk=order.pk)
        .exclude(pk__in=ShipTogetherMember.objects.current().values("order"))
        .select_related("store", "channel")
        .order_by("placed_at", "pk")[:MOST_ORDERS]
    )


def _recipient(order: Order) -> tuple[bytes, str] | None:
    """Whom it goes to, comparable; None where the channel tells only masks or nothing at all."""
    contact = order.contact
    told = (contact.recipient, contact.phone, order.region, contact.address)
    digest = contacts.phone_digest(contact.phone)
    if digest is None or not contact.address.strip() or _MASKS.intersection("".join(told)):
        return None
    return digest, folded_address(order.region, contact.address)


def folded_address(region: str, address: str) -> str:
    """As it is compared: letters and digits only, small, full-width written as half-width."""
    text = unicodedata.normalize("NFKC", f"{region}{address}").casefold()
    return "".join(letter for letter in text if letter.isalnum())
