"""An open desk asks whether it still shows what is so: every change is told, nothing else is."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from opsdesk.alerts import services as alerts
from opsdesk.alerts import storms
from opsdesk.approvals.services.filing import withdraw
from opsdesk.deadlines.models import Deadline
from opsdesk.desk import pulse, queries
from opsdesk.desk.pulse import Pulse
from opsdesk.desk.queries import Chosen
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours")


@pytest.fixture
def reviewer(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


def alert(store, due=None, **fields):
    return factories.AlertFactory(subject=None, store=store, deadline_at=due, **fields)


@pytest.fixture
def taken(reviewer, store):
    """The fingerprint of the reviewer's desk at a moment."""

    def taken(at=MOMENT, **arguments):
        arguments.setdefault("limit", 51)
        return pulse.of_work(reviewer, [store], at=at, **arguments)

    return taken


def test_nothing_new_reads_the_same(taken, store):
    alert(store, MOMENT + 5 * HOUR)
    factories.DeadlineFactory(
        subject=factories.OrderFactory(store=store), started_at=MOMENT, due_at=MOMENT + HOUR
    )

    assert taken(MOMENT) == taken(MOMENT + MINUTE)


def test_that_it_was_seen_again_says_nothing_new(taken, store):
    row = alert(store, MOMENT + HOUR)
    before = taken()

    type(row).objects.update(last_seen_at=MOMENT + MINUTE, climbs_at=MOMENT + HOUR)

    assert taken() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda store, row, person: alert(store, MOMENT + HOUR),
        lambda store, row, person: alerts.acknowledge(alert_ids=[row.pk], actor=person, at=MOMENT),
        lambda store, row, person: alerts.assign(
            alert_ids=[row.pk], assignee=person, actor=person, at=MOMENT
        ),
        lambda store, row, person: alerts.snooze(
            alert_ids=[row.pk], until=MOMENT + HOUR, actor=person, at=MOMENT
        ),
        lambda store, row, person: alerts.resolve(
            alert_ids=[row.pk], note="done", actor=person, at=MOMENT
        ),
        lambda store, row, person: type(row).objects.update(severity="info"),
        lambda store, row, person: type(row).objects.update(money_at_risk=70),
        lambda store, row, person: type(row).objects.update(
            level=1, escalated_to=Role.OPERATIONS_LEAD
        ),
        lambda store, row, person: factories.DeadlineFactory(
            subject=factories.OrderFactory(store=store), started_at=MOMENT, due_at=MOMENT + HOUR
        ),
    ],
    ids=[
        "new alert",
        "acknowledged",
        "assigned",
        "snoozed",
        "resolved",
        "of another severity",
        "dearer",
        "climbed",
        "new clock",
    ],
)
def test_every_change_is_told(change, taken, store):
    row = alert(store, MOMENT + HOUR)
    colleague = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    before = taken()

    change(store, row, colleague)

    assert taken() != before


def test_a_clock_that_stops_is_told(taken, store):
    clock = factories.DeadlineFactory(
        subject=factories.OrderFactory(store=store), started_at=MOMENT, due_at=MOMENT + HOUR
    )
    before = taken()

    Deadline.objects.filter(pk=clock.pk).update(state="paused", paused_at=MOMENT)

    assert taken() != before


@pytest.mark.parametrize("passed", [31 * MINUTE, 61 * MINUTE], ids=["soon due", "breached"])
def test_time_that_passes_a_border_is_told(passed, taken, store):
    """Nobody writes anything when a clock runs out: the moment alone does it."""
    factories.DeadlineFactory(
        subject=factories.OrderFactory(store=store), started_at=MOMENT, due_at=MOMENT + HOUR
    )

    assert taken(MOMENT + passed) != taken(MOMENT)


def test_the_end_of_a_snooze_is_told(taken, store):
    alert(store, MOMENT + 9 * HOUR, snoozed_until=MOMENT + HOUR)

    assert taken(MOMENT + 2 * HOUR) != taken(MOMENT)


def test_the_turn_of_the_day_is_told_even_on_an_empty_desk(taken, store):
    end = datetime.combine(
        store.business_date(MOMENT) + timedelta(days=1), datetime.min.time(), tzinfo=store.zone
    )

    assert taken(end + MINUTE) != taken(end - MINUTE)


def test_a_request_and_its_decision_are_told(store):
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)

    def taken():
        return pulse.of_work(lead, [store], at=MOMENT, limit=51)

    empty = taken()
    request = factories.ApprovalFactory(
        store=store, roles=[Role.OPERATIONS_LEAD], expires_at=MOMENT + HOUR
    )
    waiting = taken()
    withdraw(approval_id=request.pk, actor=request.filer, at=MOMENT)

    assert waiting != empty
    assert taken() == empty


def test_what_lies_beyond_the_page_is_told_by_the_counts(taken, store):
    for number in range(3):
        alert(store, MOMENT - (9 - number) * HOUR)
    before = taken(limit=2)

    alert(store, MOMENT - HOUR)

    assert taken(limit=2) != before


def test_one_more_in_a_storm_is_told(taken, store):
    storm = alert(store, check_code=storms.STORM)
    before = taken()

    alert(store, folded_into=storm)

    assert taken() != before


def test_other_stores_and_other_roles_are_no_news(taken, store):
    alert(store, MOMENT + HOUR)
    before = taken()

    alert(factories.StoreFactory(), MOMENT + HOUR)
    alert(store, MOMENT + HOUR, owner_role=Role.FINANCE)

    assert taken() == before


def test_a_chosen_clause_reads_its_own_rows(taken, store):
    ours = Chosen(clause="ORD-2")
    before = taken(chosen=ours)

    alert(store, None, clause="ORD-2")

    assert taken(chosen=ours) != before


@pytest.mark.parametrize("when", ["", "overdue", "today"])
def test_what_is_due_then_reads_its_own_rows(when, taken, store):
    chosen = Chosen(when=when)
    before = taken(chosen=chosen)

    alert(store, MOMENT - HOUR)
    alert(store, MOMENT + HOUR)

    assert taken(chosen=chosen) != before


def test_it_takes_four_statements_however_full_the_desk_is(
    taken, store, reviewer, django_assert_num_queries
):
    for number in range(60):
        alert(store, MOMENT + number * MINUTE)
    taken()

    with django_assert_num_queries(4):
        taken()


@pytest.mark.parametrize("text", ["", '"x"', '"a.b.1"', f'"{"0" * 32}.{"0" * 32}."', "*"])
def test_what_nobody_of_ours_wrote_is_no_pulse(text):
    assert Pulse.parse(text) is None


def test_a_pulse_is_read_back_also_where_a_proxy_made_it_weak():
    written = Pulse("0" * 32, "f" * 32, 1_700_000_000)

    assert Pulse.parse(str(written)) == Pulse.parse(f"W/{written}") == written


# Asked by the page.


@pytest.fixture
def signed_in(client, reviewer):
    client.force_login(reviewer)
    return client


def ask(client, known="", **query):
    headers = {"HTTP_IF_NONE_MATCH": known} if known else {}
    return client.get(reverse("admin:desk-rows"), query, HTTP_HX_REQUEST="true", **headers)


def test_the_page_gets_nothing_as_long_as_nothing_changed(signed_in, store):
    alert(store)
    known = signed_in.get(reverse("admin:index")).context["pulse"]

    answer = ask(signed_in, known)

    assert answer.status_code == 304
    assert answer.content == b""


@pytest.mark.parametrize("when", ["", "overdue", "today"])
def test_every_choice_of_the_desk_opens_and_is_asked_for_again(when, signed_in):
    known = signed_in.get(reverse("admin:index"), {"when": when}).context["pulse"]

    assert ask(signed_in, known, when=when).status_code == 304


def test_the_list_that_changed_brings_what_it_says_elsewhere(signed_in, store):
    """The count beside the desk and what is next; the other counts are left for later."""
    known = signed_in.get(reverse("admin:index")).context["pulse"]
    alert(store, None, subject_label="BRAND-NEW")
    factories.OrderFactory(store=store)

    part = ask(signed_in, known).content.decode()

    assert (
        '<span id="badge-admin-index" class="od-badge danger" hx-swap-oob="true">1</span>' in part
    )
    assert part.count("BRAND-NEW") == 2
    assert 'id="desk-tiles"' not in part


def test_the_page_gets_the_list_when_it_changed(signed_in, store):
    known = signed_in.get(reverse("admin:index")).context["pulse"]
    alert(store, None, subject_label="BRAND-NEW")

    answer = ask(signed_in, known)

    assert "BRAND-NEW" in answer.content.decode()
    assert ask(signed_in, answer["ETag"]).status_code == 304


def test_what_stands_around_is_looked_at_now_and_then_and_leaves_the_list(signed_in, store):
    """A count of the sidebar that is no row of the desk."""
    known = Pulse.parse(signed_in.get(reverse("admin:index")).context["pulse"])
    factories.OrderFactory(store=store)
    earlier = Pulse(known.work, known.around, known.looked - 121)

    fresh, later = ask(signed_in, str(known)), ask(signed_in, str(earlier))

    assert fresh.status_code == 304
    assert later.status_code == 200
    assert later["HX-Reswap"] == "none"
    assert "badge-" in later.content.decode()
    assert 'id="desk-list"' not in later.content.decode()


def test_a_look_around_that_found_nothing_new_is_remembered(signed_in):
    known = Pulse.parse(signed_in.get(reverse("admin:index")).context["pulse"])
    earlier = Pulse(known.work, known.around, known.looked - 121)

    answer = ask(signed_in, str(earlier))

    assert answer.status_code == 304
    assert Pulse.parse(answer["ETag"]).looked > earlier.looked


def test_a_look_from_the_future_is_not_believed(reviewer):
    ahead = Pulse("0" * 32, "0" * 32, int(timezone.now().timestamp()) + 9_999)

    assert not ahead.is_fresh(timezone.now())


def test_asking_costs_few_statements_and_writes_nothing(
    signed_in, store, django_assert_max_num_queries
):
    alert(store)
    known = signed_in.get(reverse("admin:index")).context["pulse"]

    with django_assert_max_num_queries(9) as asked:
        assert ask(signed_in, known).status_code == 304

    said = [query["sql"].lstrip() for query in asked.captured_queries]
    assert [sql for sql in said if not sql.startswith("SELECT")] == []


def test_the_same_counts_of_the_sidebar_are_not_sent_again(signed_in, store):
    first = signed_in.get(reverse("admin:badges"))

    again = signed_in.get(reverse("admin:badges"), HTTP_IF_NONE_MATCH=first["ETag"])
    alert(store)
    changed = signed_in.get(reverse("admin:badges"), HTTP_IF_NONE_MATCH=first["ETag"])

    assert (again.status_code, changed.status_code) == (304, 200)


def test_what_changes_while_the_page_is_drawn_is_told_at_the_next_question(
    signed_in, store, monkeypatch
):
    """The fingerprint is taken before the rows are read, or the page would miss it for good."""
    read = queries.desk_rows

    def changed_after(*arguments, **named):
        found = read(*arguments, **named)
        monkeypatch.setattr(queries, "desk_rows", read)
        alert(store, None, subject_label="MEANWHILE")
        return found

    monkeypatch.setattr(queries, "desk_rows", changed_after)
    page = signed_in.get(reverse("admin:index"))
    assert "MEANWHILE" not in page.content.decode().partition('id="desk-list"')[2]

    answer = ask(signed_in, page.context["pulse"])

    assert "MEANWHILE" in answer.content.decode()
