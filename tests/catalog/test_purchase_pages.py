"""CAT-8: the pages of purchase orders, the board they come from, and the warehouse's programs."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from catalog.models import PurchaseOrder, StockLevel
from opsdesk.audit.models import AuditEntry
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.purchases import Desk
from tests.tokens.programs import program, send

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/purchaseorder/"
REQUESTS = "/admin/approvals/approval/"
BOARD = "/admin/catalog/stockcover/"


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def operator(client, desk):
    client.force_login(desk.operator)
    return client


def page_of(order, part="change"):
    return f"{LIST}{order.pk}/{part}/"


def buttons(response):
    return {action.code for action in response.context["actions"]} | {
        name for name in ("edit", "receive") if response.context[f"may_{name}"]
    }


def form_for(desk, lines, **more):
    return {
        "supplier": desk.supplier.pk,
        "warehouse": desk.warehouse.pk,
        "reason": "Runs out",
        "lines": lines,
    } | more


def test_an_order_is_drafted_edited_asked_for_and_sent_on_its_pages(operator, desk):
    desk.sku("A-1"), desk.sku("B 2")

    operator.post(f"{LIST}draft/", form_for(desk, "A-1 24\nB 2 10 9.90"))
    order = PurchaseOrder.objects.get()
    assert sorted(order.lines.values_list("sku__code", "quantity", "cost")) == [
        ("A-1", 24, Decimal("12.50")),
        ("B 2", 10, Decimal("9.90")),
    ]
    assert (
        operator.get(page_of(order, "edit")).context["form"].initial["lines"].startswith("A-1 24")
    )
    operator.post(page_of(order, "edit"), form_for(desk, "A-1 48", version="1"))
    operator.post(page_of(order, "act"), {"do": "ask"})
    desk.decide(order, at=timezone.now())
    day = (timezone.now() + timedelta(days=9)).date()
    operator.post(page_of(order, "act"), {"do": "send", "expected_on": day.isoformat()})

    order.refresh_from_db()
    assert (order.state, order.expected_on, order.lines.get().quantity) == ("sent", day, 48)


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("A-1", "Line 1"),
        ("A-1 0", "Line 1"),
        ("A-1 5 free", "Line 1"),
        ("A-1 5 1.005", "Line 1"),
        ("A-1 5\nA-1 6", "twice"),
        ("X-9 5", "No SKU has the code X-9"),
    ],
)
def test_what_can_t_be_read_is_said_beside_the_lines(operator, desk, lines, wrong):
    desk.sku("A-1")

    response = operator.post(f"{LIST}draft/", form_for(desk, lines))

    assert wrong in str(response.context["form"].errors["lines"])
    assert not PurchaseOrder.objects.exists()


def test_the_page_shows_the_buttons_that_work_for_the_person(client, desk):
    order = desk.draft()
    seen = {}
    for person in (desk.operator, desk.clerk, desk.lead):
        client.force_login(person)
        seen[person.pk] = buttons(client.get(page_of(order)))
    assert seen == {
        desk.operator.pk: {"ask", "edit", "cancel"},
        desk.clerk.pk: set(),
        desk.lead.pk: set(),
    }

    sent = desk.sent((desk.sku("S"), 5))
    client.force_login(desk.clerk)
    assert buttons(client.get(page_of(sent))) == {"receive"}
    assert client.get(page_of(sent, "receive")).status_code == 200
    assert client.post(page_of(sent, "act"), {"do": "cancel"}).status_code == 403
    client.force_login(desk.operator)
    assert buttons(client.get(page_of(sent))) == {"receive", "move", "cancel"}


def test_a_delivery_note_is_received_on_its_page_and_a_second_time_refused(client, desk):
    sku = desk.sku()
    order = desk.sent((sku, 24))
    client.force_login(desk.clerk)
    note = {"delivery_note": "DN-1", f"good_{sku.pk}": "20", f"damaged_{sku.pk}": "1"}

    assert client.post(page_of(order, "receive"), note).status_code == 302
    again = client.post(page_of(order, "receive"), note | {f"good_{sku.pk}": "1"})

    assert "was booked before" in again.content.decode()
    assert StockLevel.objects.get().available == 20
    assert "DN-1" in client.get(page_of(order)).content.decode()


def test_the_order_leaves_on_paper_and_as_a_file(operator, desk):
    order = desk.sent((desk.sku("A-1"), 24))

    paper = operator.get(page_of(order, "print")).content.decode()
    table = operator.get(f"{page_of(order, 'file')}?format=csv")
    book = operator.get(f"{page_of(order, 'file')}?format=xlsx")

    assert order.number in paper
    assert "300.00" in paper
    assert b"A-1" in table.getvalue()
    rows = list(load_workbook(BytesIO(book.getvalue())).active.values)
    assert rows[1][:3] == (order.number, desk.warehouse.name, "A-1")
    assert AuditEntry.objects.filter(verb="exported", subject_id=order.pk).count() == 2


@pytest.mark.parametrize("address", ["", "change/", "print/", "file/?format=csv"])
def test_who_receives_goods_does_not_see_what_they_cost(client, operator, desk, address):
    """CAT-6: margins are nobody's but of who may see costs, on paper and in files, too."""
    order = desk.sent((desk.sku("A-1"), 24))
    page = f"{LIST}{order.pk}/{address}" if address else LIST

    def told(person):
        client.force_login(person)
        answer = client.get(page)
        return (answer.getvalue() if answer.streaming else answer.content).decode()

    assert "300.00" in told(desk.operator)
    theirs = told(desk.clerk)
    assert order.number in theirs
    assert "300.00" not in theirs
    assert "12.50" not in theirs


@pytest.mark.parametrize("is_listed", [True, False])
def test_who_looks_at_the_request_for_goods_does_not_see_what_they_cost(client, desk, is_listed):
    """CAT-8: looking at requests is more people's right than looking at costs."""
    order = desk.ask(desk.draft((desk.sku("A-1"), 24)))
    page = REQUESTS if is_listed else f"{REQUESTS}{order.approval_id}/change/"

    def told(person):
        client.force_login(person)
        return client.get(page).content.decode()

    assert "300.00" in told(desk.lead)
    theirs = told(desk.clerk)
    assert order.number in theirs
    assert is_listed or "24 pieces" in theirs
    assert "300.00" not in theirs
    assert "12.50" not in theirs


def test_the_tabs_and_the_sidebar_tell_what_waits(operator, desk):
    draft = desk.draft((desk.sku("D"), 5))
    asked = desk.ask(desk.draft((desk.sku("P"), 5)))
    late = desk.sent((desk.sku("L"), 5))  # expected in March, long ago

    def shown(tab):
        response = operator.get(f"{LIST}?tab={tab}")
        return [row.pk for row in response.context["page"].rows]

    assert {tab: shown(tab) for tab in ("drafts", "asked", "way", "overdue")} == {
        "drafts": [draft.pk],
        "asked": [asked.pk],
        "way": [late.pk],
        "overdue": [late.pk],
    }
    assert len(shown("")) == 3


def test_the_lists_queries_don_t_grow(operator, desk, django_assert_max_num_queries):
    for number in range(8):
        desk.draft((desk.sku(f"Q-{number}"), 5))
    operator.get(LIST)

    with django_assert_max_num_queries(16):
        operator.get(LIST)


def cover(desk, code, *, supplier=None, cost="5.00", **fields):
    sku = factories.SkuFactory(store=desk.store, code=code, cost=cost)
    if supplier:
        factories.SupplierItemFactory(supplier=supplier, sku=sku, pack_size=12)
    return factories.StockCoverFactory(sku=sku, warehouse=desk.warehouse, **fields)


def test_ticked_rows_become_one_draft_per_supplier_and_warehouse(operator, desk):
    """CAT-8: a preview first; what can't be ordered is said."""
    second = factories.SupplierFactory(store=desk.store)
    rows = [
        cover(desk, "A", supplier=desk.supplier),
        cover(desk, "B", supplier=desk.supplier),
        cover(desk, "C", supplier=second),
        cover(desk, "NOBODY"),
        cover(desk, "FREE", supplier=second, cost=None),
        cover(desk, "ENOUGH", supplier=second, available=600),
    ]

    preview = operator.post(BOARD, {"bulk": "order", "ids": [row.pk for row in rows]})

    plan = preview.context["plan"]
    assert {(o.supplier.pk, len(o.lines)) for o in plan.orders} == {
        (desk.supplier.pk, 2),
        (second.pk, 1),
    }
    assert {left.sku.code for left, _why in plan.left} == {"NOBODY", "FREE", "ENOUGH"}
    assert "no supplier is preferred for it" in preview.content.decode()
    assert not PurchaseOrder.objects.exists()

    operator.post(f"{BOARD}order/", {"ids": preview.context["ids"]})

    found = {order.supplier_id: order for order in PurchaseOrder.objects.all()}
    assert found.keys() == {desk.supplier.pk, second.pk}
    assert [line.quantity for line in found[desk.supplier.pk].lines.all()] == [48, 48]


def test_a_single_row_leads_to_its_draft(operator, desk):
    row = cover(desk, "A", supplier=desk.supplier)

    response = operator.post(f"{BOARD}order/", {"ids": row.pk})

    assert response.url == page_of(PurchaseOrder.objects.get())


def test_what_is_on_order_is_not_proposed_again(operator, desk):
    """CAT-8: 60 wanted, 16 there, 24 on the way: two packs of 12 are proposed, not four."""
    row = cover(desk, "A", supplier=desk.supplier)
    desk.sent((row.sku, 24))

    shown = operator.get(BOARD).context["page"].rows[0]

    assert (shown.on_order, shown.proposal.quantity) == (24, 24)


def test_the_products_stock_tab_says_what_is_on_order(operator, desk):
    level = factories.StockLevelFactory(sku=desk.sku(), warehouse=desk.warehouse, available=3)
    desk.sent((level.sku, 77))

    page = operator.get(f"/admin/catalog/product/{level.sku.product_id}/change/?tab=stock")

    assert ">77</td>" in page.content.decode()


def test_a_warehouse_program_finds_what_is_expected_and_receives_it_once(desk):
    """CAT-8, over REST: the note and the key each make it once."""
    sku = desk.sku("A-1")
    order = desk.sent((sku, 24))
    scanner = program(desk.store, "purchase:receive", role=Role.WAREHOUSE)
    found = scanner.get("/api/v1/purchase-orders/?state=sent").json()["results"]
    assert found[0]["lines"] == [
        {"sku": str(sku.pk), "sku_code": "A-1", "quantity": 24, "received": 0, "most": 24}
    ]
    body = {
        "purchase_order": str(order.pk),
        "delivery_note": "DN-1",
        "lines": [{"sku_code": "A-1", "good": 20, "damaged": 1}],
    }

    first = send(scanner, "purchase-receipts", body)
    again = send(scanner, "purchase-receipts", body)
    other_key = send(scanner, "purchase-receipts", body, key="key-2")

    assert (first.status_code, again.status_code, other_key.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert first.json()["lines"][0]["good"] == 20
    assert other_key.json()["code"] == "note_booked_before"
    assert StockLevel.objects.get().available == 20


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"purchase_order": "999999"}, 404),
        ({"lines": [{"sku_code": "NONE", "good": 1}]}, 404),
        ({"lines": [{"sku_code": "A-1", "good": 25}]}, 409),
        ({"lines": []}, 400),
    ],
)
def test_a_delivery_that_can_t_be_is_refused(desk, change, status):
    order = desk.sent((desk.sku("A-1"), 24))
    scanner = program(desk.store, "purchase:receive", role=Role.WAREHOUSE)
    body = {
        "purchase_order": str(order.pk),
        "delivery_note": "DN-1",
        "lines": [{"sku_code": "A-1", "good": 1}],
    }

    assert send(scanner, "purchase-receipts", body | change).status_code == status
    assert not StockLevel.objects.exists()
