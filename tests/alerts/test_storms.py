"""One check that says too much at once is one alert on the desk, and nothing is lost."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opsdesk import invariants
from opsdesk.alerts import services, storms
from opsdesk.alerts.checks import title_of
from opsdesk.alerts.models import STORM, Alert
from opsdesk.alerts.procedure import FOLDED_IS_SEEN
from opsdesk.deadlines import rules
from opsdesk.deadlines.sweeping import sweep
from opsdesk.desk.queries import desk_counts, desk_rows
from opsdesk.notices import news
from opsdesk.notices.models import Notice
from opsdesk.stores.roles import Role
from tests.concurrency import run_together
from tests.factories import (
    MOMENT,
    AlertFactory,
    DeadlineFactory,
    OrderFactory,
    SettingOverrideFactory,
    StoreFactory,
    UserFactory,
)

LATER = MOMENT + timedelta(minutes=5)
CHECK = "orders.confirm"


def findings(first, last, role=Role.WAREHOUSE, **fields):
    return [
        services.Finding(f"K{n:06}", f"T{n:06}", role, **fields) for n in range(first, last + 1)
    ]


def see(store, first, last, *, at=MOMENT, **fields):
    return services.raise_findings(
        store_id=store.pk, check_code=CHECK, findings=findings(first, last, **fields), at=at
    )


def close(store, first, last, at=LATER):
    keys = [each.key for each in findings(first, last)]
    return services.close_themselves(store_id=store.pk, check_code=CHECK, keys=keys, at=at)


def the_storm():
    storm = Alert.objects.get(check_code=STORM)
    storms.count_folded([storm])
    return storm


def on_desk(person, store, at=LATER):
    return desk_rows(person, [store], at=at, limit=100)


@pytest.fixture
def store(db):
    """What is open is seen: by itself or under an open storm, whatever the test did."""
    yield StoreFactory()
    (held,) = invariants.violations([FOLDED_IS_SEEN])
    assert not held["violations"], held


@pytest.fixture
def packer(store):
    return UserFactory(role=Role.WAREHOUSE, store=store)


def test_five_hundred_equal_findings_are_one_row_on_the_desk_and_one_notice(store, packer):
    assert see(store, 1, 500) == 500

    (row,) = on_desk(packer, store)
    assert (row.check_code, the_storm().stands_for) == (STORM, 500)
    assert list(Alert.objects.for_desk(packer, LATER)) == [row]
    assert sum(desk_counts(packer, [store], at=LATER, most=99).values()) == 0
    assert Alert.objects.filter(check_code=CHECK, state="open").count() == 500
    assert news.collect_news(at=LATER) == 1
    notice = Notice.objects.get()
    assert (notice.alert, notice.count) == (row, 1)


def test_the_storm_names_its_check_and_the_first_of_what_it_stands_for(store):
    see(store, 1, 60, severity="critical", deadline_at=LATER)

    storm = the_storm()
    assert title_of(storm) == f"Many at once: {rules.get(CHECK).title}"
    assert storm.evidence == {
        "check": CHECK,
        "examples": ["T000001", "T000002", "T000003", "T000004", "T000005"],
    }
    assert (storm.severity, storm.deadline_at, storm.owner_role) == (
        "critical",
        LATER,
        Role.WAREHOUSE,
    )


def test_as_many_as_the_number_are_rows_of_their_own(store, packer):
    see(store, 1, 50)

    assert len(on_desk(packer, store)) == 50
    assert not Alert.objects.filter(check_code=STORM).exists()


def test_the_one_too_many_folds_what_came_up_before_it(store, packer):
    see(store, 1, 50)
    see(store, 1, 51, at=LATER)

    assert len(on_desk(packer, store)) == 1
    assert the_storm().stands_for == 51


def test_what_came_up_before_the_window_stays_a_row(store, packer):
    see(store, 1, 40)
    see(store, 41, 80, at=MOMENT + timedelta(minutes=61))

    assert len(on_desk(packer, store, at=MOMENT + timedelta(hours=2))) == 80


def test_news_after_a_storm_has_passed_are_rows_again(store, packer):
    see(store, 1, 60)
    much_later = MOMENT + timedelta(hours=3)
    see(store, 61, 61, at=much_later)

    assert {row.check_code for row in on_desk(packer, store, at=much_later)} == {STORM, CHECK}


def test_what_is_seen_again_is_no_news_and_starts_no_storm(store, packer):
    see(store, 1, 40)
    see(store, 1, 40, at=LATER)

    assert len(on_desk(packer, store)) == 40


def test_each_owner_has_a_storm_of_their_own(store):
    services.raise_findings(
        store_id=store.pk,
        check_code=CHECK,
        findings=[*findings(1, 60), *findings(61, 100, role=Role.FINANCE)],
        at=MOMENT,
    )

    assert the_storm().owner_role == Role.WAREHOUSE
    assert Alert.objects.filter(owner_role=Role.FINANCE, folded_into=None).count() == 40


def test_how_many_make_a_storm_is_a_number_of_the_store(store, packer):
    SettingOverrideFactory(key="alerts.storm", value=3, store=store)
    see(StoreFactory(), 1, 4)
    see(store, 1, 4)

    assert the_storm().store == store


def test_what_somebody_has_taken_up_is_not_folded(store, packer):
    see(store, 1, 50)
    one, other, third = Alert.objects.order_by("pk")[:3]
    services.acknowledge(alert_ids=[one.pk], actor=packer, at=MOMENT)
    services.assign(alert_ids=[other.pk], assignee=packer, actor=packer, at=MOMENT)
    services.snooze(alert_ids=[third.pk], until=LATER, actor=packer, at=MOMENT)

    see(store, 2, 60, at=LATER)

    assert the_storm().stands_for == 57
    assert Alert.objects.filter(folded_into=None, check_code=CHECK).count() == 3


@pytest.mark.parametrize("verb", ["acknowledge", "snooze", "assign"])
def test_whoever_takes_one_up_has_it_back_as_a_row(verb, store, packer):
    see(store, 1, 60)
    one = Alert.objects.filter(check_code=CHECK).first()
    more = {"snooze": {"until": LATER}, "assign": {"assignee": packer}}.get(verb, {})

    getattr(services, verb)(alert_ids=[one.pk], actor=packer, at=MOMENT, **more)

    assert one in on_desk(packer, store)
    assert the_storm().stands_for == 59


def test_the_count_falls_as_they_close_and_with_the_last_one_the_storm_ends(store):
    see(store, 1, 60)
    close(store, 1, 59)
    assert (the_storm().stands_for, the_storm().state) == (1, "open")

    close(store, 60, 60)

    storm = the_storm()
    assert (storm.state, storm.resolution, storm.resolved_at) == ("resolved", "self", LATER)
    assert list(storm.events.values_list("kind", flat=True)) == ["opened", "closed_itself"]


def test_a_storm_that_comes_back_is_reopened_and_counted(store):
    see(store, 1, 60)
    close(store, 1, 60)

    see(store, 101, 160, at=LATER)

    storm = the_storm()
    assert (storm.state, storm.times_reopened, storm.stands_for) == ("open", 1, 60)


def test_resolving_a_storm_resolves_what_it_stands_for(store, packer):
    see(store, 1, 60)

    services.resolve(alert_ids=[the_storm().pk], actor=packer, at=LATER, note="ask 13812345678")

    assert set(Alert.objects.values_list("state", "resolution")) == {("resolved", "person")}
    event = Alert.objects.filter(check_code=CHECK).first().events.last()
    assert (event.kind, event.actor, event.note) == ("resolved", packer, "ask 138****5678")


def test_raising_folding_and_closing_take_as_many_statements_for_a_hundred_thousand(store):
    def statements(first, last):
        with CaptureQueriesContext(
            connection,
        ) as raised:
            see(store, first, last)
        with CaptureQueriesContext(connection) as closed:
            close(store, first, last)
        return len(raised), len(closed)

    assert statements(1, 100) == statements(101, 100_100)


@pytest.mark.django_db
def test_overdue_clocks_are_folded_by_the_sweep():
    store = StoreFactory()
    SettingOverrideFactory(key="alerts.storm", value=4, store=store)
    for _ in range(6):
        DeadlineFactory(subject=OrderFactory(store=store))

    result = sweep(at=MOMENT + timedelta(hours=1), batch=2)

    assert result.breached == 6
    assert the_storm().stands_for == 6
    assert list(Alert.objects.unfolded()) == [the_storm()]


def test_a_folded_alert_is_nobodys_by_name(store, packer):
    see(store, 1, 60)

    with pytest.raises(IntegrityError, match="alert_folded_is_nobodys"), transaction.atomic():
        Alert.objects.filter(check_code=CHECK).update(assignee=packer)


@pytest.mark.django_db(transaction=True)
def test_raisers_at_once_open_one_storm_and_lose_nothing():
    store = StoreFactory()

    raised = run_together([partial(see, store, first, first + 99) for first in (1, 101, 1, 151)])

    assert sum(raised) == 250
    assert the_storm().stands_for + Alert.objects.unfolded().filter(check_code=CHECK).count() == 250
    storms.fold_missed(at=LATER)
    assert the_storm().stands_for == 250
    assert list(the_storm().events.values_list("kind", flat=True)) == ["opened"]


@pytest.mark.django_db(transaction=True)
def test_those_who_did_not_see_each_other_are_folded_at_the_next_look():
    store = StoreFactory()
    run_together([partial(see, store, first, first + 29) for first in (1, 31, 61)])

    storms.fold_missed(at=LATER)

    assert the_storm().stands_for == 90
    assert storms.fold_missed(at=LATER) == 0


@pytest.mark.django_db(transaction=True)
def test_a_storm_does_not_end_over_what_is_raised_into_it_meanwhile():
    store = StoreFactory()
    see(store, 1, 60)

    with transaction.atomic():
        see(store, 101, 200, at=LATER)
        # The last of those that others can see.
        run_together([partial(close, store, 1, 60)])

    assert (the_storm().state, the_storm().stands_for) == ("open", 100)
    close(store, 101, 200)
    assert the_storm().state == "resolved"


def test_the_storms_page_shows_what_it_stands_for(client, store, packer):
    see(store, 1, 60)
    client.force_login(packer)
    storm = the_storm()

    page = client.get(reverse("admin:alerts_alert_change", args=[storm.pk])).content.decode()
    listed = client.get(reverse("admin:alerts_alert_changelist"), {"storm": storm.pk})
    first = storm.folded.first()
    its_page = client.get(reverse("admin:alerts_alert_change", args=[first.pk])).content.decode()

    assert "Stands for 60 open alerts" in page
    assert "T000001" in page
    assert f"?storm={storm.pk}" in page
    assert len(listed.context["page"].rows) == 50
    assert reverse("admin:alerts_alert_change", args=[storm.pk]) in its_page


def test_the_list_shows_the_storm_for_the_many(client, store, packer):
    see(store, 1, 60)
    AlertFactory(subject=None, store=store)
    client.force_login(packer)

    answer = client.get(reverse("admin:alerts_alert_changelist"), {"tab": "open"})

    assert len(answer.context["page"].rows) == 2
    assert "× 60" in answer.content.decode()
