"""Invoices: asked for, numbered without holes, sent, voided by a red one (ORD-8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256

import pgtrigger
import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, InternalError, transaction

from opsdesk import sealing
from opsdesk.alerts.models import Alert
from opsdesk.audit.models import AuditEntry
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.models import WorkCalendar
from opsdesk.stores.roles import Role
from orders.buyers import NOBODY, Buyer
from orders.models import Invoice, InvoiceSeries, Order
from orders.papers import invoice_pdf
from orders.services import invoice_documents, invoicing
from orders.services.erasure import erase_customer
from orders.services.invoice_privacy import reseal_buyers
from orders.services.invoice_watch import look_for_refunded
from orders.services.invoicing import Asked, NoSeries, NothingToInvoice
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.test_contacts import dumped

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BUYER = Buyer("欧阳小明先生", email="ouyang@example.com", address="世纪大道 100 号 3 楼")
COMPANY = Buyer("北京采购有限公司", tax_number="91110105MA01ABCD2X", email="fin@example.com")


class Books:
    """A store with a series, its people, and paid orders."""

    def __init__(self, **series):
        self.store = factories.StoreFactory()
        if series.pop("with_series", True):
            self.series = factories.InvoiceSeriesFactory(store=self.store, **series)
        self.clerk = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=self.store)
        self.finance = factories.UserFactory(role=Role.FINANCE, store=self.store)

    def order(self, *amounts, **fields):
        amounts = [Decimal(amount) for amount in amounts or ("100.00",)]
        fields = {"fulfilment_state": "not_tracked", "total_amount": sum(amounts)} | fields
        order = factories.OrderFactory(store=self.store, **fields)
        for amount in amounts:
            factories.OrderLineFactory(order=order, unit_price=amount, title="木质书架")
        return order

    def asked(self, order=None, at=MOMENT, **fields):
        order = order or self.order()
        asked = Asked(**{"buyer": BUYER} | fields)
        return invoicing.request_invoice(order_id=order.pk, asked=asked, actor=self.clerk, at=at)

    def issue(self, *invoices, at=MOMENT + HOUR):
        ids = [invoice.pk for invoice in invoices]
        return invoicing.issue_invoices(invoice_ids=ids, actor=self.finance, at=at)

    def issued(self, order=None, **fields):
        return self.issue(self.asked(order, **fields))[0]

    def void(self, invoice, at=MOMENT + 2 * HOUR):
        return invoicing.void_invoice(
            invoice_id=invoice.pk, reason="Wrong title", actor=self.finance, at=at
        )


@pytest.fixture
def books():
    return Books()


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def refund(order, amount):
    Order.objects.filter(pk=order.pk).update(
        refunded_amount=amount, payment_state=Order.Payment.PART_REFUNDED
    )


def test_an_invoice_asked_for_is_issued_under_the_next_number(books):
    """ORD-8: asked, issued; the clock that ran from the request is met."""
    first, second = books.asked(), books.asked()
    assert (first.state, first.number, first.gross) == ("requested", "", Decimal(100))

    books.issue(second)
    books.issue(first)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.number, first.number) == ("INV-2026000001", "INV-2026000002")
    assert (first.state, first.issued_by) == ("issued", books.finance)
    assert set(Deadline.objects.values_list("rule", "state")) == {("orders.issue_invoice", "met")}
    assert_invariants_hold("orders")


def test_lines_come_to_the_cent_of_what_was_paid_and_kept(books):
    """ORD-8: a discount is spread, the last line takes the remainder, net and tax add up."""
    order = books.order("33.33", "33.33", "33.34")
    Order.objects.filter(pk=order.pk).update(paid_amount="99.99", discount_amount="0.01")

    invoice = books.asked(order)

    lines = invoice.lines.values_list("gross", "net", "tax", "tax_rate")
    assert [gross for gross, *_rest in lines] == [
        Decimal("33.32"),
        Decimal("33.32"),
        Decimal("33.35"),
    ]
    assert all(gross == net + tax and rate == 13 for gross, net, tax, rate in lines)
    assert (invoice.net + invoice.tax, invoice.gross) == (Decimal("99.99"), Decimal("99.99"))
    assert_invariants_hold("orders")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"buyer": replace(BUYER, title=" ")}, "to whom"),
        ({"buyer": replace(BUYER, email="")}, "mail address"),
        ({"buyer": replace(BUYER, address=""), "kind": "paper"}, "needs an address"),
        ({"vat_kind": "special"}, "tax number"),
        ({"gross": Decimal("100.01")}, "100.00 of order"),
        ({"gross": Decimal(0)}, "100.00 of order"),
    ],
)
def test_what_lacks_something_is_refused_when_it_is_asked_for(books, wrong, words):
    with pytest.raises(DomainError, match=words):
        books.asked(**wrong)
    assert not Invoice.objects.exists()


def test_no_more_is_invoiced_than_was_paid_less_what_went_back(books):
    """ORD-8: held by the service, and by the database where somebody goes past it."""
    order = books.order()
    refund(order, "30.00")
    books.issued(order, gross=Decimal(50))

    with pytest.raises(NothingToInvoice) as refusal:
        books.asked(order, gross=Decimal("20.01"))
    assert refusal.value.facts == {"left": "20.00"}
    with pytest.raises(IntegrityError, match="More would be invoiced"), transaction.atomic():
        factories.InvoiceFactory(order=order, gross=Decimal("20.01"), tax=Decimal("2.30"))
    assert books.issued(order).gross == Decimal(20)
    assert_invariants_hold("orders")


def test_a_refund_between_request_and_issue_uses_no_number(books):
    """ORD-8: a failed issue leaves no hole; the request is declined with its reason."""
    order = books.order()
    late, other = books.asked(order), books.asked()
    refund(order, "1.00")

    with pytest.raises(NothingToInvoice, match="refunded meanwhile"):
        books.issue(other, late)

    assert InvoiceSeries.objects.get().last == 0
    assert books.issue(other)[0].number.endswith("000001")
    declined = invoicing.decline_invoice(
        invoice_id=late.pk, reason="Refunded", actor=books.finance, at=MOMENT
    )
    assert (declined.state, declined.number) == ("declined", "")
    assert Deadline.objects.filter(subject_id=late.pk).get().state == "cancelled"
    assert books.asked(order).gross == Decimal(99)
    assert_invariants_hold("orders")


def test_a_red_invoice_voids_the_original_and_the_order_can_be_invoiced_anew(books):
    """ORD-8: voided with a number of its own and the amounts taken back."""
    order = books.order()
    invoice = books.issued(order)

    red = books.void(invoice)

    invoice.refresh_from_db()
    assert (invoice.state, invoice.reason, invoice.number) == (
        "voided",
        "Wrong title",
        "INV-2026000001",
    )
    assert (red.number, red.gross, red.original) == ("INV-2026000002", Decimal(-100), invoice)
    assert sum(red.lines.values_list("gross", flat=True)) == Decimal(-100)
    assert red.buyer == BUYER
    with pytest.raises(Conflict):
        books.void(invoice)
    with pytest.raises(Conflict):
        books.void(red)
    assert books.issued(order).number == "INV-2026000003"
    assert_invariants_hold("orders")


def test_rights_are_those_of_the_roles(books):
    """Customer service asks, finance issues and voids, and neither in another store."""
    invoice = books.asked()
    stranger = factories.UserFactory(role=Role.FINANCE, store=factories.StoreFactory())

    for act in (invoicing.issue_invoices, invoicing.decline_invoice):
        what = {"invoice_ids": [invoice.pk]}
        if act is invoicing.decline_invoice:
            what = {"invoice_id": invoice.pk, "reason": "No"}
        with pytest.raises(NotAllowed):
            act(**what, actor=books.clerk, at=MOMENT)
        with pytest.raises(Invoice.DoesNotExist):
            act(**what, actor=stranger, at=MOMENT)
    books.issue(invoice)
    with pytest.raises(NotAllowed):
        invoicing.void_invoice(invoice_id=invoice.pk, reason="No", actor=books.clerk, at=MOMENT)


def test_a_new_year_begins_a_series_like_the_last_one(books):
    at = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    assert books.issue(books.asked(), at=at)[0].number == "INV-2027000001"
    assert books.issue(books.asked(), at=at - HOUR)[0].number == "INV-2026000001"


def test_a_series_that_is_missing_or_used_up_gives_no_number():
    books = Books(width=3)
    invoice = books.asked()
    with pgtrigger.ignore("orders.InvoiceSeries:counts_up"):
        InvoiceSeries.objects.update(last=999)
    with pytest.raises(NoSeries, match="used up"):
        books.issue(invoice)

    without = Books(with_series=False)
    with pytest.raises(NoSeries, match="Set up"):
        without.issued()


def test_what_was_issued_stays_as_it_was_issued(books):
    """ORD-8: the database refuses what no service does."""
    invoice = books.issued()
    invoice_documents.ensure_document(invoice.pk)
    row = Invoice.objects.filter(pk=invoice.pk)
    for change in (
        {"number": "INV-2026000009"},
        {"kind": "paper"},
        {"sha256": "0" * 64},
        {"document": "elsewhere"},
        {"gross": Decimal(1), "net": Decimal(1), "tax": Decimal(0)},
        {"state": "requested"},
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            row.update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        row.delete()
    with pytest.raises(InternalError), transaction.atomic():
        invoice.lines.update(title="Something else")
    for change in ({"last": 0}, {"last": 5}, {"prefix": "X"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            InvoiceSeries.objects.update(**change)


@pytest.mark.django_db(transaction=True)
def test_twenty_issued_at_once_get_twenty_numbers_without_a_hole():
    """ORD-8: one after the other, though five of them fail and three are voided meanwhile."""
    books = Books()
    before = [books.issued() for _n in range(3)]
    orders = [books.order() for _n in range(20)]
    waiting = [books.asked(order) for order in orders]
    for order in orders[:5]:
        refund(order, "1.00")

    results = run_together(
        [partial(books.issue, invoice) for invoice in waiting]
        + [partial(books.void, invoice) for invoice in before]
    )

    refused = [each for each in results if isinstance(each, Exception)]
    assert {type(each) for each in refused} == {NothingToInvoice}
    assert len(refused) == 5
    positions = sorted(Invoice.objects.exclude(number="").values_list("position", flat=True))
    assert positions == list(range(1, 22))
    assert_invariants_hold("orders")


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_once_no_more_pass_than_was_paid():
    books = Books()
    order = books.order()
    ask = partial(books.asked, order, gross=Decimal(60))

    results = run_together([ask] * 6)

    assert [type(each) for each in results].count(NothingToInvoice) == 5
    assert Invoice.objects.count() == 1


def test_a_refund_after_the_invoice_is_an_alert_until_a_red_one_is_made(books):
    """ORD-8: found by the job, closed by the voiding itself, and by the job."""
    order = books.order()
    invoice = books.issued(order)
    assert look_for_refunded(books.store, at=MOMENT) == 0
    refund(order, "40.00")

    assert look_for_refunded(books.store, at=MOMENT) == 1
    alert = Alert.objects.get(check_code="orders.red_invoice_due")
    assert (alert.evidence, alert.owner_role) == (
        {"invoiced": "100.00", "kept": "60.00"},
        Role.FINANCE,
    )
    books.void(invoice)

    alert.refresh_from_db()
    assert (alert.state, alert.resolution) == ("resolved", "self")
    books.issued(order)
    assert look_for_refunded(books.store, at=MOMENT) == 0
    assert_invariants_hold("orders")


def test_a_document_is_a_pdf_of_the_same_bytes_each_time_and_kept_by_its_digest(books):
    """ORD-8: electronic, with Chinese letters embedded; a second making changes nothing."""
    WorkCalendar.objects.update_or_create(store=books.store, defaults={"country": "CN"})
    invoice = books.issued(buyer=COMPANY, is_company=True, vat_kind="special")

    made = invoice_documents.ensure_document(invoice.pk)
    again = invoice_documents.ensure_document(invoice.pk)
    content = invoice_documents.content_of(made)

    assert content.startswith(b"%PDF-")
    assert b"NotoSansSC" in content
    assert made.sha256 == again.sha256 == sha256(content).hexdigest()
    assert made.document.name == again.document.name
    assert invoice_pdf.document(made) == content
    books.void(invoice)
    assert invoice_documents.make_missing() == {"made": 1, "failed": 0}
    assert invoice_documents.make_missing() == {"made": 0, "failed": 0}
    assert_invariants_hold("orders")


def test_a_document_that_is_not_what_was_issued_is_not_handed_out(books):
    invoice = invoice_documents.ensure_document(books.issued().pk)
    with invoice.document.storage.open(invoice.document.name, "ab") as file:
        file.write(b"\n")

    with pytest.raises(invoice_documents.NoDocument):
        invoice_documents.content_of(invoice)
    with pytest.raises(AssertionError, match="papers-are-what-they-were"):
        assert_invariants_hold("orders")


def test_a_persons_name_is_sealed_masked_and_moves_to_the_newest_key(books, settings):
    invoice = books.asked()
    company = books.asked(buyer=COMPANY, is_company=True)

    assert invoice.masked_buyer.title == "欧*"
    assert company.masked_buyer.title == COMPANY.title
    assert company.masked_buyer.tax_number != COMPANY.tax_number
    entry = AuditEntry.objects.of(invoice).get()
    assert BUYER.title not in str(entry.after)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert reseal_buyers() == 2
    assert reseal_buyers() == 0
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    invoice.refresh_from_db()
    assert invoice.buyer == BUYER
    moved = Invoice(reference=company.reference, sealed_buyer=invoice.sealed_buyer)
    with pytest.raises(sealing.Unreadable):
        assert moved.buyer


@pytest.mark.django_db(transaction=True)
def test_after_an_erasure_an_invoice_names_nobody_and_the_series_has_no_hole():
    """The person's name goes, from the row and the disk; number, amounts and digest stay."""
    books = Books()
    order = books.order()
    invoice = invoice_documents.ensure_document(books.issued(order).pk)
    company = books.order(customer=order.customer)
    kept = books.issued(company, buyer=COMPANY, is_company=True)

    erase_customer(customer_id=order.customer_id, at=MOMENT + timedelta(days=100))

    row = Invoice.objects.get(pk=invoice.pk)
    assert (row.buyer, row.number, row.sha256) == (NOBODY, invoice.number, invoice.sha256)
    assert not invoice.document.storage.exists(invoice.document.name)
    assert Invoice.objects.get(pk=kept.pk).buyer == COMPANY
    assert "ouyang@example.com" not in dumped()
    with pytest.raises(invoice_documents.NoDocument):
        invoice_documents.ensure_document(invoice.pk)
    assert_invariants_hold("orders")
