"""Labels, channels that are told, parcels that are stopped (FUL-3, FUL-7)."""

from datetime import timedelta

import pytest

from fulfillment.models import Intercept, Parcel, ParcelProgress
from fulfillment.services.intercepting import ask_to_intercept, put_down_answer
from fulfillment.services.labels import print_label
from fulfillment.services.pushing import KIND, told_of
from opsdesk.audit.models import AuditEntry
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from tests import factories
from tests.fulfillment.shipping import LATER, Shop


@pytest.fixture
def shop(db):
    return Shop()


def ask(shop, parcel, actor=None):
    return ask_to_intercept(
        parcel_id=parcel.pk, reason="Wrong address", actor=actor or shop.packer, at=LATER
    )


def answer(shop, request, *, is_stopped):
    return put_down_answer(
        intercept_id=request.pk,
        is_stopped=is_stopped,
        answer="Stopped at the hub",
        actor=shop.packer,
        at=LATER + timedelta(hours=1),
    )


def test_a_label_shows_whom_it_goes_to_and_that_is_on_record(shop):
    """FUL-3: the one place where the warehouse sees a recipient in full."""
    order = shop.order(2)
    parcel = shop.packed(order)

    label = print_label(parcel_id=parcel.pk, actor=shop.packer, at=LATER)

    assert label.recipient == order.contact
    assert (label.pieces, "SF1000000001" in label.waybill_code) == (2, True)
    entry = AuditEntry.objects.get(verb=AuditEntry.Verb.REVEALED)
    assert (entry.subject_id, entry.after["order"]) == (parcel.pk, order.external_number)
    assert order.contact.phone not in str(entry.after)


def test_a_label_is_printed_by_who_may_and_of_what_has_one(shop):
    parcel = shop.packed(shop.order(1))
    unlabelled = shop.opened(shop.order(1))

    with pytest.raises(NotAllowed):
        print_label(parcel_id=parcel.pk, actor=shop.person(Role.CUSTOMER_SERVICE), at=LATER)
    with pytest.raises(Conflict):
        print_label(parcel_id=unlabelled.pk, actor=shop.packer, at=LATER)
    assert not AuditEntry.objects.filter(verb=AuditEntry.Verb.REVEALED).exists()


@pytest.mark.parametrize("form", ["plain", "shopify"])
def test_a_channel_is_told_of_a_parcel_that_has_left(shop, form):
    """FUL-3: written with the hand-over, once."""
    order = shop.order(2)
    channel = order.channel
    channel.accepts_waybill_push = True
    channel.save(update_fields=["accepts_waybill_push"])
    target = factories.TargetFactory(store=shop.store)
    factories.ChannelPushFactory(channel=channel, target=target, form=form)
    parcel = shop.packed(order)
    assert not OutboundMessage.objects.filter(kind=KIND).exists()

    shop.handed_over(parcel)

    message = OutboundMessage.objects.get(kind=KIND)
    sku = order.lines.get().sku.code
    assert message.target == target
    if form == "plain":
        assert message.payload["waybill"] == "SF1000000001"
        assert message.payload["items"] == [{"sku": sku, "quantity": 2}]
        assert message.payload["order_number"] == order.external_number
    else:
        tracking = message.payload["fulfillment"]["tracking_info"]
        assert tracking == {"company": str(shop.carrier), "number": "SF1000000001"}
    (told,) = told_of(parcel)
    assert (told.order_number, told.state) == (order.external_number, "waiting")
    OutboundMessage.objects.update(state="parked", finished_at=LATER, error="Unknown order")
    assert told_of(parcel)[0].state == "refused"


def test_a_channel_that_accepts_no_waybills_is_not_told(shop):
    order = shop.order(1)
    factories.ChannelPushFactory(
        channel=order.channel, target=factories.TargetFactory(store=shop.store)
    )

    shop.handed_over(shop.packed(order))

    assert not OutboundMessage.objects.filter(kind=KIND).exists()


def test_a_parcel_that_is_stopped_is_on_its_way_back(shop):
    """FUL-7: interception on request."""
    parcel = shop.packed(shop.order(1))
    shop.handed_over(parcel)
    request = ask(shop, parcel)
    clock = Deadline.objects.get(rule="fulfillment.intercept")
    assert clock.due_at == LATER + timedelta(hours=4)

    answer(shop, request, is_stopped=True)

    request.refresh_from_db()
    clock.refresh_from_db()
    assert (request.state, clock.state) == ("stopped", "met")
    assert ParcelProgress.objects.get(parcel=parcel).state == "returning"
    with pytest.raises(Conflict):
        answer(shop, request, is_stopped=False)


def test_a_parcel_that_can_not_be_stopped_goes_on(shop):
    parcel = shop.packed(shop.order(1))
    shop.handed_over(parcel)

    answer(shop, ask(shop, parcel), is_stopped=False)

    assert Intercept.objects.get().state == "failed"
    assert not ParcelProgress.objects.filter(parcel=parcel).exists()
    ask(shop, parcel)


def test_what_is_here_or_asked_for_already_is_not_asked_for(shop):
    parcel = shop.packed(shop.order(1))
    with pytest.raises(Conflict):
        ask(shop, parcel)
    shop.handed_over(parcel)
    ask(shop, parcel)

    with pytest.raises(Conflict):
        ask(shop, parcel)
    with pytest.raises(NotAllowed):
        ask(shop, parcel, actor=shop.person(Role.ANALYST))
    with pytest.raises(DomainError):
        ask_to_intercept(parcel_id=parcel.pk, reason=" ", actor=shop.packer, at=LATER)
    assert Intercept.objects.count() == 1
    assert Parcel.objects.get().state == "handed_over"
