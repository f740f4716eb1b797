"""The wall board shows one store to whoever passes by."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from opsdesk.desk import queries
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours")


@pytest.fixture
def signed_in(client, store):
    client.force_login(factories.UserFactory(role=Role.WAREHOUSE, store=store))
    return client


def alert(store, label, **fields):
    return factories.AlertFactory(subject=None, store=store, subject_label=label, **fields)


def board(client, store, **headers):
    return client.get(reverse("admin:board-store", args=[store.pk]), **headers)


def test_it_shows_what_is_due_soonest_whoever_s_it_is(signed_in, store):
    """Also what lies with another role, or with a person by name."""
    at = timezone.now()
    other = factories.UserFactory(role=Role.FINANCE, store=store)
    last = queries.day_end(store, at) - timedelta(seconds=1)
    alert(store, "SECOND", owner_role=Role.FINANCE, deadline_at=last)
    alert(store, "FIRST", assignee=other, deadline_at=at - timedelta(hours=1))
    alert(factories.StoreFactory(), "THEIRS", deadline_at=at)

    page = board(signed_in, store).content.decode()

    assert page.index("FIRST") < page.index("SECOND")
    assert "THEIRS" not in page
    assert [figure.value for figure in board(signed_in, store).context["figures"][:2]] == ["1", "1"]


def test_what_is_escalated_stands_there_once(signed_in, store):
    other = factories.UserFactory(role=Role.FINANCE, store=store)
    fields = {"owner_role": Role.FINANCE, "assignee": other}
    alert(store, "CLIMBED", escalated_to=Role.OPERATIONS_LEAD, level=1, **fields)
    assert board(signed_in, store).content.decode().count("CLIMBED") == 1


def test_it_asks_for_what_changed_and_gets_no_whole_page(signed_in, store):
    part = board(signed_in, store, HTTP_HX_REQUEST="true").content.decode()
    assert 'id="board"' in part
    assert "<html" not in part
    assert "Nothing is open" in part


def test_another_store_has_no_board_for_a_stranger(signed_in):
    assert board(signed_in, factories.StoreFactory()).status_code == 404


def test_it_is_opened_on_the_first_store(signed_in, store):
    answer = signed_in.get(reverse("admin:board"))
    assert answer.url == reverse("admin:board-store", args=[store.pk])


def test_a_full_board_takes_as_many_statements_as_one_row(
    signed_in, store, django_assert_max_num_queries
):
    for number in range(15):
        alert(store, f"A-{number}")
    board(signed_in, store)
    with django_assert_max_num_queries(24):
        page = board(signed_in, store).content.decode()
    assert page.count('class="what"') == 10


def test_a_board_that_shows_what_is_so_gets_nothing(signed_in, store):
    alert(store, "A-1")
    known = board(signed_in, store)["ETag"]

    assert (
        board(signed_in, store, HTTP_HX_REQUEST="true", HTTP_IF_NONE_MATCH=known).status_code == 304
    )
    alert(store, "A-2", owner_role=Role.FINANCE)
    changed = board(signed_in, store, HTTP_HX_REQUEST="true", HTTP_IF_NONE_MATCH=known)

    assert "A-2" in changed.content.decode()


def test_another_stores_work_is_no_news_on_the_board(signed_in, store):
    known = board(signed_in, store)["ETag"]

    alert(factories.StoreFactory(), "THEIRS")

    assert board(signed_in, store, HTTP_IF_NONE_MATCH=known).status_code == 304


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("30", 30), ("1", 5), ("99999", 3600), ("", 0), ("0", 0), ("-5", 0), ("x", 0), ("9" * 20, 0)],
)
def test_for_how_long_a_store_is_shown_is_bounded(asked, seconds, signed_in, store):
    answer = signed_in.get(reverse("admin:board-store", args=[store.pk]), {"cycle": asked})
    assert answer.context["cycle"] == seconds


def test_boards_that_take_turns_lead_to_each_other_and_to_allowed_ones_only(client, store):
    other, _strange = factories.StoreFactory(code="zz"), factories.StoreFactory()
    user = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    factories.MembershipFactory(user=user, store=other, role=Role.WAREHOUSE)
    client.force_login(user)

    context = client.get(reverse("admin:board-store", args=[store.pk]), {"cycle": "30"}).context

    there = f"{reverse('admin:board-store', args=[other.pk])}?cycle=30"
    assert (context["next"], context["previous"]) == (there, there)


def test_who_has_one_store_stays_on_its_board(signed_in, store):
    assert board(signed_in, store).context["next"] == ""


def test_it_says_how_the_inspection_stands_and_how_many_days_were_signed(signed_in, store):
    """INS"""
    today = store.business_date(timezone.now())
    for ago in (1, 2, 4):
        factories.InspectionSheetFactory(store=store, business_date=today - timedelta(days=ago))

    figures = {figure.label: figure.value for figure in board(signed_in, store).context["figures"]}

    assert figures["Inspection today"] == "not yet"
    assert figures["Signed in a row"] == "2 days"


def test_nobody_is_named_on_the_board(signed_in, store):
    """Everybody who passes by reads it."""
    clerk = factories.UserFactory(role=Role.FINANCE, store=store, first_name="Confidential")
    alert(store, "A-1", assignee=clerk)

    assert "Confidential" not in board(signed_in, store).content.decode()
