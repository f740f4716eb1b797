"""The screens of presales and of selection: what is filled in, and which buttons are shown."""

import pytest
from django.urls import reverse

from catalog.models import Criterion, PresaleLot, SelectionCandidate
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import PresaleLotFactory, SelectionCandidateFactory, UserFactory

pytestmark = pytest.mark.django_db
LOTS, CANDIDATES = "admin:catalog_presalelot", "admin:catalog_selectioncandidate"
SALE = {"starts": "2099-03-02T10:00", "until": "2099-03-07T10:00"}


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def signed_in(client, store):
    def sign_in(role):
        client.force_login(UserFactory(role=role, store=store))
        return client

    return sign_in


def page(client, row, view):
    return client.get(reverse(f"{view}_change", args=[row.pk])).content.decode()


def act(client, row, view, **data):
    return client.post(reverse(f"{view}_act", args=[row.pk]), data, follow=True)


def test_a_presale_is_drafted_on_a_form(store, signed_in):
    """CAT-11"""
    sku = factories.SkuFactory(store=store, code="CUP-1", list_price=100)
    terms = {
        "store": store.pk,
        "sku": "cup-1",
        "supplier": factories.SupplierFactory(store=store).pk,
        "offered": 10,
        "deposit": "20",
        "promised_on": "2099-03-10",
        **SALE,
    }

    signed_in(Role.CATALOG_OPERATOR).post(reverse(f"{LOTS}_draft"), terms)

    lot = PresaleLot.objects.get()
    assert (lot.sku, lot.state, lot.begins.astimezone(store.zone).hour) == (sku, "draft", 10)


def test_what_the_supplier_says_is_entered_on_the_page(store, signed_in):
    """CAT-11"""
    lot = PresaleLotFactory(sku__store=store, is_open=True)
    client = signed_in(Role.CATALOG_OPERATOR)
    assert 'value="answer"' not in page(client, lot, LOTS)

    act(client, lot, LOTS, do="ask")
    act(client, lot, LOTS, do="answer", day="2026-03-08", paper="PO-7")

    assert "PO-7" in page(client, lot, LOTS)


def test_an_answer_that_stands_on_nothing_comes_back_with_words(store, signed_in):
    lot = PresaleLotFactory(sku__store=store, is_open=True)
    client = signed_in(Role.CATALOG_OPERATOR)
    act(client, lot, LOTS, do="ask")

    answered = act(client, lot, LOTS, do="answer", day="2026-03-08")

    assert "Name the paper the answer stands on" in answered.content.decode()


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (Role.OPERATIONS_LEAD, {"open", "ask", "cancel"}),
        (Role.CATALOG_OPERATOR, {"ask", "cancel"}),
        (Role.WAREHOUSE, set()),
    ],
)
def test_a_draft_shows_the_buttons_that_will_work(store, signed_in, role, buttons):
    html = page(signed_in(role), PresaleLotFactory(sku__store=store), LOTS)

    shown = {do for do in ("open", "end", "cancel", "ask", "answer") if f'value="{do}"' in html}
    assert shown == buttons


def test_the_page_of_the_product_tells_the_promised_date(store, signed_in):
    """CAT-11"""
    lot = PresaleLotFactory(sku__store=store, is_open=True)
    address = reverse("admin:catalog_product_change", args=[lot.sku.product_id])

    html = signed_in(Role.CUSTOMER_SERVICE).get(f"{address}?tab=presale").content.decode()

    assert "2026-03-10" in html


def test_a_candidate_goes_from_the_form_to_its_trial(store, signed_in):
    """CAT-12: put up and scored by one, decided and tried by another."""
    client = signed_in(Role.CATALOG_OPERATOR)
    client.post(reverse(f"{CANDIDATES}_new"), {"store": store.pk, "name": "Coffee dripper"})
    candidate = SelectionCandidate.objects.get()
    marks = {f"score_{c}": "5" for c in Criterion} | {f"reason_{c}": "seen" for c in Criterion}
    act(client, candidate, CANDIDATES, do="score", **marks)
    assert 'value="decide"' not in page(client, candidate, CANDIDATES)

    client = signed_in(Role.OPERATIONS_LEAD)
    product = factories.ProductFactory(store=store, code="DRIP")
    act(client, candidate, CANDIDATES, do="decide", verdict="trial")
    act(client, candidate, CANDIDATES, do="start", product="drip")
    act(client, candidate, CANDIDATES, do="judge", takes_on="yes", reason="sold out")

    candidate.refresh_from_db()
    assert (candidate.total, candidate.trial.product) == (100, product)
    assert candidate.trial.state == "taken_on"


def test_a_score_without_a_reason_comes_back_with_words(store, signed_in):
    candidate = SelectionCandidateFactory(store=store)

    answered = act(
        signed_in(Role.ANALYST), candidate, CANDIDATES, do="score", score_heat="5"
    ).content.decode()

    assert "Say what the score stands on." in answered


def test_ticked_candidates_are_compared_side_by_side(store, signed_in):
    rows = [SelectionCandidateFactory(store=store) for _ in range(3)]
    stranger = SelectionCandidateFactory()
    ids = [rows[0].pk, rows[1].pk, stranger.pk]

    answered = signed_in(Role.ANALYST).post(
        reverse(f"{CANDIDATES}_changelist"), {"bulk": "compare", "ids": ids}, follow=True
    )

    html = answered.content.decode()
    assert all(row.name in html for row in rows[:2])
    assert rows[2].name not in html
    assert stranger.name not in html


def test_weights_are_set_on_a_form(store, signed_in):
    """CAT-12"""
    client = signed_in(Role.OPERATIONS_LEAD)
    address = reverse(f"{CANDIDATES}_weights", args=[store.pk])
    assert client.get(address).status_code == 200

    refused = client.post(address, dict.fromkeys(Criterion.values, 21) | {"seen": 1})
    client.post(address, dict.fromkeys(Criterion.values, 20) | {"seen": 1})

    assert "sum to 105" in refused.content.decode()
    assert store.scorecards.get(version=2).heat == 20
