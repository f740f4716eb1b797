"""Holds: raised by the review and other services, released by people, one winner each (ORD-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.wording import moment
from orders.models import Hold, Order, OrderEvent, OrderQuerySet
from orders.review import registry
from orders.services import lifecycle, releasing, reviewing
from orders.services.reviewing import Reviewed, review

if TYPE_CHECKING:
    from opsdesk.stores.models import User

__all__ = [
    "Released",
    "Reviewed",
    "approve_order",
    "contacted",
    "moved_on",
    "raise_hold",
    "release_hold",
    "review",
    "to_look_at",
]

RELEASE = "orders.review_order"
# What is held is looked at again this often, whatever told us of a change or didn't.
LOOK_AGAIN_AFTER = timedelta(minutes=15)
_STILL_HERE = (
    Order.Fulfilment.WAITING,
    Order.Fulfilment.RESERVED,
)


@dataclass(frozen=True, slots=True)
class Released:
    """The hold as it is now, and what the look that followed did to its order."""

    hold: Hold
    order_has_passed: bool


def to_look_at(*, at: datetime) -> OrderQuerySet:
    """Orders that wait for their first look, or whose holds may be over: what a hint missed."""
    holds = Hold.objects.open().filter(order=OuterRef("pk"))
    may_have_changed = Q(seen_at__lt=F("order__updated_at")) | Q(seen_at__lt=at - LOOK_AGAIN_AFTER)
    return Order.objects.to_review().filter(
        Q(review_state=Order.Review.WAITING)
        | ~Exists(holds)
        | Exists(holds.filter(may_have_changed))
    )


def raise_hold(
    orders: Iterable[int],
    *,
    code: str,
    evidence: Mapping[str, Any],
    owner_role: str | None = None,
    at: datetime,
) -> int:
    """Orders that haven't left are held for a registered reason; how many were not yet.

    `orders` are ids; `evidence` holds no personal data in clear. Without `owner_role` it is the
    reason's. An order that passed its review already is held again. Locks the orders. Safe to
    repeat: an open hold is kept as it is.
    """
    reason = registry.get(code)
    work = partial(
        _raise_hold, list(orders), code, dict(evidence), owner_role or reason.owner_role, at=at
    )
    return retrying(work)


def _raise_hold(
    order_ids: list[int], code: str, evidence: dict[str, Any], owner_role: str, *, at: datetime
) -> int:
    here = Order.objects.filter(pk__in=order_ids, fulfilment_state__in=_STILL_HERE)
    orders = list(here.select_related("store", "channel").locked())
    held = Hold.objects.open().of_orders(order_ids).filter(code=code)
    known = set(held.values_list("order_id", flat=True))
    fresh = [order for order in orders if order.pk not in known]
    Hold.objects.bulk_create(
        Hold(order=order, code=code, evidence=evidence, owner_role=owner_role, raised_at=at)
        for order in fresh
    )
    reviewing.hold_orders(fresh, {order.pk: [code] for order in fresh}, at=at)
    reviewing.start_contact_clocks(fresh, at=at)
    return len(fresh)


def release_hold(
    hold_id: int, *, outcome: str, note: str = "", actor: User | None, at: datetime
) -> Released:
    """The hold is over, and how is on record; after the last one the order is looked at again.

    Raises NotAllowed, DomainError for an outcome no person gives, and Conflict naming who was
    first. Locks the order. Without an actor it is the system that releases.
    """
    if outcome not in Hold.BY_HAND:
        raise DomainError(_("Say how the hold ended."))
    hold = Hold.objects.select_related("order__store").get(pk=hold_id)
    if actor is not None and not actor.has_perm(RELEASE, hold.order):
        store = hold.order.store
        raise NotAllowed(_("You may not release holds of %(store)s.") % {"store": store})
    return retrying(partial(_release, hold, outcome, note.strip(), actor=actor, at=at))


def _release(hold: Hold, outcome: str, note: str, *, actor: User | None, at: datetime) -> Released:
    order = Order.objects.select_for_update(of=("self",)).get(pk=hold.order_id)
    open_hold = Hold.objects.open().filter(pk=hold.pk)
    won = open_hold.update(released_at=at, released_by=actor, outcome=outcome, note=note)
    if not won:
        raise _released_by_another(hold.pk)
    lifecycle.note(
        [order.pk],
        OrderEvent.Kind.LET_GO,
        actor=actor,
        at=at,
        data={"holds": [hold.code], "outcome": outcome, **({"reason": note} if note else {})},
    )
    done = Reviewed()
    if not releasing.still_held([order.pk]):
        deadlines.reach(Order, [order.pk], reached=releasing.CONTACTED, at=at)
        done = review([order.pk], at=at)
    hold.refresh_from_db()
    return Released(hold, order_has_passed=done.passed == 1)


def _released_by_another(hold_id: int) -> Conflict:
    hold = Hold.objects.select_related("released_by", "order__store").get(pk=hold_id)
    facts = {
        "person": hold.released_by or _("the system"),
        "moment": moment(hold.released_at, hold.order.store.zone),
        "outcome": hold.get_outcome_display(),
    }
    return Conflict(
        _("%(person)s released this hold at %(moment)s: %(outcome)s.") % facts,
        winner=str(facts["person"]),
        outcome=hold.outcome,
    )


def approve_order(*, order_id: int, note: str = "", actor: User, at: datetime) -> None:
    """The order has passed, whatever it was held for: all its holds end as passed as it is.

    Raises NotAllowed, and Conflict naming who was first where it is not to be reviewed any more.
    """
    order = Order.objects.select_related("store").get(pk=order_id)
    if not actor.has_perm(RELEASE, order):
        raise NotAllowed(_("You may not pass orders of %(store)s.") % {"store": order.store})
    if not lifecycle.review_orders(order_ids=[order_id], actor=actor, at=at, why=note.strip()):
        raise moved_on(order_id)


def moved_on(order_id: int) -> Conflict:
    """The refusal for whoever came second on an order: what was done to it last, and by whom.

    What the system did at the same moment followed from what a person did.
    """
    last = (
        OrderEvent.objects.filter(order=order_id)
        .select_related("actor", "order__store")
        .order_by("-at", F("actor").asc(nulls_last=True), "-pk")
        .first()
    )
    if last is None:
        return Conflict(_("The order has moved on in the meantime."))
    facts = {
        "person": last.actor or _("the system"),
        "what": last.get_kind_display(),
        "moment": moment(last.at, last.order.store.zone),
    }
    words = _("The order has moved on: %(what)s by %(person)s at %(moment)s.")
    return Conflict(words % facts, winner=str(facts["person"]), event=last.kind)


def contacted(order_ids: Iterable[int], *, at: datetime) -> int:
    """The customers of these held orders were reached: nobody owes them a call (ORD-5).

    Returns how many open holds had no contact before. Safe to repeat.
    """
    ids = list(order_ids)
    fresh = Hold.objects.open().of_orders(ids).filter(contacted_at=None)
    count = fresh.update(contacted_at=at)
    deadlines.reach(Order, ids, reached=releasing.CONTACTED, at=at)
    return count
