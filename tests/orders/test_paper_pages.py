"""The pages of invoices, contracts and quotations (ORD-8, ORD-10)."""

import email
from email.policy import default
from hashlib import sha256

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from opsdesk.audit.models import AuditEntry
from opsdesk.bulk import services as bulk
from opsdesk.bulk.models import BulkTask
from opsdesk.exchange.models import OutboundMessage
from opsdesk.exchange.services.delivering import deliver_due
from opsdesk.stores.roles import Role
from orders.models import BusinessOrder, Contract, Invoice, InvoiceSeries, Quotation
from orders.services import invoice_documents
from tests import factories
from tests.orders.test_invoices import BUYER, COMPANY, Books

pytestmark = pytest.mark.django_db
INVOICES, CONTRACTS = "/admin/orders/invoice/", "/admin/orders/contract/"
QUOTATIONS = "/admin/orders/quotation/"
PDF = b"%PDF-1.7 signed by both"
ASKED = {
    "kind": "electronic",
    "vat_kind": "ordinary",
    "title": BUYER.title,
    "email": BUYER.email,
    "gross": "100.00",
}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def books():
    return Books(year=timezone.localdate().year)


@pytest.fixture
def finance(client, books):
    client.force_login(books.finance)
    return client


def buttons(response):
    return [action.code for action in response.context["actions"]]


def test_customer_service_asks_on_the_page_of_the_order(client, books):
    """ORD-8: what is left is filled in; what lacks something is said beside the form."""
    order = books.order()
    client.force_login(books.clerk)
    page = f"{INVOICES}request/{order.pk}/"
    assert str(client.get(page).context["form"].fields["gross"].initial) == "100.00"

    refused = client.post(page, ASKED | {"email": ""})
    assert "mail address" in str(refused.context["form"].non_field_errors())
    assert client.post(page, ASKED).status_code == 302

    shown = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    invoice = Invoice.objects.get()
    assert f"{INVOICES}{invoice.pk}/change/" in shown
    assert page not in shown
    invoice_page = client.get(f"{INVOICES}{invoice.pk}/change/")
    assert buttons(invoice_page) == []
    assert BUYER.title not in invoice_page.content.decode()


def test_finance_issues_many_in_the_background_each_on_its_own(finance, books):
    """ORD-8: a preview says what will be issued; one that is refused stops no other."""
    good, bad = books.asked(), books.asked()
    books.issued()
    type(bad.order).objects.filter(pk=bad.order_id).update(
        refunded_amount=1, payment_state="part_refunded"
    )
    chosen = {"bulk": "issue_invoices", "everything": "1"}

    preview = finance.post(f"{INVOICES}?tab=requested", chosen)
    assert (preview.context["count"], preview.context["left_alone"]) == (2, 0)
    finance.post(f"{INVOICES}bulk/", chosen | {"ids": preview.context["ids"]})
    task = BulkTask.objects.get()
    bulk.run(task.pk, at=timezone.now())

    task.refresh_from_db()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (task.state, task.changed, good.state, bad.state) == ("done", 1, "issued", "requested")
    assert "refunded meanwhile" in task.results.get(row_id=bad.pk, outcome="refused").said
    assert InvoiceSeries.objects.get().last == 2


def test_an_invoice_goes_by_mail_with_its_document_once(finance, books):
    """ORD-8: sent through the outbox; what arrives is what was issued, byte by byte."""
    factories.TargetFactory(store=books.store, adapter="mail", address="")
    invoice = books.issued()
    page = f"{INVOICES}{invoice.pk}/"
    assert buttons(finance.get(f"{page}change/")) == ["mail", "post", "void"]

    finance.post(f"{page}act/", {"do": "mail"})
    finance.post(f"{page}act/", {"do": "mail"})
    deliver_due(at=timezone.now())

    invoice.refresh_from_db()
    assert (invoice.state, OutboundMessage.objects.get().state) == ("sent", "sent")
    sent = email.message_from_bytes(mail.outbox[0].message().as_bytes(), policy=default)
    (attached,) = sent.iter_attachments()
    assert sent["To"] == BUYER.email
    assert attached.get_filename() == f"{invoice.number}.pdf"
    assert sha256(attached.get_content()).hexdigest() == invoice.sha256


def test_a_document_that_was_altered_is_not_mailed(finance, books):
    factories.TargetFactory(store=books.store, adapter="mail", address="")
    invoice = invoice_documents.ensure_document(books.issued().pk)
    finance.post(f"{INVOICES}{invoice.pk}/act/", {"do": "mail"})
    with invoice.document.storage.open(invoice.document.name, "ab") as file:
        file.write(b"\n")

    deliver_due(at=timezone.now())

    assert not mail.outbox
    assert "not what it was" in OutboundMessage.objects.get().error


def test_a_paper_invoice_is_posted_under_its_waybill_and_voided_on_its_page(finance, books):
    """ORD-8: sent by post, then voided by a red one that leads back to it."""
    invoice = books.issued(kind="paper")
    page = f"{INVOICES}{invoice.pk}/"

    finance.post(f"{page}act/", {"do": "post", "text": "SF1234567890"})
    finance.post(f"{page}act/", {"do": "void", "text": " "})
    invoice.refresh_from_db()
    assert invoice.state == "sent"
    finance.post(f"{page}act/", {"do": "void", "text": "Wrong title"})

    invoice.refresh_from_db()
    assert (invoice.waybill, invoice.state) == ("SF1234567890", "voided")
    red = invoice.red
    assert buttons(finance.get(f"{INVOICES}{red.pk}/change/")) == ["mail", "post"]
    assert finance.get(f"{page}change/").context["red"] == red


def test_a_document_is_for_who_issues_and_its_leaving_is_on_record(client, books):
    invoice = books.issued()
    page = f"{INVOICES}{invoice.pk}/document/"
    client.force_login(books.clerk)
    assert client.get(page).status_code == 403
    client.force_login(books.finance)

    response = client.get(page)

    content = b"".join(response.streaming_content)
    invoice.refresh_from_db()
    assert sha256(content).hexdigest() == invoice.sha256
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    entry = AuditEntry.objects.get(verb="exported")
    assert entry.after["sha256"] == invoice.sha256
    listed = client.get(INVOICES).content.decode()
    assert "欧*" in listed
    assert BUYER.title not in listed


def test_a_company_is_named_in_the_list(finance, books):
    books.asked(buyer=COMPANY, is_company=True)
    assert COMPANY.title in finance.get(INVOICES).content.decode()


def test_a_contract_is_handed_in_corrected_and_downloaded(client, books):
    """ORD-10: its digest is on the order's page; the file leaves as an attachment, on record."""
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=books.store)
    order = books.order()
    client.force_login(lead)
    client.post(f"{CONTRACTS}mark/{order.pk}/")
    assert BusinessOrder.objects.get().order == order
    page = f"{CONTRACTS}hand-in/{order.pk}/"
    given = {"signed_on": "2026-03-01", "buyer": COMPANY.title, "seller": "木语生活"}

    client.post(page, given | {"upload": SimpleUploadedFile("a.pdf", PDF)})
    assert "version 1" in client.get(page).context["intro"]
    client.post(page, given | {"upload": SimpleUploadedFile("a.pdf", PDF + b"2")})

    first, second = Contract.objects.order_by("version")
    shown = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert first.sha256 in shown
    assert second.sha256 in shown
    assert second.sha256 in client.get(f"{CONTRACTS}{second.pk}/change/").content.decode()
    response = client.get(f"{CONTRACTS}{first.pk}/file/")
    assert b"".join(response.streaming_content) == PDF
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert AuditEntry.objects.get(verb="exported").after["sha256"] == first.sha256


@pytest.mark.parametrize(
    ("lines", "wrong"), [("A-1 5", "Line 1"), ("A-1 0 9.9", "Line 1"), ("X 5 9.9", "No SKU")]
)
def test_a_line_that_can_t_be_quoted_is_named(client, books, lines, wrong):
    factories.SkuFactory(store=books.store, code="A-1")
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=books.store)
    client.force_login(lead)
    given = {"store": books.store.pk, "customer": "B", "valid_until": "2999-01-01", "lines": lines}

    response = client.post(f"{QUOTATIONS}draft/", given)

    assert wrong in str(response.context["form"].errors["lines"])


def test_a_quotation_is_written_replaced_printed_and_accepted(client, books):
    """ORD-10: from the offer to the order that stands on it."""
    factories.SkuFactory(store=books.store, code="A-1")
    client.force_login(factories.UserFactory(role=Role.OPERATIONS_LEAD, store=books.store))
    order = books.order()
    given = {"store": books.store.pk, "customer": COMPANY.title, "valid_until": "2999-01-01"}

    client.post(f"{QUOTATIONS}draft/", given | {"lines": "A-1 10 90"})
    first = Quotation.objects.get()
    client.post(f"{QUOTATIONS}{first.pk}/edit/", given | {"lines": "A-1 20 85.50"})
    newer = Quotation.objects.get(version=2)
    printed = client.get(f"{QUOTATIONS}{newer.pk}/print/").content.decode()
    number = {"do": "accept", "order": order.external_number}
    client.post(f"{QUOTATIONS}{newer.pk}/act/", number)

    assert "¥1,710.00" in printed
    newer.refresh_from_db()
    assert (newer.state, newer.order) == ("accepted", order)
    assert str(newer) in client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
