"""How noisy each check is over thirty days."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opsdesk.alerts import services
from opsdesk.alerts.models import Alert
from opsdesk.alerts.noise import noise_of
from opsdesk.stores.roles import Role
from tests.factories import MOMENT, SettingOverrideFactory, StoreFactory, UserFactory

CHECK = "orders.confirm"
PAGE = "/admin/alerts/alert/noise/"

pytestmark = pytest.mark.django_db


def day(number):
    return MOMENT + timedelta(days=number)


def see(store, *keys, at=MOMENT, check=CHECK):
    services.raise_findings(
        store_id=store.pk,
        check_code=check,
        findings=[services.Finding(key, key, Role.WAREHOUSE) for key in keys],
        at=at,
    )


def close(store, *keys, at):
    services.close_themselves(store_id=store.pk, check_code=CHECK, keys=keys, at=at)


def ids(*keys):
    return list(Alert.objects.filter(key__in=keys).order_by("key").values_list("pk", flat=True))


def figures(store, at):
    (found,) = noise_of([store], since=at - timedelta(days=30), at=at)
    return found


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def packer(store):
    return UserFactory(role=Role.WAREHOUSE, store=store)


def test_what_became_of_each_time_an_alert_opened(store, packer):
    see(store, "A", "B", "C", "D")
    services.acknowledge(alert_ids=ids("A"), actor=packer, at=MOMENT + timedelta(minutes=10))
    services.acknowledge(alert_ids=ids("B"), actor=packer, at=MOMENT + timedelta(minutes=30))
    services.resolve(alert_ids=ids("A"), actor=packer, at=day(1), note="done")
    close(store, "B", "C", at=day(1))

    found = figures(store, day(2))

    assert (found.check_code, found.opened, found.closed_itself) == (CHECK, 4, 2)
    assert (found.acknowledged, found.resolved) == (2, 1)
    assert found.ignored == 1
    assert found.share_ignored == 25
    assert found.to_acknowledge == timedelta(minutes=20)


def test_what_is_open_for_long_and_nobody_touched_is_ignored(store, packer):
    see(store, "A", "B")
    services.comment(alert_id=ids("B")[0], note="on it", actor=packer, at=day(1))

    assert figures(store, day(6)).ignored == 0
    assert figures(store, day(8)).ignored == 1


def test_for_how_long_is_a_number_of_the_store(store):
    SettingOverrideFactory(key="alerts.ignored_after", value=2, store=store)
    see(store, "A")

    assert figures(store, day(3)).ignored == 1


def test_each_return_counts_by_itself(store, packer):
    see(store, "A")
    close(store, "A", at=day(1))
    see(store, "A", at=day(2))
    services.acknowledge(alert_ids=ids("A"), actor=packer, at=day(2) + timedelta(hours=1))

    found = figures(store, day(3))

    assert (found.opened, found.ignored, found.acknowledged) == (2, 1, 1)
    assert found.to_acknowledge == timedelta(hours=1)


def test_what_opened_earlier_and_elsewhere_does_not_count(store):
    see(store, "A")
    see(StoreFactory(), "B", at=day(40))
    close(store, "A", at=day(40))

    assert noise_of([store], since=day(11), at=day(41)) == []


def test_the_most_ignored_comes_first(store):
    see(store, "A", check="manual")
    see(store, "A", "B")
    close(store, "A", at=day(1))

    found = noise_of([store], since=day(-30), at=day(2))

    assert [each.check_code for each in found] == [CHECK, "manual"]


def test_it_takes_two_statements_however_much_there_is(store, django_assert_num_queries):
    see(store, *(f"K{number}" for number in range(40)))

    with django_assert_num_queries(2):
        figures(store, day(1))


def test_the_page_shows_each_check_and_leads_to_its_alerts(client, store, packer):
    now = timezone.now()
    see(store, "A", at=now - timedelta(hours=2))
    close(store, "A", at=now - timedelta(hours=1))
    client.force_login(packer)

    page = client.get(PAGE).content.decode()

    assert f"/admin/alerts/alert/?check={CHECK}" in page
    assert "100 %" in page


def test_without_alerts_it_says_so(client, packer):
    client.force_login(packer)

    assert "Nothing came up" in client.get(PAGE).content.decode()


def test_another_stores_figures_are_not_shown(client, store, packer):
    other = StoreFactory()
    see(other, "A", at=timezone.now())
    client.force_login(packer)

    assert "Nothing came up" in client.get(PAGE, {"store": other.pk}).content.decode()


def test_it_takes_as_many_statements_for_many_checks(
    client, store, packer, django_assert_max_num_queries
):
    client.force_login(packer)
    see(store, "A", at=timezone.now())
    client.get(PAGE)
    with django_assert_max_num_queries(30) as few:
        client.get(PAGE)
    for code in ("manual", "alerts.storm", "exchange.messages_parked"):
        see(store, "A", at=timezone.now(), check=code)

    with django_assert_max_num_queries(len(few)):
        client.get(PAGE)
