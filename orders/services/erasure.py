"""A customer asks to be forgotten: filed by one person, agreed to by another, and done for good.

Orders, amounts, ledger and audit stay; who they were for goes, wherever it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import privacy
from opsdesk.approvals import kinds
from opsdesk.approvals.kinds import Band, Change, Description
from opsdesk.approvals.services import filing
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from opsdesk.exchange.services.erasing import remove_traces
from opsdesk.sealing import Unreadable
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.contacts import NOBODY, Contact
from orders.models import (
    Customer,
    Erasure,
    FormerContact,
    Order,
    OrderEvent,
    SupersededCopy,
    erased_id,
)
from orders.services import channel_word, contacting, lifecycle

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval
    from opsdesk.stores.models import User

ERASE, APPROVE = "orders.erase_customer", "orders.approve_erasure"
LIVE_FOR = Setting(
    key="orders.live_after_delivery",
    clause="ORD-5",
    title=gettext_lazy("After its delivery an order stands in the way of an erasure for"),
    default=Decimal(60),
    unit=Unit.DAYS,
    maximum=Decimal(1_100),
)
# In bytes: two Chinese characters. What is shorter, a floor or a first name, is in half of all
# rows. Of rows that merely look alike nothing is lost but what goes by itself in a few days.
_SHORTEST_TERM = 6


class StillLive(DomainError):
    code = "still_live"


def file_erasure(*, customer_id: int, reason: str, actor: User, at: datetime) -> Approval:
    """The erasure waits for somebody else's agreement. Raises NotAllowed, StillLive, Conflict where
    it was done before, and DomainError without a reason."""
    customer = Customer.objects.select_related("store").get(pk=customer_id)
    if not reason.strip():
        raise DomainError(_("Say who asked for it, and how you know that it was them."))
    _refuse_erased(customer)
    _refuse_live(customer, at)
    request = filing.Request(
        kind=ERASURE.code,
        store=customer.store,
        subject_key=str(customer.pk),
        subject_label=f"#{customer.pk}",
        subject=customer,
        asked={"customer_id": customer.pk, "reason": reason.strip()},
    )
    return filing.file_approval(request=request, filer=actor, at=at)


def erase_customer(*, customer_id: int, at: datetime) -> dict[str, int]:
    """Nothing says any more who this customer was; every total is as before. Returns counts.

    Locks the customer, then the orders by id. An order that is committed meanwhile is a new one:
    it keeps its contact, and the customer can be erased again once it is over. Raises StillLive,
    and Conflict where it was done before.
    """
    return retrying(partial(_erase, customer_id, at))


def apply_again(*, erasures: Iterable[dict[str, Any]], at: datetime) -> dict[str, int]:
    """After a restore: customers of the list who are back are erased again. Safe to repeat.

    `erasures` are rows of `listed`. An order that was live again in the backup is none now.
    """
    counts = {"erased": 0, "already": 0, "not_there": 0}
    for row in erasures:
        known = {"store": row["store"], "pk": row["customer"], "created_at": row["first_seen"]}
        customer = Customer.objects.filter(**known).first()
        if customer is None:
            counts["not_there"] += 1
        elif is_done(customer):
            counts["already"] += 1
        else:
            retrying(partial(_erase, customer.pk, at, even_live=True))
            counts["erased"] += 1
    return counts


def listed() -> list[dict[str, Any]]:
    """Who was erased, by numbers and moments: no personal data."""
    return [
        {
            "store": erasure.store_id,
            "customer": erasure.customer_number,
            "first_seen": erasure.first_seen.isoformat(),
            "erased_at": erasure.erased_at.isoformat(),
        }
        for erasure in Erasure.objects.order_by("pk")
    ]


@transaction.atomic
def _erase(customer_id: int, at: datetime, *, even_live: bool = False) -> dict[str, int]:
    found = Customer.objects.select_related("store").select_for_update(of=("self",), no_key=True)
    customer = found.get(pk=customer_id)
    _refuse_erased(customer)
    if not even_live:
        _refuse_live(customer, at)
    orders = list(Order.objects.filter(customer=customer).locked())
    traces = remove_traces(
        store=customer.store,
        keys=[order.external_number for order in orders],
        terms=_terms(customer, orders),
        at=at,
    )
    # Not even by digest is a copy of these orders known again.
    SupersededCopy.objects.filter(order__in=orders).delete()
    channel_word.forget_contacts(orders)
    contacting.forget_notes(orders)
    clear_contacts([order.pk for order in orders], at=at, region="", content_hash="")
    Customer.objects.filter(pk=customer.pk).update(external_id=erased_id(customer.pk))
    Erasure.objects.get_or_create(
        store=customer.store,
        customer_number=customer.pk,
        first_seen=customer.created_at,
        defaults={"erased_at": at},
    )
    return {"orders": len(orders), **traces}


def clear_contacts(order_ids: Sequence[int], *, at: datetime, **also: str) -> None:
    """These orders are nobody's any more, and a late copy brings nobody back. The caller holds
    their locks; `also` are further columns to set."""
    Order.objects.filter(pk__in=order_ids).update(
        sealed_contact=b"",
        phone_digest=None,
        contact_cleared_at=at,
        version=F("version") + 1,
        updated_at=Now(),
        **also,
    )
    FormerContact.objects.filter(order__in=order_ids).delete()
    lifecycle.note(
        order_ids,
        OrderEvent.Kind.CHANGED,
        actor=None,
        at=at,
        data={"fields": {"contact": [None, None]}},
    )


def _terms(customer: Customer, orders: Sequence[Order]) -> list[str]:
    """By what the person is found in what others sent and were sent."""
    found = {customer.external_id}
    former = FormerContact.objects.filter(order__in=orders).select_related("order")
    everything: list[Order | FormerContact] = [*orders, *former]
    for held in everything:
        contact = _readable(held)
        found |= {contact.phone, contact.recipient, contact.address}
        found.add(privacy.normal_phone(contact.phone))
    found |= {json.dumps(term)[1:-1] for term in found}  # as ASCII JSON writes it
    return sorted(term for term in found if len(term.encode()) >= _SHORTEST_TERM)


def _readable(held: Order | FormerContact) -> Contact:
    """What no key opens any more can't be looked for, and is erased all the same."""
    try:
        return held.contact
    except Unreadable:
        return NOBODY


def is_done(customer: Customer) -> bool:
    """Erased, and no order was on its way in at that moment."""
    return customer.is_erased and not customer.orders.filter(contact_cleared_at=None).exists()


def _refuse_erased(customer: Customer) -> None:
    if is_done(customer):
        raise Conflict(_("The personal data of this customer were erased before."))


def _refuse_live(customer: Customer, at: datetime) -> None:
    number = live_orders(customer, at).values_list("external_number", flat=True).first()
    if number is not None:
        raise StillLive(
            _("Order %(number)s is not over yet: its contact is still needed.") % {"number": number}
        )


def live_orders(customer: Customer, at: datetime) -> QuerySet[Order]:
    """Orders that are owed, on their way, lately delivered, or asked about."""
    days = procedure.value_of(LIVE_FOR.key, store=customer.store, at=at)
    lately = at - timedelta(days=float(days))
    Fulfilment = Order.Fulfilment
    return Order.objects.filter(customer=customer).filter(
        Q(fulfilment_state__in=[Fulfilment.WAITING, Fulfilment.RESERVED, Fulfilment.SHIPPED])
        | Q(fulfilment_state=Fulfilment.DELIVERED, delivered_at__gt=lately)
        | Q(fulfilment_state=Fulfilment.NOT_TRACKED, placed_at__gt=lately)
        | Q(after_sales_state=Order.AfterSales.REQUESTED)
    )


def _found(asked: dict[str, Any], _at: datetime) -> dict[str, Any]:
    customer = Customer.objects.get(pk=asked["customer_id"])
    return {"orders": customer.orders.count()}


def _describe(approval: Approval) -> Description:
    asked, found = approval.asked, approval.snapshot["found"]
    return Description(
        summary=_("Customer #%(number)s and the contacts of %(orders)s orders")
        % {"number": asked["customer_id"], "orders": found["orders"]},
        changes=[
            Change(_("Personal data"), _("kept sealed"), _("erased for good")),
            Change(_("Orders and amounts"), "", _("stay as they are")),
            Change(_("Reason"), "", asked["reason"]),
        ],
    )


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    return {**_erase(approval.asked["customer_id"], at)}


ERASURE = kinds.Kind(
    code="orders.erasure",
    title=gettext_lazy("Erasure of a customer's personal data"),
    clause="ORD-5",
    files=ERASE,
    decides=APPROVE,
    bands=(Band((Role.SERVICE_LEAD,)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
)
