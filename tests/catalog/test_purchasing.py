"""CAT-8: goods are ordered by one person, agreed to by another, sent, and followed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import Error, IntegrityError, transaction

from catalog.models import PurchaseLine, PurchaseOrder
from catalog.services import purchasing
from catalog.services.purchase_drafts import Draft, Wanted, edit_purchase_order
from catalog.services.purchase_requests import AMOUNT_OF_LEAD, TermsMissed
from catalog.services.purchase_sending import (
    cancel_purchase_order,
    close_purchase_order,
    move_expected_arrival,
    send_purchase_order,
)
from catalog.services.purchasing import pieces_on_order, pieces_ordered
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying, filing
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.purchases import HOUR, Desk
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


def edited(desk, order, pieces, *, actor=None, version=None):
    line = order.lines.get()
    draft = Draft(order.supplier_id, order.warehouse_id, [Wanted(line.sku_id, pieces)])
    return edit_purchase_order(
        order_id=order.pk,
        draft=draft,
        version=version or order.version,
        actor=actor or desk.operator,
        at=MOMENT,
    )


def test_a_purchase_order_goes_from_draft_to_sent_by_two_people(desk):
    """CAT-8: filed by the catalog operator, agreed to by the operations lead, sent, expected."""
    order = desk.draft()
    assert (order.state, order.number, order.currency) == ("draft", "PO-00001", "CNY")

    desk.ask(order)
    order.refresh_from_db()
    assert (order.state, order.asked_at, order.approval.amount) == ("pending", MOMENT, 300)
    desk.decide(order)
    assert (order.state, order.approved_at) == ("approved", MOMENT + HOUR)
    order = send_purchase_order(order_id=order.pk, actor=desk.operator, at=MOMENT + HOUR)

    assert (order.state, order.sent_by) == ("sent", desk.operator)
    assert order.expected_on == date(2026, 3, 7)  # five days from the day of sending
    assert_invariants_hold("catalog.")


def test_numbers_count_up_in_each_store(desk):
    other = Desk()

    orders = [desk.draft((desk.sku(code), 1)) for code in ("B-1", "B-2")]

    assert [order.number for order in orders] == ["PO-00001", "PO-00002"]
    assert other.draft().number == "PO-00001"


def test_a_line_costs_what_the_supplier_asks_else_the_skus_cost(desk):
    dear, cheap, unknown = desk.sku("D"), desk.sku("C"), desk.sku("U", cost=None)
    factories.SupplierItemFactory(supplier=desk.supplier, sku=cheap, cost="9.80")

    order = desk.draft((dear, 1), (cheap, 1))

    assert dict(order.lines.values_list("sku__code", "cost")) == {
        "D": Decimal("12.50"),
        "C": Decimal("9.80"),
    }
    with pytest.raises(DomainError, match="neither the supplier's cost"):
        desk.draft((unknown, 1))


def test_the_suppliers_minimum_and_packs_are_held_with_the_arithmetic_said(desk):
    """CAT-8"""
    sku = desk.sku()
    factories.SupplierItemFactory(
        supplier=desk.supplier, sku=sku, minimum_quantity=48, pack_size=12
    )

    with pytest.raises(TermsMissed, match=r"50 pieces; .* at least 48, in packs of 12") as refusal:
        desk.ask(desk.draft((sku, 50)))

    assert "order 60 (5 × 12)" in refusal.value.message
    assert desk.ask(desk.draft((sku, 60))).state == "pending"


@pytest.mark.parametrize(("pieces", "role"), [(1600, "operations_lead"), (1601, "finance")])
def test_finance_decides_above_the_limit(desk, pieces, role):
    """CAT-8: 1,600 × 12.50 is the limit of 20,000."""
    order = desk.ask(desk.draft((desk.sku(), pieces)))

    assert order.approval.roles == [role]


def test_splitting_an_order_does_not_get_around_finance(desk):
    """What one person asks of one supplier counts together."""
    first, second = (desk.draft((desk.sku(code), 1000)) for code in ("S-1", "S-2"))

    assert desk.ask(first).approval.roles == [Role.OPERATIONS_LEAD]
    assert desk.ask(second).approval.roles == [Role.FINANCE]


def test_each_store_says_what_the_lead_agrees_to(desk):
    factories.SettingOverrideFactory(key=AMOUNT_OF_LEAD.key, store=desk.store, value=100)

    assert desk.ask(desk.draft()).approval.roles == [Role.FINANCE]


def test_nobody_agrees_to_what_they_asked_for_or_wrote(desk):
    """Four eyes: neither who asked, nor who wrote what another one asked for."""
    both = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=desk.store)
    factories.MembershipFactory(user=both, store=desk.store, role=Role.OPERATIONS_LEAD)
    asked = desk.ask(desk.draft((desk.sku("W-1"), 5)), actor=both)
    wrote = desk.ask(desk.draft((desk.sku("W-2"), 5), actor=both))

    for order in (asked, wrote):
        with pytest.raises(NotAllowed):
            desk.decide(order, by=both)


def test_an_edit_voids_the_request_and_leaves_a_draft(desk):
    """CAT-8: what was agreed to is what was asked for."""
    order = desk.ask(desk.draft())
    colleague = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=desk.store)

    order = edited(desk, order, 48, actor=colleague)

    request = Approval.objects.get()
    assert (request.state, request.why, request.ended_by) == ("voided", "edited", colleague)
    assert (order.state, order.version, order.lines.get().quantity) == ("draft", 2, 48)
    assert desk.ask(order).approval.last_editor == colleague


def test_who_edits_an_older_version_is_told(desk):
    order = desk.draft()
    edited(desk, order, 30)

    with pytest.raises(Conflict, match="Somebody else has edited"):
        edited(desk, order, 40, version=1)

    assert order.lines.get().quantity == 30


def test_what_was_asked_for_is_frozen_in_the_database(desk):
    order = desk.ask(desk.draft())
    lines = PurchaseLine.objects.filter(order=order)

    for change in ({"quantity": 99}, {"cost": 1}):
        with pytest.raises(IntegrityError, match="stays as it was asked for"):
            _in_savepoint(lines.update, **change)
    with pytest.raises(IntegrityError, match="stays as it was asked for"):
        _in_savepoint(lines.delete)
    with pytest.raises(IntegrityError, match="stays as it was asked for"):
        _in_savepoint(factories.PurchaseLineFactory, order=order)
    with pytest.raises(Error, match="kept_once_asked"):
        _in_savepoint(PurchaseOrder.objects.filter(pk=order.pk)._raw_delete, "default")


def _in_savepoint(work, *given, **named):
    with transaction.atomic():
        work(*given, **named)


def test_after_an_approval_nothing_is_edited(desk):
    order = desk.approved()

    with pytest.raises(Conflict, match="approved by now"):
        edited(desk, order, 48)


@pytest.mark.parametrize("how", ["rejected", "withdrawn", "expired"])
def test_a_refused_order_is_a_draft_again(desk, how):
    order = desk.ask(desk.draft())
    later = MOMENT + timedelta(days=30)
    if how == "rejected":
        desk.decide(order, "reject")
    elif how == "withdrawn":
        filing.withdraw(approval_id=order.approval_id, actor=desk.operator, at=MOMENT)
    else:
        carrying.expire_approvals(at=later)

    assert list(PurchaseOrder.objects.drafts()) == [order]
    assert not PurchaseOrder.objects.to_approve().exists()
    assert purchasing.take_back_refused() == 1
    order.refresh_from_db()
    assert (order.state, order.asked_at) == ("draft", None)
    assert desk.ask(order, at=later).state == "pending"


def test_a_supplier_that_is_switched_off_meanwhile_stops_it(desk):
    order = desk.ask(desk.draft())
    desk.supplier.is_active = False
    desk.supplier.save(update_fields=["is_active"])

    request = desk.decide(order)

    assert (request.state, request.why, order.state) == ("voided", "changed", "pending")


@pytest.mark.parametrize("stage", ["draft", "pending", "approved", "sent"])
def test_an_order_is_cancelled_until_goods_came(desk, stage):
    order = desk.draft()
    if stage == "pending":
        desk.ask(order)
    elif stage in ("approved", "sent"):
        order = getattr(desk, stage)((desk.sku("Z"), 5))

    ended = cancel_purchase_order(
        order_id=order.pk, reason="too dear", actor=desk.operator, at=MOMENT + 3 * HOUR
    )

    assert (ended.state, ended.ended_reason) == ("cancelled", "too dear")
    assert not Approval.objects.filter(state__in=Approval.OPEN).exists()
    assert pieces_on_order([ended.lines.get().sku_id]) == {}


def test_once_goods_came_the_rest_is_closed_short_and_free(desk):
    """CAT-8: what will never come is not on order any more."""
    sku = desk.sku()
    order = desk.sent((sku, 24))
    desk.receive(order, good=10)
    assert pieces_on_order([sku.pk]) == {(sku.pk, desk.warehouse.pk): 14}

    with pytest.raises(Conflict, match="partly received by now"):
        cancel_purchase_order(order_id=order.pk, reason="x", actor=desk.operator, at=MOMENT)
    with pytest.raises(DomainError, match="Say why the rest"):
        close_purchase_order(order_id=order.pk, actor=desk.operator, at=MOMENT)
    closed = close_purchase_order(
        order_id=order.pk, reason="discontinued", actor=desk.operator, at=MOMENT + 48 * HOUR
    )

    assert closed.state == "short"
    assert pieces_on_order([sku.pk]) == {}
    assert_invariants_hold("catalog.")


def test_an_expected_day_is_moved_for_a_reason_and_never_into_the_past(desk):
    order = desk.sent()
    moved = {"order_id": order.pk, "actor": desk.operator, "at": MOMENT + 3 * HOUR}

    with pytest.raises(DomainError, match="a day that has passed"):
        move_expected_arrival(expected_on=date(2026, 3, 1), reason="late", **moved)
    with pytest.raises(DomainError, match="Say why"):
        move_expected_arrival(expected_on=date(2026, 3, 9), reason=" ", **moved)
    order = move_expected_arrival(expected_on=date(2026, 3, 9), reason="strike", **moved)

    assert (order.expected_on, order.expected_reason) == (date(2026, 3, 9), "strike")


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.OPERATIONS_LEAD, Role.FINANCE])
def test_only_the_catalog_operator_orders(desk, role):
    other = factories.UserFactory(role=role, store=desk.store)
    sku = desk.sku()

    with pytest.raises(NotAllowed):
        desk.draft((sku, 5), actor=other)
    with pytest.raises(NotAllowed):
        desk.ask(desk.draft((sku, 5)), actor=other)


def test_checks_are_asked_when_it_is_asked_for_and_when_it_is_agreed_to(desk, monkeypatch):
    """The hook that caps a trial batch hangs on."""
    seen = []

    def capped(lines, *, at):
        products = {line.sku.product_id for line in lines}
        so_far = pieces_ordered(products, apart_from=lines[0].order_id)
        seen.append((sum(line.quantity for line in lines), sum(so_far.values()), at))
        if sum(so_far.values()) + sum(line.quantity for line in lines) > 50:
            raise DomainError("A trial batch has at most 50 pieces.")

    monkeypatch.setattr(purchasing, "_checks", [])
    purchasing.on_check(capped)
    purchasing.on_check(capped)
    sku = desk.sku()
    order, second = desk.draft((sku, 30)), desk.draft((sku, 21))

    desk.ask(order)
    desk.decide(order)
    with pytest.raises(DomainError, match="at most 50"):
        desk.ask(second)

    assert seen == [(30, 0, MOMENT), (30, 0, MOMENT + HOUR), (21, 30, MOMENT)]


def test_pieces_ordered_leave_out_what_will_never_come(desk):
    """CAT-12: cancelled orders and the rest of short ones count for nothing."""
    sku = desk.sku()
    desk.draft((sku, 1))
    desk.ask(desk.draft((sku, 2)))
    short = desk.sent((sku, 40))
    desk.receive(short, good=4)
    close_purchase_order(order_id=short.pk, reason="gone", actor=desk.operator, at=MOMENT)
    cancelled = desk.sent((sku, 80))
    cancel_purchase_order(order_id=cancelled.pk, reason="no", actor=desk.operator, at=MOMENT)
    desk.receive(desk.sent((sku, 8)), "DN-9")

    assert pieces_ordered([sku.product_id]) == {sku.product_id: 2 + 4 + 8}
    assert pieces_ordered([sku.product_id], apart_from=short.pk) == {sku.product_id: 2 + 8}


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "pending"},
        {"state": "sent"},
        {"state": "cancelled"},
        {"sent_at": MOMENT},
        {"expected_on": date(2026, 3, 9)},
        {"ended_at": MOMENT},
    ],
)
def test_a_state_has_its_moments_and_no_others(fields):
    with pytest.raises(IntegrityError):
        factories.PurchaseOrderFactory(**fields)


@pytest.mark.parametrize(
    "fields", [{"quantity": 0}, {"cost": -1}, {"received": 25}, {"most": 23}, {"sku": "elsewhere"}]
)
def test_a_line_is_sound(fields):
    if "sku" in fields:
        fields = {"sku": factories.SkuFactory()}
    with pytest.raises(IntegrityError):
        factories.PurchaseLineFactory(**fields)


@pytest.mark.parametrize("other", ["supplier", "warehouse"])
def test_supplier_and_warehouse_are_of_the_orders_store(other):
    make = {"supplier": factories.SupplierFactory, "warehouse": factories.WarehouseFactory}[other]

    with pytest.raises(IntegrityError, match="of its own store"):
        factories.PurchaseOrderFactory(**{other: make()})
