"""What each role finds first: its tiles, and none that it may not open."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from opsdesk.alerts.models import Alert
from opsdesk.desk import ahead, starts
from opsdesk.desk.starts import Looker
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)

# What is there on any day; what hides while there is none is left out.
FIRST = {
    Role.OPERATIONS_LEAD: [
        "inspection-",
        "findings",
        "to-decide",
        "overdue-by-role",
        "escalated",
        "late-orders",
        "late-rate",
        "yesterday-CNY",
    ],
    Role.CATALOG_OPERATOR: [
        "low-stock",
        "purchase-drafts",
        "listings-incomplete",
        "prices-wrong",
        "forbidden-words",
        "prices-today",
        "pages-broken",
        "waiting-for-stock",
        "presales",
        "stock-differs",
        "slow-stock",
        "weekly-check",
        "goods-late",
    ],
    Role.ORDER_REVIEWER: [
        "to-review",
        "to-contact",
        "held",
        "to-confirm",
        "waiting-for-stock",
        "channels-differ",
    ],
    Role.WAREHOUSE: [
        "to-ship",
        "ship-passed",
        "ship-today",
        "waves-planned",
        "picks-to-take",
        "short-picks",
        "parcels-here",
        "misses",
        "parcels-in-trouble",
        "goods-coming",
        "goods-late",
    ],
    Role.CUSTOMER_SERVICE: [
        "to-contact",
        "delays-to-tell",
        "unanswered",
        "held",
        "misses",
        "parcels-in-trouble",
        "compensations",
    ],
    Role.SERVICE_LEAD: [
        "to-decide",
        "to-contact",
        "delays-to-tell",
        "unanswered",
        "overdue-by-role",
        "held",
        "escalated",
        "misses",
        "parcels-in-trouble",
        "compensations",
        "ratings",
    ],
    Role.MARKETING_OPERATOR: [
        "ad-balance",
        "prices-wrong",
        "prices-today",
        "unusual",
        "pages-broken",
        "pages-differ",
        "yesterday-CNY",
    ],
    Role.MARKETING_LEAD: [
        "ad-balance",
        "to-decide",
        "prices-wrong",
        "prices-today",
        "unusual",
        "pages-broken",
        "pages-differ",
        "escalated",
        "ratings",
        "yesterday-CNY",
    ],
    Role.FINANCE: [
        "money-differs",
        "funds-late",
        "settlements-missing",
        "to-decide",
        "to-invoice",
        "compensations",
    ],
    Role.ANALYST: ["unusual", "feeds", "ratings", "late-rate", "yesterday-CNY"],
    Role.ADMINISTRATOR: [
        "jobs-parked",
        "messages-parked",
        "deliveries-parked",
        "refused",
        "numbers-changed",
        "feeds",
    ],
}


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours", currency="CNY")


def person(store, *roles):
    return factories.UserFactory(role=roles[0], store=store) if roles else None


@pytest.fixture
def tiles_of(rf):
    def tiles_of(user, at=MOMENT):
        request = rf.get("/")
        request.user = user
        return starts.tiles_for(request, at)

    return tiles_of


def tile(tiles, code):
    return next(each for each in tiles if each.code == code)


@pytest.mark.parametrize("role", Role)
def test_each_role_begins_with_its_own_tiles(role, store, tiles_of):
    codes = [each.code for each in tiles_of(person(store, role))]

    assert [code.replace(str(store.pk), "") for code in codes] == FIRST[role]


@pytest.mark.parametrize("role", Role)
def test_every_tile_opens(role, store, client):
    """A tile that leads to a refusal would be a promise that is broken."""
    client.force_login(person(store, role))
    shown = client.get(reverse("admin:index")).context["tiles"]

    answers = {each.code: client.get(each.link).status_code for each in shown}

    assert set(answers.values()) == {200}


@pytest.mark.parametrize("role", Role)
def test_a_start_page_takes_a_fixed_number_of_statements(
    role, store, client, django_assert_max_num_queries
):
    client.force_login(person(store, role))
    at = timezone.now()
    client.get(reverse("admin:index"))
    for number in range(60):
        factories.AlertFactory(
            subject=None, store=store, owner_role=role, deadline_at=at + number * HOUR
        )

    with django_assert_max_num_queries(45):
        client.get(reverse("admin:index"))


def test_who_has_several_roles_sees_all_their_tiles_once(store, tiles_of):
    user = person(store, Role.ORDER_REVIEWER)
    factories.MembershipFactory(user=user, store=store, role=Role.CUSTOMER_SERVICE)

    codes = [each.code for each in tiles_of(user)]

    assert codes[:3] == ["to-review", "to-contact", "held"]
    assert "delays-to-tell" in codes
    assert len(codes) == len(set(codes))


def test_somebody_above_all_roles_begins_as_the_operations_lead(store, tiles_of):
    codes = [each.code for each in tiles_of(factories.UserFactory(is_superuser=True))]

    assert codes[0] == f"inspection-{store.pk}"


def test_the_first_clock_to_run_out_is_told(store, tiles_of):
    """ORD-3"""
    reviewer = person(store, Role.ORDER_REVIEWER)
    for hours in (3, 1, 2):
        factories.DeadlineFactory(
            subject=factories.OrderFactory(store=store),
            rule="orders.review",
            started_at=MOMENT,
            due_at=MOMENT + hours * HOUR,
        )

    before, after = tiles_of(reviewer), tiles_of(reviewer, MOMENT + 2 * HOUR)

    assert (tile(before, "to-review").value, tile(before, "to-review").tone) == ("3", "")
    assert tile(before, "to-review").detail == "in 1 h 0 min"
    assert tile(after, "to-review").tone == "danger"


def test_other_stores_work_is_no_tile_of_ours(store, tiles_of):
    reviewer = person(store, Role.ORDER_REVIEWER)
    factories.OrderFactory(store=factories.StoreFactory())

    assert tile(tiles_of(reviewer), "waiting-for-stock").value == "0"


def test_a_count_is_read_no_further_than_the_cap(store, tiles_of):
    Alert.objects.bulk_create(
        factories.AlertFactory.build(
            store=store,
            subject=None,
            subject_type=None,
            key=str(number),
            check_code="catalog.forbidden_words",
            opened_at=MOMENT - number * HOUR,
        )
        for number in range(120)
    )

    found = tile(tiles_of(person(store, Role.CATALOG_OPERATOR)), "forbidden-words")

    assert found.value == "99+"
    assert found.detail == "oldest 4 d 23 h"


def test_the_lead_sees_what_is_overdue_by_role_and_by_person(store, tiles_of):
    lead, clerk = person(store, Role.OPERATIONS_LEAD), person(store, Role.WAREHOUSE)
    late = {"subject": None, "store": store, "deadline_at": MOMENT - HOUR}
    factories.AlertFactory(owner_role=Role.FINANCE, **late)
    factories.AlertFactory(owner_role=Role.WAREHOUSE, **late)
    factories.AlertFactory(owner_role=Role.WAREHOUSE, assignee=clerk, **late)

    tiles = tiles_of(lead)

    assert tile(tiles, "overdue-by-role").detail == "Warehouse 2 · Finance 1"
    assert tile(tiles, "overdue-by-person").detail == f"{clerk} 1"


def test_a_lead_sees_the_roles_below_only(store, tiles_of):
    late = {"subject": None, "store": store, "deadline_at": MOMENT - HOUR}
    factories.AlertFactory(owner_role=Role.WAREHOUSE, **late)
    factories.AlertFactory(owner_role=Role.CUSTOMER_SERVICE, **late)

    found = tile(tiles_of(person(store, Role.SERVICE_LEAD)), "overdue-by-role")

    assert found.detail == "Customer service 1"


def test_the_inspection_of_the_morning_says_how_it_stands(store, tiles_of):
    """INS"""
    lead = person(store, Role.OPERATIONS_LEAD)
    code = f"inspection-{store.pk}"
    assert tile(tiles_of(lead), code).value == "not yet"

    factories.InspectionRunFactory(
        store=store, business_date=store.business_date(MOMENT), state="done", finished_at=MOMENT
    )

    found = tile(tiles_of(lead), code)
    assert (found.value, found.detail) == ("done", "sign it")


def test_the_next_cut_off_is_by_the_stores_own_clock(store, tiles_of):
    """FUL-1"""
    at = MOMENT
    local = at.astimezone(store.zone)
    earlier, later = (local - HOUR).time(), (local + HOUR).time()
    factories.WaveRuleFactory(
        warehouse=factories.WarehouseFactory(store=store), cut_offs=[earlier, later]
    )

    found = tile(tiles_of(person(store, Role.WAREHOUSE)), "cut-off")

    assert found.value == f"{later:%H:%M}"


def test_what_comes_up_by_itself_is_told_soonest_first(store, rf):
    reviewer = person(store, Role.ORDER_REVIEWER)
    factories.AlertFactory(
        subject=None, store=store, snoozed_until=MOMENT + HOUR, deadline_at=MOMENT
    )
    request = rf.get("/")
    request.user = reviewer

    coming = ahead.coming_for(request, MOMENT)

    assert coming[0].what == "1 snoozed alert comes back"
    assert any("inspection of Ours" in each.what for each in coming)
    assert coming == sorted(coming, key=lambda each: each.at)


def test_an_empty_desk_says_until_when_all_is_done(store, client):
    client.force_login(person(store, Role.ORDER_REVIEWER))

    page = client.get(reverse("admin:index")).content.decode()

    assert "All done until" in page
    assert "inspection of Ours" in page


def test_with_an_empty_list_the_first_tile_that_waits_is_what_is_next(store, client):
    client.force_login(person(store, Role.ORDER_REVIEWER))
    factories.OrderFactory(store=store, placed_at=timezone.now())

    context = client.get(reverse("admin:index")).context

    assert context["first"] is None
    assert context["waiting"].code == "waiting-for-stock"


def test_what_is_next_is_the_soonest_also_under_a_filter(store, client):
    at = timezone.now()
    client.force_login(person(store, Role.ORDER_REVIEWER))
    factories.AlertFactory(
        subject=None, store=store, subject_label="SOONEST", deadline_at=at - HOUR
    )
    factories.AlertFactory(
        subject=None, store=store, subject_label="LATER", deadline_at=at + HOUR, clause="ORD-3"
    )

    context = client.get(reverse("admin:index"), {"clause": "ORD-3"}).context

    assert [row.subject for row in context["rows"]] == ["LATER"]
    assert context["first"].subject == "SOONEST"


def test_a_change_of_a_tile_is_told_within_two_minutes(store, client):
    client.force_login(person(store, Role.CATALOG_OPERATOR))
    known = client.get(reverse("admin:index")).context["pulse"]
    factories.AlertFactory(
        subject=None, store=store, check_code="catalog.forbidden_words", owner_role=Role.FINANCE
    )
    work, around, looked = known.strip('"').split(".")
    earlier = f'"{work}.{around}.{int(looked) - 121}"'

    answer = client.get(reverse("admin:desk-rows"), HTTP_IF_NONE_MATCH=earlier)

    assert answer.status_code == 200
    assert 'data-tile="forbidden-words"' in answer.content.decode()


def test_two_parts_of_one_name_are_refused():
    known = starts.all_parts()[0]
    other = starts.Telling(known.code, (Role.ANALYST,), "x.y", lambda looker: [])

    with pytest.raises(ValueError, match=known.code):
        starts.register(other)


def test_rows_that_cannot_be_there_are_not_asked_for(store, rf):
    """Django knows of some selections beforehand that they are empty."""
    request = rf.get("/")
    request.user = person(store, Role.ORDER_REVIEWER)
    nothing = starts.Tile(
        "nothing",
        "Nothing",
        (Role.ORDER_REVIEWER,),
        "alerts.view_alert",
        "admin:index",
        lambda looker: Alert.objects.none(),
    )

    found = starts._counted([nothing], Looker(request, [store], MOMENT))

    assert found["nothing"].value == "0"


def test_who_looks_at_what_is_said_by_the_items_role(store, tiles_of):
    """INS"""
    factories.ManualItemFactory(store=store, owner_role=Role.WAREHOUSE)
    keeper, reviewer = person(store, Role.WAREHOUSE), person(store, Role.ORDER_REVIEWER)

    assert tile(tiles_of(keeper), "to-look-at").value == "1"
    assert [each for each in tiles_of(reviewer) if each.code == "to-look-at"] == []


def test_what_was_looked_at_today_waits_no_more(store, tiles_of):
    item = factories.ManualItemFactory(store=store, owner_role=Role.WAREHOUSE)
    factories.ManualAnswerFactory(item=item, business_date=store.business_date(MOMENT))

    codes = [each.code for each in tiles_of(person(store, Role.WAREHOUSE))]

    assert "to-look-at" not in codes


def test_holds_are_told_by_their_most_frequent_reasons(store, tiles_of):
    """ORD-4"""
    for code in ("amount", "amount", "region"):
        factories.HoldFactory(order=factories.OrderFactory(store=store), code=code)

    found = tile(tiles_of(person(store, Role.ORDER_REVIEWER)), "held")

    assert found.value == "3"
    assert found.detail.split(" · ")[0].endswith(" 2")


def shipped(store, day_ago, *, late):
    """An order that left at noon of a day before, in time or not."""
    left = MOMENT - timedelta(days=day_ago)
    order = factories.OrderFactory(store=store, placed_at=left - HOUR, shipped_at=left)
    due = left - timedelta(minutes=5) if late else left + HOUR
    factories.DeadlineFactory(
        subject=order,
        rule="fulfillment.ship",
        owner_role=Role.WAREHOUSE,
        started_at=left - HOUR,
        due_at=due,
        state="met",
        met_at=left,
    )


def test_the_late_rate_is_yesterdays_against_the_day_before(store, tiles_of):
    """FUL-2"""
    for day_ago, lates in ((1, [True, False, False, False]), (2, [False, False]), (0, [True])):
        for late in lates:
            shipped(store, day_ago, late=late)

    found = tile(tiles_of(person(store, Role.OPERATIONS_LEAD)), "late-rate")

    assert (found.value, found.tone) == ("25.00 %", "warning")
    assert found.detail == "0.00 % the day before"


def test_yesterday_is_compared_with_the_day_before(store, tiles_of):
    """ANA-3"""
    channel, today = factories.ChannelFactory(store=store), store.business_date(MOMENT)
    for ago, gmv in ((0, 7), (1, 150), (2, 100)):
        factories.DailySalesFactory(
            store=store,
            channel=channel,
            date=today - timedelta(days=ago),
            gmv=gmv,
            orders=3,
            paid_orders=2,
        )

    found = tile(tiles_of(person(store, Role.ANALYST)), "yesterday-CNY")

    assert found.value == "¥150.00"
    assert found.detail == "2 paid orders · +50 % to the day before"
