"""Papers that goods need (CAT-14), and what customer service is told of them (CAT-15)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.gates import blockers_of
from catalog.models import KnowledgeEntry, Listing, Qualification
from catalog.models.qualifications import QualificationKind
from catalog.services import publishing, qualifying, watching
from opsdesk.alerts.models import Alert
from opsdesk.audit.models import AuditEntry
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.goods import codes, complete_listing
from tests.catalog.pictures import drawing, upload, written
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
TODAY = MOMENT.date()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def tea(store):
    factories.RequiredQualificationFactory(store=store, category="Food")
    return complete_listing(store, category="Food/Tea")


@pytest.fixture
def operator(client, store):
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    return person


def paper(listing, **given):
    given.setdefault("product", listing.product)
    return factories.QualificationFactory(store=listing.store, **given)


def blocked_by(listing):
    return codes(blockers_of([Listing.objects.get(pk=listing.pk)], MOMENT)[listing.pk])


def alerts(code, state="open"):
    return Alert.objects.filter(check_code=f"catalog.qualification_{code}", state=state)


def test_without_the_paper_its_category_asks_for_nothing_goes_live(tea, store):
    """CAT-14: other categories need none; Foodware is not Food."""
    assert blocked_by(tea) == ["qualification"]
    assert blocked_by(complete_listing(store, category="Foodware")) == []

    paper(tea)
    assert blocked_by(tea) == []


@pytest.mark.parametrize(
    ("given", "is_blocked"),
    [
        ({"valid_from": TODAY, "valid_until": TODAY}, False),
        ({"valid_from": TODAY + DAY, "valid_until": TODAY + 9 * DAY}, True),
        ({"valid_until": TODAY - DAY}, True),
        ({"kind": "report"}, True),
        ({"product": None, "category": "Food"}, False),
        ({"product": None, "category": "Food/Coffee"}, True),
    ],
)
def test_a_paper_counts_for_its_goods_and_days(given, is_blocked, tea):
    """CAT-14"""
    paper(tea, **given)

    assert ("qualification" in blocked_by(tea)) == is_blocked


def test_a_paper_that_ran_out_takes_its_live_listing_off(tea, store):
    """CAT-14: with an alert that closes when the new paper is here."""
    old = paper(tea, valid_until=TODAY)
    publishing.publish_listing(listing_id=tea.pk, actor=None, at=MOMENT)
    watching.look(store, at=MOMENT)
    assert not alerts("expired").exists()

    done = watching.look(store, at=MOMENT + DAY)

    tea.refresh_from_db()
    assert (done["taken_off"], done["incomplete"], tea.state) == (1, 0, "paused")
    assert alerts("expired").get().subject_id == old.pk
    assert "qualification" in AuditEntry.objects.of(tea).latest("pk").reason

    paper(tea, valid_from=TODAY + DAY, valid_until=TODAY + 400 * DAY)
    watching.look(store, at=MOMENT + DAY)
    assert alerts("expired", "resolved").get().resolution == "self"
    publishing.publish_listing(listing_id=tea.pk, actor=None, at=MOMENT + DAY)


def test_a_paper_is_needed_for_good_once_a_product_had_it(store):
    """CAT-14: nobody asks for a report in general, but this product was sold with one."""
    listing = complete_listing(store)
    paper(listing, kind="report", valid_until=TODAY - DAY)

    assert blocked_by(listing) == ["qualification"]


def test_the_alert_says_what_kind_of_paper_it_is(client, tea, store, operator):
    """CAT-14: in words, not by its code."""
    paper(tea, kind="report", valid_until=TODAY + 30 * DAY)
    watching.look(store, at=MOMENT)

    page = client.get(reverse("admin:alerts_alert_change", args=[alerts("expiring").get().pk]))

    assert ("kind", str(QualificationKind.REPORT.label)) in page.context["evidence"]


def test_the_end_of_a_paper_is_warned_of_ahead(tea, store):
    """CAT-14: 30 days ahead; the alert closes itself when the next paper is entered."""
    paper(tea, valid_until=TODAY + 30 * DAY)
    paper(complete_listing(store), kind="report", valid_until=TODAY + 31 * DAY)

    watching.look(store, at=MOMENT)
    assert alerts("expiring").count() == 1

    factories.SettingOverrideFactory(
        store=store,
        key=qualifying.WARNED_AHEAD.key,
        value=Decimal(31),
        valid_from=MOMENT,
    )
    watching.look(store, at=MOMENT)
    assert alerts("expiring").count() == 2

    paper(tea, valid_from=TODAY, valid_until=TODAY + 400 * DAY)
    watching.look(store, at=MOMENT)
    assert alerts("expiring").count() == 1


def entered(client, product, content, name="../licence.html"):
    given = {
        "store": product.store_id,
        "product": product.pk,
        "kind": "food_production",
        "number": "SC106",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
        "upload": upload(content, name),
    }
    return client.post(reverse("admin:catalog_qualification_add"), given)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.7 <script>alert(1)</script>", "licence.pdf", "application/pdf"),
        (written(drawing(64), "JPEG"), "licence.jpeg", "image/jpeg"),
    ],
)
def test_a_scan_is_saved_and_never_shown(content, name, kind, client, operator, tea):
    """CAT-14, Y7: whatever the file called itself."""
    assert entered(client, tea.product, content).status_code == 302
    entry = Qualification.objects.get()

    answer = client.get(reverse("admin:catalog_qualification_scan", args=[entry.pk]))
    answer.getvalue()

    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert entry.created_by == operator


@pytest.mark.parametrize("content", [b"<svg/>", b"<!doctype html>", b"PK\x03\x04", b"MZ"])
def test_a_scan_is_a_pdf_or_a_picture(content, client, operator, tea):
    """CAT-14"""
    response = entered(client, tea.product, content, "licence.pdf")

    assert response.status_code == 200
    assert "Neither a PDF nor a picture" in response.content.decode()
    assert not Qualification.objects.exists()


def test_customer_service_finds_the_answer_by_any_word(client, store):
    """CAT-15"""
    client.force_login(factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store))
    ours = factories.KnowledgeEntryFactory(store=store, title="Is it dishwasher safe?")
    theirs = factories.KnowledgeEntryFactory(title="Which dishwasher?")
    page = reverse("admin:catalog_product_change", args=[ours.product_id])

    found = client.get(reverse("admin:search"), {"s": "dishwash"}).content.decode()

    assert f"{page}?tab=knowledge" in found
    assert theirs.title not in found
    assert "By hand." in client.get(f"{page}?tab=knowledge").content.decode()
    assert client.get(reverse("admin:catalog_knowledgeentry_add")).status_code == 403


def test_knowledge_is_a_text_a_link_or_a_file(client, operator, store):
    """CAT-15"""
    product = factories.ProductFactory(store=store)
    given = {
        "store": store.pk,
        "product": product.pk,
        "kind": "manual",
        "title": "Manual",
        "place": "1",
        "text": "",
        "url": "",
    }
    address = reverse("admin:catalog_knowledgeentry_add")

    empty = client.post(address, given)
    script = client.post(address, {**given, "url": "javascript:alert(1)"})
    whole = client.post(address, {**given, "upload": upload(b"%PDF-1.4 x", "Manual.pdf")})

    assert "Give a text, a link or a file." in empty.content.decode()
    assert script.status_code == 200
    assert whole.status_code == 302
    entry = KnowledgeEntry.objects.get()
    answer = client.get(reverse("admin:catalog_knowledgeentry_file", args=[entry.pk]))
    assert answer.getvalue() == b"%PDF-1.4 x"
    assert 'filename="Manual.pdf"' in answer.headers["Content-Disposition"]
