"""What a reviewer changes on an order, and what later copies make of it (ORD-5)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from orders.actions import ACTIONS
from orders.models import ChannelSays, Order, RefundRequest
from orders.services import amending, editing, lifecycle
from orders.services.acting import act_on_order
from orders.services.addressing import Recipient, change_address
from orders.services.amending import BuyerIsOwed, BuyerOwes, NotEnough, Wanted, change_goods
from orders.services.erasure import erase_customer
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, outcomes, place, stock

LATER = MOMENT + timedelta(hours=1)
CONTACT = {
    "recipient": "王小明",
    "phone": "13812345678",
    "region": "上海市 浦东新区",
    "address": "世纪大道 100 号",
}


@pytest.fixture
def store(db):
    store = factories.StoreFactory()
    stock(store, A=5, B=5, C=1)
    return store


@pytest.fixture
def reviewer(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


@pytest.fixture
def order(store):
    place(store, draft("T1", ("A", 2), **CONTACT))
    return Order.objects.get()


def swap(order, person, *wanted, **options):
    options = {"version": order.version, "reason": "A is broken", "at": LATER} | options
    lines = [Wanted(code, pieces, line_id=pk) for pk, code, pieces in wanted]
    return change_goods(order_id=order.pk, wanted=lines, actor=person, **options)


def move_house(order, person, **to):
    to = to or {"address": "新街 8 号"}
    return change_address(
        order_id=order.pk,
        version=order.version,
        to=Recipient(**to),
        reason="The buyer moved",
        actor=person,
        at=LATER,
    )


def levels(store):
    rows = store.skus.values_list("code", "stock_levels__available", "stock_levels__reserved")
    return {code: (available, reserved) for code, available, reserved in rows}


def test_swapped_goods_are_released_and_reserved_anew(order, store, reviewer):
    """ORD-5: swap goods; an even swap keeps the money."""
    line = order.lines.get()

    changed = swap(order, reviewer, (line.pk, "B", 2))

    assert levels(store) == {"A": (5, 0), "B": (3, 2), "C": (1, 0)}
    assert (changed.fulfilment_state, changed.total_amount, changed.version) == ("reserved", 20, 2)
    event = changed.events.get(kind="changed")
    assert event.actor == reviewer
    assert event.data["fields"]["goods"] == ["2 × A", "2 × B"]
    entry = AuditEntry.objects.filter(model="orders.orderline", verb="changed").get()
    assert (entry.before, entry.after) == ({"sku_code": "A"}, {"sku_code": "B"})
    assert_invariants_hold()


def test_fewer_pieces_are_money_that_the_buyer_is_owed(order, store, reviewer):
    """ORD-5: never silently changed: refused, or a refund is asked for with the change."""
    line = order.lines.get()
    with pytest.raises(BuyerIsOwed) as refusal:
        swap(order, reviewer, (line.pk, "A", 1))
    assert refusal.value.facts["amount"] == "10.00"
    assert levels(store)["A"] == (3, 2)

    changed = swap(order, reviewer, (line.pk, "A", 1), refund_difference=True)

    assert (changed.total_amount, changed.paid_amount) == (10, 20)
    assert RefundRequest.objects.get().amount == 10
    assert levels(store)["A"] == (4, 1)
    assert_invariants_hold()


def test_dearer_goods_and_goods_that_would_have_to_wait_are_refused(order, store, reviewer):
    line = order.lines.get()
    dear = Wanted("B", 2, line_id=line.pk, unit_price=Decimal(11))
    with pytest.raises(BuyerOwes):
        change_goods(
            order_id=order.pk, version=1, wanted=[dear], reason="Better", actor=reviewer, at=LATER
        )
    with pytest.raises(NotEnough):
        swap(order, reviewer, (line.pk, "C", 2))
    with pytest.raises(DomainError, match="no SKU"):
        swap(order, reviewer, (line.pk, "Z", 2))

    order.refresh_from_db()
    assert (order.version, order.fulfilment_state) == (1, "reserved")
    assert levels(store) == {"A": (3, 2), "B": (5, 0), "C": (1, 0)}


def test_a_waiting_order_is_covered_as_soon_as_its_goods_are_others(store, reviewer):
    place(store, draft("T1", ("C", 2)))
    order = Order.objects.get()
    assert order.fulfilment_state == "waiting"

    swap(order, reviewer, (order.lines.get().pk, "B", 2))

    order.refresh_from_db()
    assert order.fulfilment_state == "reserved"
    assert_invariants_hold()


def test_a_new_address_replaces_only_what_is_entered(order, reviewer):
    """ORD-5: change address; the record says what was changed, never what it was."""
    changed = move_house(order, reviewer, address="新街 8 号", phone="13900001111")

    contact = Order.objects.get().contact
    assert (contact.recipient, contact.phone) == ("王小明", "13900001111")
    assert contact.address == "新街 8 号"
    event = changed.events.get(kind="changed")
    assert sorted(event.data["fields"]) == ["address", "phone"]
    assert "新街" not in str(event.data)
    assert "139" not in str(event.data)
    assert AuditEntry.objects.filter(subject_id=order.pk, after__sealed_contact="***").exists()


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE, Role.MARKETING_LEAD])
def test_who_has_no_right_changes_nothing(order, store, role):
    person = factories.UserFactory(role=role, store=store)

    for change in (move_house, lambda o, p: swap(o, p, (o.lines.get().pk, "B", 2))):
        with pytest.raises(NotAllowed):
            change(order, person)


def test_an_order_that_has_left_is_not_changed(order, reviewer):
    lifecycle.review_orders(order_ids=[order.pk], actor=None, at=MOMENT)
    lifecycle.ship_orders(order_ids=[order.pk], actor=None, at=MOMENT)
    order.refresh_from_db()

    with pytest.raises(editing.TooLate):
        move_house(order, reviewer)


def test_our_changes_survive_later_copies_of_the_channel(order, store, reviewer):
    """ORD-5: an edit is neither undone by a later copy nor makes it a contradiction."""
    swap(order, reviewer, (order.lines.get().pk, "B", 2))
    order.refresh_from_db()
    move_house(order, reviewer)

    answers = place(store, draft("T1", ("A", 2), **CONTACT, refunded_amount=Decimal(1)), at=LATER)

    assert outcomes(answers) == ["changed"]
    order = Order.objects.get()
    assert order.refunded_amount == 1
    assert order.contact.address == "新街 8 号"
    assert order.lines.get().sku_code == "B"
    assert not order.events.filter(kind="conflicted").exists()
    assert_invariants_hold()


def test_what_the_channel_changes_after_us_is_a_conflict_once(order, store, reviewer):
    """ORD-5: a new change at the channel after our edit is on the timeline, and ours stays."""
    move_house(order, reviewer)
    moved = draft("T1", ("A", 2), **{**CONTACT, "address": "第三条路 3 号"})

    first, again = place(store, moved, at=LATER), place(store, moved, at=LATER)

    assert (outcomes(first), outcomes(again)) == (["conflict"], ["duplicate"])
    assert Order.objects.get().contact.address == "新街 8 号"
    assert order.events.filter(kind="conflicted").count() == 1


def test_a_channel_that_says_what_we_made_of_it_is_no_conflict(order, store, reviewer):
    move_house(order, reviewer)
    caught_up = draft("T1", ("A", 2), **{**CONTACT, "address": "新街 8 号"})

    assert outcomes(place(store, caught_up, at=LATER)) == ["duplicate"]


def test_other_parts_of_a_changed_contact_follow_the_channel(order, store, reviewer):
    move_house(order, reviewer)

    place(store, draft("T1", ("A", 2), **{**CONTACT, "phone": "13700002222"}), at=LATER)

    contact = Order.objects.get().contact
    assert (contact.phone, contact.address) == ("13700002222", "新街 8 号")


def test_goods_that_the_channel_changes_after_us_are_a_conflict(order, store, reviewer):
    swap(order, reviewer, (order.lines.get().pk, "B", 2))

    (answer,) = place(store, draft("T1", ("A", 3), **CONTACT), at=LATER)

    assert answer.outcome == "conflict"
    assert "after they were changed here" in answer.reason


def test_of_an_erased_customer_neither_digest_nor_note_is_left(order, reviewer):
    move_house(order, reviewer)
    factories.ContactAttemptFactory(order=order, note="Mr Wang, third floor")
    lifecycle.cancel_orders(order_ids=[order.pk], reason="x", actor=None, at=LATER)

    erase_customer(customer_id=order.customer_id, at=LATER)

    assert ChannelSays.objects.get(order=order).contact == {}
    assert not order.former_contacts.exists()
    assert order.contact_attempts.get().note == ""


def test_the_later_of_two_people_is_told_who_was_first(order, reviewer, store):
    """ORD-5: two people on one order, the later is told."""
    other = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    move_house(order, reviewer)

    with pytest.raises(Conflict) as refusal:
        move_house(order, other, address="别处 1 号")

    assert refusal.value.facts["winner"] == str(reviewer)
    assert refusal.value.facts["what"] == "address"


@pytest.mark.django_db(transaction=True)
def test_of_approving_cancelling_and_editing_at_once_one_wins(store, monkeypatch):
    """ORD-5: concurrent approve/cancel/edit = one winner, the others get a conflict naming it."""
    place(store, draft("T1", ("A", 2), **CONTACT))
    order = Order.objects.get()
    people = [factories.UserFactory(role=Role.ORDER_REVIEWER, store=store) for _ in range(4)]
    monkeypatch.setattr(lifecycle, "note", slowly(lifecycle.note))
    act = partial(act_on_order, order_id=order.pk, version=1, reason="late", at=LATER)
    line = (order.lines.get().pk, "B", 2)

    results = run_together(
        [
            partial(act, action=ACTIONS["review"], actor=people[0]),
            partial(act, action=ACTIONS["cancel"], actor=people[1]),
            partial(move_house, order, people[2]),
            partial(swap, order, people[3], line),
        ]
    )

    refused = [result for result in results if isinstance(result, Conflict)]
    winner = next(n for n, result in enumerate(results) if not isinstance(result, Exception))
    assert len(refused) == 3
    assert {each.facts["winner"] for each in refused} == {str(people[winner])}
    order.refresh_from_db()
    assert order.version == 2
    assert_invariants_hold()


def test_a_preview_shows_the_arithmetic_and_changes_nothing(order, reviewer):
    line = order.lines.get()
    wanted = [
        Wanted("A", 1, line_id=line.pk),
        Wanted("B", 1, unit_price=Decimal("7.50")),
    ]

    preview = amending.preview_goods(order, wanted)

    assert (preview.total_before, preview.total_after) == (20, Decimal("17.50"))
    assert preview.difference == Decimal("-2.50")
    assert order.lines.get().quantity == 2
