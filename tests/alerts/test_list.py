"""The list of alerts: narrowed, kept, and acted on many rows at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opsdesk.alerts import services
from opsdesk.alerts.models import Alert
from opsdesk.bulk.models import BulkResult, BulkTask
from opsdesk.selections.models import SavedView
from opsdesk.stores.roles import Role
from tests.factories import AlertFactory, MembershipFactory, StoreFactory, UserFactory

LIST = "/admin/alerts/alert/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def packer(store):
    return UserFactory(role=Role.WAREHOUSE, store=store)


@pytest.fixture
def signed_in(client, packer):
    client.force_login(packer)
    return client


def alert_in(store, **fields):
    return AlertFactory(subject=None, store=store, **fields)


def shown(client, **chosen):
    return set(client.get(LIST, chosen).context["page"].rows)


def do(client, code, alerts, **more):
    ids = ",".join(str(alert.pk) for alert in alerts)
    return client.post(f"{LIST}bulk/", {"bulk": code, "ids": ids, **more})


def outcomes():
    return dict(BulkResult.objects.values_list("row_id", "outcome"))


@pytest.mark.parametrize(
    ("chosen", "fields"),
    [
        ({"check": "manual"}, {"check_code": "manual", "evidence": {"title": "Smoke"}}),
        ({"state": "acknowledged"}, {"state": "acknowledged"}),
        ({"severity": "info"}, {"severity": "info"}),
        ({"owner_role": "finance"}, {"owner_role": Role.FINANCE}),
        ({"clause": "ord-9"}, {"clause": "ORD-9"}),
        ({"level": "1"}, {"level": 1, "escalated_to": Role.SERVICE_LEAD}),
        ({"is_recurring": "yes"}, {"is_recurring": True}),
    ],
)
def test_it_is_narrowed(chosen, fields, signed_in, store):
    alert_in(store)
    wanted = alert_in(store, **fields)

    assert shown(signed_in, **chosen) == {wanted}


def test_it_is_narrowed_by_whose_it_is(signed_in, store, packer):
    mine, nobodys = alert_in(store, assignee=packer), alert_in(store)

    assert shown(signed_in, assignee=packer.pk) == {mine}
    assert shown(signed_in, assignee="nobody") == {nobodys}


def test_strangers_are_not_among_those_it_may_be_assigned_to(signed_in, store):
    stranger = UserFactory(role=Role.WAREHOUSE)

    answer = signed_in.get(LIST, {"assignee": stranger.pk})

    assert answer.context["page"].rows == []
    assert stranger.username not in answer.content.decode()


def test_it_is_narrowed_by_how_long_they_are_open(signed_in, store):
    now = timezone.now()
    old = alert_in(store, opened_at=now - timedelta(days=4))
    alert_in(store, opened_at=now - timedelta(days=2))
    alert_in(store, opened_at=now - timedelta(days=4), state="resolved")

    assert shown(signed_in, days_open=3) == {old}


@pytest.mark.parametrize("days", ["-1", "1.5", "99999", "many"])
def test_what_is_no_number_of_days_is_said(days, signed_in, store):
    alert_in(store)

    answer = signed_in.get(LIST, {"days_open": days})

    assert answer.context["filters"].form.errors
    assert answer.context["page"].rows == []


def test_a_selection_is_kept_under_a_name(signed_in, store, packer):
    signed_in.post(f"{LIST}views/?tab=open&severity=critical", {"name": "Burning"})

    view = SavedView.objects.get()
    assert (view.owner, view.screen, view.query) == (
        packer,
        "alerts.alert",
        "severity=critical&tab=open",
    )


def test_what_would_be_done_is_shown_first(signed_in, store):
    fresh, known = alert_in(store), alert_in(store, state="acknowledged")

    page = signed_in.post(LIST, {"bulk": "acknowledge", "ids": [fresh.pk, known.pk]})

    assert (page.context["count"], page.context["left_alone"]) == (1, 1)
    assert set(Alert.objects.values_list("state", flat=True)) == {"open", "acknowledged"}


def test_many_are_acknowledged_with_a_result_a_row(signed_in, store, packer):
    fresh, known = alert_in(store), alert_in(store, state="resolved")

    do(signed_in, "acknowledge", [fresh, known])

    assert outcomes() == {fresh.pk: "changed", known.pk: "left_alone"}
    assert fresh.events.get().actor == packer


def test_many_sleep_until_the_morning_of_their_own_store(signed_in, store, packer):
    far = StoreFactory(timezone="America/New_York")
    MembershipFactory(user=packer, store=far, role=Role.WAREHOUSE)
    signed_in.force_login(packer)
    here, there = alert_in(store), alert_in(far)

    do(signed_in, "snooze_tomorrow", [here, there])

    for alert in (here, there):
        alert.refresh_from_db()
        assert alert.snoozed_until.astimezone(alert.store.zone).hour == 9
    assert here.snoozed_until != there.snoozed_until


def test_many_are_given_to_somebody_and_where_they_dont_work_it_says_so(signed_in, store, packer):
    other = StoreFactory()
    MembershipFactory(user=packer, store=other, role=Role.WAREHOUSE)
    colleague = UserFactory(role=Role.WAREHOUSE, store=store)
    signed_in.force_login(packer)
    here, there = alert_in(store), alert_in(other)

    do(signed_in, "assign", [here, there], reason=colleague.username)

    here.refresh_from_db()
    assert here.assignee == colleague
    assert outcomes() == {here.pk: "changed", there.pk: "refused"}
    assert "does not work" in BulkResult.objects.get(row_id=there.pk).said


def test_to_whom_is_chosen_among_colleagues(signed_in, store):
    colleague = UserFactory(role=Role.FINANCE, store=store)
    stranger = UserFactory(role=Role.FINANCE)

    page = signed_in.post(LIST, {"bulk": "assign", "ids": [alert_in(store).pk]}).content.decode()

    assert f'value="{colleague.username}"' in page
    assert stranger.username not in page


def test_many_are_resolved_with_a_word(signed_in, store):
    alerts = [alert_in(store), alert_in(store)]

    assert do(signed_in, "resolve", alerts).status_code == 302
    assert Alert.objects.open().count() == 2
    do(signed_in, "resolve", alerts, reason="The supplier called")

    assert set(Alert.objects.values_list("state", "resolution")) == {("resolved", "person")}
    assert alerts[0].events.get().note == "The supplier called"


def test_a_storm_among_them_takes_along_what_it_stands_for(signed_in, store):
    services.raise_findings(
        store_id=store.pk,
        check_code="orders.confirm",
        findings=[services.Finding(f"K{n}", f"K{n}", Role.WAREHOUSE) for n in range(60)],
        at=timezone.now(),
    )

    do(signed_in, "resolve", Alert.objects.filter(check_code="alerts.storm"), reason="The server")

    assert Alert.objects.open().count() == 0


def test_alerts_of_other_stores_are_left_alone(signed_in, store):
    stranger = alert_in(StoreFactory())

    do(signed_in, "acknowledge", [stranger])

    stranger.refresh_from_db()
    assert stranger.state == "open"
    assert outcomes() == {stranger.pk: "left_alone"}


def test_many_hundreds_are_the_workers(signed_in, store):
    alerts = [alert_in(store) for _ in range(3)]
    ids = [*(alert.pk for alert in alerts), *range(10**9, 10**9 + 500)]

    signed_in.post(f"{LIST}bulk/", {"bulk": "acknowledge", "ids": ",".join(map(str, ids))})

    assert BulkTask.objects.get().total == 503


def test_the_list_takes_as_many_statements_for_many_rows(
    signed_in, store, django_assert_max_num_queries
):
    for number in range(3):
        alert_in(store, level=1, escalated_to=Role.OPERATIONS_LEAD, is_recurring=number == 1)
    signed_in.get(LIST)
    with django_assert_max_num_queries(40) as few:
        signed_in.get(LIST, {"tab": "open"})
    for number in range(30):
        alert_in(store, is_recurring=number % 2 == 1)

    with django_assert_max_num_queries(len(few)):
        signed_in.get(LIST, {"tab": "open"})


def test_a_clause_finds_what_checks_and_people_raised_of_it(client):
    store = StoreFactory()
    client.force_login(UserFactory(role=Role.OPERATIONS_LEAD, store=store))
    for label, code, clause in (
        ("FOUND", "catalog.page_broken", "INS-4"),
        ("BY-HAND", "manual", "INS-4"),
        ("OTHER", "catalog.low_stock", "CAT-8"),
    ):
        AlertFactory(subject=None, store=store, subject_label=label, check_code=code, clause=clause)

    words = client.get(LIST, {"clause": "ins-4"}).content.decode()

    assert "FOUND" in words
    assert "BY-HAND" in words
    assert "OTHER" not in words
