"""An alert's page, what people do there, and raising one by hand."""

from datetime import timedelta

import pytest
from django.urls import reverse

from opsdesk.alerts.models import Alert
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def person(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


@pytest.fixture
def alert(store):
    return factories.AlertFactory(
        subject=factories.OrderFactory(store=store), evidence={"due_at": MOMENT.isoformat()}
    )


def act(client, alert, verb, **data):
    return client.post(reverse("admin:alerts_alert_act", args=[alert.pk]), {"do": verb, **data})


def test_the_page_tells_evidence_in_the_stores_time_and_leads_to_the_subject(signed_in, alert):
    page = signed_in.get(reverse("admin:alerts_alert_change", args=[alert.pk])).content.decode()

    assert "03-02 10:00" in page
    assert reverse("admin:orders_order_change", args=[alert.subject_id]) in page


def test_a_subject_they_may_not_see_is_no_link(client, store, alert):
    client.force_login(factories.UserFactory(role=Role.MARKETING_OPERATOR, store=store))

    page = client.get(reverse("admin:alerts_alert_change", args=[alert.pk])).content.decode()

    assert reverse("admin:orders_order_change", args=[alert.subject_id]) not in page


def test_it_is_given_to_a_colleague(signed_in, store, alert):
    colleague = factories.UserFactory(role=Role.WAREHOUSE, store=store)

    act(signed_in, alert, "assign", assignee=colleague.pk)

    alert.refresh_from_db()
    assert alert.assignee == colleague


def test_it_is_not_given_to_a_stranger(signed_in, alert):
    stranger = factories.UserFactory(role=Role.WAREHOUSE)

    act(signed_in, alert, "assign", assignee=stranger.pk)

    alert.refresh_from_db()
    assert alert.assignee is None


@pytest.mark.parametrize("verb", ["resolve", "comment"])
def test_a_note_is_asked_for(verb, signed_in, alert):
    response = act(signed_in, alert, verb)

    alert.refresh_from_db()
    assert response.status_code == 302
    assert alert.state == Alert.State.OPEN
    assert alert.events.count() == 0


def test_a_comment_is_on_the_timeline_and_changes_nothing_else(signed_in, person, alert):
    act(signed_in, alert, "comment", note="rang the supplier")

    event = alert.events.get()
    assert (event.kind, event.note, event.actor) == ("commented", "rang the supplier", person)
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN


def test_a_resolved_alert_can_only_be_commented(signed_in, store):
    alert = factories.AlertFactory(
        subject=factories.OrderFactory(store=store), state=Alert.State.RESOLVED
    )

    page = signed_in.get(reverse("admin:alerts_alert_change", args=[alert.pk])).content.decode()

    assert 'value="comment"' in page
    assert 'value="resolve"' not in page


def test_another_stores_alert_is_not_there(signed_in):
    assert act(signed_in, factories.AlertFactory(), "acknowledge").status_code == 404


def test_an_alert_is_raised_by_hand(signed_in, store, person):
    response = signed_in.post(
        reverse("admin:alerts_alert_raise"),
        {
            "store": store.pk,
            "title": "The label printer smokes",
            "owner_role": Role.WAREHOUSE,
            "severity": "critical",
        },
    )

    alert = Alert.objects.get()
    assert response.url == reverse("admin:alerts_alert_change", args=[alert.pk])
    assert (alert.store, alert.owner_role, alert.check_code) == (store, "warehouse", "manual")
    assert alert.events.get().actor == person


def test_an_alert_is_not_raised_in_another_store(signed_in):
    response = signed_in.post(
        reverse("admin:alerts_alert_raise"),
        {
            "store": factories.StoreFactory().pk,
            "title": "Ha",
            "owner_role": Role.WAREHOUSE,
            "severity": "info",
        },
    )

    assert response.status_code == 200
    assert "store" in response.context["form"].errors
    assert Alert.objects.count() == 0


def test_the_newest_alert_is_listed_first(signed_in, store):
    first = factories.AlertFactory(subject=factories.OrderFactory(store=store))
    second = factories.AlertFactory(
        subject=factories.OrderFactory(store=store), opened_at=MOMENT + timedelta(hours=1)
    )

    rows = signed_in.get(reverse("admin:alerts_alert_changelist")).context["page"].rows

    assert rows == [second, first]
