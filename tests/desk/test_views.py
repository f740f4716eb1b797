"""The desk's page and its quick actions."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from opsdesk.alerts.models import Alert
from opsdesk.desk import cards, charts, health
from opsdesk.schedule.models import Slot
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory(name="Ours")


@pytest.fixture
def reviewer(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


@pytest.fixture
def signed_in(client, reviewer):
    client.force_login(reviewer)
    return client


def alert_in(store, **fields):
    return factories.AlertFactory(subject=factories.OrderFactory(store=store), **fields)


def act(client, verb, alert, **data):
    return client.post(
        reverse("admin:desk-act"), {"do": f"{verb}:{alert.pk}", **data}, HTTP_HX_REQUEST="true"
    )


def test_one_click_leads_to_where_to_act(signed_in, store):
    alert = alert_in(store)

    page = signed_in.get(reverse("admin:index")).content.decode()

    assert reverse("admin:orders_order_change", args=[alert.subject_id]) in page
    assert "Stock to confirm" in page


def test_a_shortage_leads_to_the_stock_of_its_sku(client, store):
    """INS-3"""
    role = Role.CATALOG_OPERATOR
    client.force_login(factories.UserFactory(role=role, store=store))
    factories.AlertFactory(
        subject=factories.SkuFactory(store=store, code="LAMP-1"),
        check_code="orders.shortage",
        subject_label="LAMP-1",
        owner_role=role,
    )

    page = client.get(reverse("admin:index")).content.decode()

    assert f'href="{reverse("admin:catalog_stocklevel_changelist")}?sku=LAMP-1"' in page


def test_an_empty_desk_says_what_comes_next(signed_in):
    page = signed_in.get(reverse("admin:index")).content.decode()

    assert "Your desk is clear" in page


def test_acknowledging_keeps_it_on_the_desk(signed_in, store):
    alert = alert_in(store)

    response = act(signed_in, "acknowledge", alert)

    alert.refresh_from_db()
    assert alert.state == Alert.State.ACKNOWLEDGED
    assert "acknowledged" in response.content.decode()


@pytest.mark.parametrize("verb", ["snooze-hour", "snooze-tomorrow"])
def test_snoozing_takes_it_off_the_desk(verb, signed_in, store):
    alert = alert_in(store)

    response = act(signed_in, verb, alert)

    alert.refresh_from_db()
    assert alert.snoozed_until > timezone.now()
    assert alert.subject_label not in response.content.decode()


def test_tomorrow_is_the_morning_of_the_stores_next_day(signed_in, store):
    alert = alert_in(store)

    act(signed_in, "snooze-tomorrow", alert)

    alert.refresh_from_db()
    local = alert.snoozed_until.astimezone(store.zone)
    assert (local.hour, local.minute) == (9, 0)
    assert local.date() == store.business_date(timezone.now()) + timedelta(days=1)


def test_taking_it_makes_it_mine(signed_in, reviewer, store):
    alert = alert_in(store)

    act(signed_in, "take", alert)

    alert.refresh_from_db()
    assert alert.assignee == reviewer


def test_resolving_takes_a_note(signed_in, store):
    alert = alert_in(store)

    refused = act(signed_in, "resolve", alert)
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN
    assert "Say in a word how it was settled." in refused.content.decode()

    act(signed_in, "resolve", alert, note="stock arrived")
    alert.refresh_from_db()
    assert alert.state == Alert.State.RESOLVED
    assert alert.events.get().note == "stock arrived"


def test_nobody_acts_on_another_stores_alert(signed_in):
    alert = alert_in(factories.StoreFactory())

    response = act(signed_in, "resolve", alert, note="mine now")

    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN
    assert "Nothing was changed" in response.content.decode()


@pytest.mark.parametrize("what", ["", "resolve", "resolve:x", "destroy:1", "resolve:-1"])
def test_an_action_nobody_offers_is_a_bad_request(what, signed_in):
    assert signed_in.post(reverse("admin:desk-act"), {"do": what}).status_code == 400


def test_actions_are_never_links(signed_in):
    assert signed_in.get(reverse("admin:desk-act")).status_code == 405


def test_without_script_an_action_leads_back_to_the_desk(signed_in, store):
    alert = alert_in(store)

    response = signed_in.post(reverse("admin:desk-act"), {"do": f"acknowledge:{alert.pk}"})

    assert response.status_code == 302
    assert response.url.startswith(reverse("admin:index"))


def test_the_list_refreshes_alone_and_brings_the_counts(signed_in, store):
    alert_in(store)

    part = signed_in.get(reverse("admin:desk-rows"), HTTP_HX_REQUEST="true").content.decode()

    assert "<html" not in part
    assert 'hx-swap-oob="true"' in part


def test_more_rows_are_fetched_from_where_the_page_ended(signed_in, store):
    for number in range(51):
        alert_in(store, opened_at=MOMENT + timedelta(minutes=number))
    first = signed_in.get(reverse("admin:index"))

    more = signed_in.get(reverse("admin:desk-rows"), {"after": first.context["next_place"]})

    assert len(first.context["rows"]) == 50
    assert len(more.context["rows"]) == 1


def test_currencies_are_never_added_up(client):
    person = factories.UserFactory(is_superuser=True)
    for currency in ("CNY", "USD"):
        store = factories.StoreFactory(currency=currency)
        factories.OrderFactory(store=store, placed_at=timezone.now(), total_amount=70)
    client.force_login(person)

    shown = [figure.value for figure in client.get(reverse("admin:index")).context["figures"]]

    assert {"¥70.00", "$70.00"} <= set(shown)


def test_the_strip_says_when_the_scheduler_is_silent(rf, reviewer):
    request = rf.get("/")
    request.user = reviewer
    factories.SlotFactory(slot_at=MOMENT, state=Slot.State.DONE)

    fresh = health.signs_for(request, MOMENT + timedelta(minutes=1))
    stale = health.signs_for(request, MOMENT + timedelta(minutes=12))

    assert [sign.tone for sign in fresh] == ["good"]
    assert stale[0].tone == "danger"
    assert "12 minutes" in stale[0].text


def test_the_strip_tells_of_runs_that_wait(rf, reviewer):
    request = rf.get("/")
    request.user = reviewer
    factories.SlotFactory(slot_at=MOMENT)

    signs = health.signs_for(request, MOMENT + timedelta(minutes=6))

    assert any("Scheduled runs that wait: 1" in sign.text for sign in signs)


def test_a_chart_of_nothing_lies_flat():
    days = [cards.Day(date=MOMENT.date(), bar=0, bar_text="0", line=0)] * 3

    drawing = charts.draw(cards.Chart("Nothing", "bars", "line", days))

    assert {bar.height for bar in drawing.bars} == {0}
