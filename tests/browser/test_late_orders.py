"""Orders that will be late: told, compensated, granted, followed up, through the real pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalog.services.stock import receive_stock
from fulfillment.models import Compensation, LateRisk, ShipmentMiss
from fulfillment.services.late_risks import look_for_late_orders
from fulfillment.services.misses import close_misses, find_misses
from opsdesk.approvals.services.carrying import carry_out_waiting
from opsdesk.deadlines.models import Deadline
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.lifecycle import ship_orders
from orders.services.reservation import reserve_waiting_orders
from tests import factories
from tests.browser.pages import Compensations, Desk, LateOrders, MissedAndShort, OrderList

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def late(store):
    """Paid, without stock, and due an hour ago; its goods come tomorrow."""
    now = timezone.now()
    channel = factories.ChannelFactory(store=store, platform="own")
    factories.TargetFactory(store=store, adapter="sms-console", address="")
    factories.CompensationRuleFactory(store=store, percent=50, kind="money")
    order = factories.OrderFactory(
        store=store,
        channel=channel,
        external_number="L-100",
        fulfilment_state="waiting",
        placed_at=now - 26 * HOUR,
        total_amount=Decimal("300.00"),
    )
    sku = factories.SkuFactory(store=store)
    factories.OrderLineFactory(order=order, sku=sku, sku_code=sku.code)
    factories.DeadlineFactory(
        subject=order,
        rule="fulfillment.ship",
        owner_role="warehouse",
        started_at=now - 26 * HOUR,
        due_at=now - 2 * HOUR,
        next_at=now - 2 * HOUR,
    )
    look_for_late_orders(store, at=now)
    return order


def person(store, role):
    return factories.UserFactory(role=role, store=store)


def test_a_delay_is_told_compensated_by_two_and_granted_by_a_third(sign_in, store, late):
    """FUL-2: the clerk tells and proposes, the service lead agrees, finance pays."""
    page = sign_in(person(store, Role.CUSTOMER_SERVICE))
    orders = LateOrders(page).open("/admin/fulfillment/laterisk/?tab=open")
    expect(orders.row("L-100")).to_contain_text("Goods are missing")

    orders.tick("L-100")
    orders.bulk("Tell the customers")
    page.get_by_role("button", name="Tell the customers: 1").click()
    orders.expect_message("Customers told: 1.")
    orders.tick("L-100")
    orders.bulk("Compensate")
    page.get_by_role("button", name="Compensate: 1").click()
    orders.expect_message("Compensated or asked for: 1.")
    assert OutboundMessage.objects.count() == 1

    page = sign_in(person(store, Role.SERVICE_LEAD))
    Desk(page).row("To decide").get_by_role("link").click()
    expect(page.get_by_text("L-100").first).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    carry_out_waiting(at=timezone.now())

    page = sign_in(person(store, Role.FINANCE))
    list_ = Compensations(page).open("/admin/fulfillment/compensation/?tab=approved")
    list_.tick("L-100")
    list_.bulk("Put down as granted")
    page.get_by_label("How they got it").fill("Payment 2026-771")
    page.get_by_role("button", name="Put down as granted: 1").click()
    list_.expect_message("Granted: 1.")

    given = Compensation.objects.get()
    assert (given.state, given.amount, given.granted_how) == (
        "granted",
        Decimal("50.00"),
        "Payment 2026-771",
    )
    assert LateRisk.objects.get().told_at is not None


def test_what_was_missed_is_followed_up_until_it_has_left(sign_in, store, late):
    """FUL-4: the note says what is done; the row closes when the order leaves."""
    now = timezone.now()
    late_since = now - 3 * 24 * HOUR
    Deadline.objects.update(started_at=late_since, due_at=late_since + HOUR)
    late.paid_at = late.placed_at = late_since
    late.save(update_fields=["paid_at", "placed_at"])
    find_misses(store, store.business_date(now) - timedelta(days=1), at=now)
    page = sign_in(person(store, Role.SERVICE_LEAD))
    misses = MissedAndShort(page).open("/admin/fulfillment/shipmentmiss/?tab=open")

    misses.open_row("L-100")
    page.get_by_label("What is done about it").fill("Leaves at nine with the second lorry")
    page.get_by_role("button", name="Follow up").click()
    misses.expect_message("Followed up: 1.")

    warehouse = factories.WarehouseFactory(store=store)
    sku_id = late.lines.get().sku_id
    receive_stock(sku_id=sku_id, warehouse_id=warehouse.pk, quantity=5, actor=None, at=now)
    reserve_waiting_orders(at=now)
    Order.objects.update(review_state="passed", reviewed_at=now)
    ship_orders(order_ids=[late.pk], actor=None, at=now)
    close_misses(store, at=now)
    assert ShipmentMiss.objects.get().state == "closed"


def test_the_order_list_shows_what_has_to_leave_and_leads_there(sign_in, store, late):
    """FUL-2: one click to what is overdue, how long and since when beside each."""
    page = sign_in(person(store, Role.OPERATIONS_LEAD))
    orders = OrderList(page).open()

    orders.tab("Ship-by passed")

    expect(orders.row("L-100")).to_contain_text("2 h")
    expect(orders.row("L-100").locator(".od-danger")).to_contain_text("over")
    orders.open_row("L-100")
    expect(page.locator(".od-facts").get_by_text("over")).to_be_visible()
