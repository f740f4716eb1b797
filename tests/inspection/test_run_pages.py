"""Inspections on their pages: listed, asked for, followed while they go, read when they ended."""

import pytest
from django.urls import reverse

from opsdesk.alerts.models import Alert
from opsdesk.inspection.checks import CannotCheck
from opsdesk.inspection.models import InspectionRun
from opsdesk.inspection.services.walking import ask_for_inspection, walk
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.inspection.looks import Looks

pytestmark = pytest.mark.django_db
LIST = "admin:inspection_inspectionrun_changelist"
ASK = "admin:inspection_inspectionrun_ask"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def lead(client, store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    client.force_login(person)
    return person


def walked(store, at=MOMENT):
    run = ask_for_inspection(store=store, actor=None, at=at, waits_for_worker=False)
    walk(run.pk, at=at)
    return run


def page_of(client, run):
    answer = client.get(reverse("admin:inspection_inspectionrun_change", args=[run.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_how_many_checks_passed_found_and_could_not_look(only, client, store, lead):
    looks = [Looks(f"INS-{n}.test") for n in (1, 2, 3, 4)]
    only(*looks)
    looks[0].sees("a")
    looks[1].raises(CannotCheck("Nothing came."))
    walked(store)

    (line,) = client.get(reverse(LIST)).context["lines"]

    cells = [cell for cell in line.replace("</td>", "").split("<td") if "od-num" in cell]
    assert [">2<" in cells[0], ">1<" in cells[1], ">1<" in cells[2]] == [True] * 3


def test_the_list_asks_as_often_for_thirty_runs_as_for_one(
    client, store, lead, django_assert_max_num_queries
):
    for _each in range(30):
        run = factories.InspectionRunFactory(store=store, is_scheduled=False)
        factories.CheckResultFactory(run=run)

    with django_assert_max_num_queries(24):
        client.get(reverse(LIST))


def test_the_page_has_the_nine_clauses_in_order_with_outcome_and_reason(only, client, store, lead):
    """INS: passed, finding(s), or could not be checked, because …; never silence."""
    found, silent = Looks("INS-3.test"), Looks("INS-8.test")
    only(found, silent)
    found.sees("sku-1")
    silent.raises(CannotCheck("No figures have come since Monday."))

    shown = page_of(client, walked(store))

    places = [shown.index(f'id="clause-INS-{n}"') for n in range(1, 10)]
    assert places == sorted(places)
    assert "No figures have come since Monday." in shown
    alert = Alert.objects.get(check_code="test.kind")
    assert reverse("admin:alerts_alert_change", args=[alert.pk]) in shown
    assert "Mend it." in shown


def test_a_finding_leads_to_its_subject_where_the_person_may_look(client, store, lead):
    order = factories.OrderFactory(store=store)
    alert = factories.AlertFactory(subject=order, check_code="orders.unknown_sku")
    row = factories.CheckFindingFactory(result__run__store=store, alert=alert)

    shown = page_of(client, row.result.run)

    assert reverse("admin:orders_order_change", args=[order.pk]) in shown


def test_a_check_with_many_findings_shows_some_and_has_a_page_for_all(only, client, store, lead):
    looks = Looks()
    only(looks)
    looks.sees(*(f"sku-{n}" for n in range(30)))
    run = walked(store)
    address = reverse("admin:inspection_inspectionrun_result", args=[run.results.get().pk])

    shown = page_of(client, run)

    assert shown.count("SKU-") == 10
    assert address in shown
    assert client.get(address).content.decode().count("SKU-") == 30


def test_the_page_asks_as_often_for_many_checks_as_for_one(
    only, client, store, lead, django_assert_max_num_queries
):
    looks = [Looks(f"INS-3.test{n}") for n in range(12)]
    only(*looks)
    for each in looks:
        each.sees(*"abcdefgh")
    run = walked(store)

    with django_assert_max_num_queries(24):
        page_of(client, run)


def test_whoever_may_asks_for_a_run_and_follows_it(only, client, store, lead):
    only(Looks("INS-1.a"), Looks("INS-2.b"))

    answer = client.post(reverse(ASK), {"store": store.pk}, follow=True)

    run = InspectionRun.objects.get()
    assert (run.requested_by, run.store) == (lead, store)
    shown = answer.content.decode()
    assert "0 of 2 checks done" in shown
    assert 'hx-trigger="every 2s"' in shown
    walk(run.pk, at=MOMENT)
    assert "hx-trigger" not in page_of(client, run).partition('id="inspection-run"')[2][:200]


def test_who_may_not_is_offered_no_button_and_refused(client, store):
    client.force_login(factories.UserFactory(role=Role.WAREHOUSE, store=store))

    assert reverse(ASK) not in client.get(reverse(LIST)).content.decode()
    assert client.post(reverse(ASK), {"store": store.pk}).status_code == 403


def test_another_store_can_t_be_chosen(client, lead):
    elsewhere = factories.StoreFactory()

    answer = client.post(reverse(ASK), {"store": elsewhere.pk})

    assert answer.context["form"].errors["store"]
    assert not InspectionRun.objects.exists()


def test_while_one_is_under_way_a_second_is_refused_in_words(only, client, store, lead):
    only(Looks())
    client.post(reverse(ASK), {"store": store.pk})

    answer = client.post(reverse(ASK), {"store": store.pk}, follow=True)

    assert "is under way" in answer.content.decode()
    assert InspectionRun.objects.count() == 1


def test_a_store_never_inspected_says_so(client, lead):
    assert "Nothing has been inspected yet" in client.get(reverse(LIST)).content.decode()
