"""Parcels that need somebody are found in time, worked on, and let go (FUL-7)."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulfillment.models import ParcelCase
from fulfillment.services import cases
from fulfillment.services.case_telling import NobodyToldOf, write_to_customer
from fulfillment.services.cases import (
    claim_value,
    close_case,
    look_for_cases,
    mark_carrier_asked,
    mark_customer_told,
    open_reported,
    query_text,
)
from fulfillment.silence import patience_of
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from orders.models import CustomerMessage, Order
from tests import factories
from tests.concurrency import run_together
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import LEFT, seen, tell, under_way

DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    return Shop()


def kinds(**filters) -> list[str]:
    return sorted(ParcelCase.objects.open().filter(**filters).values_list("kind", flat=True))


def look(shop, at):
    return look_for_cases(shop.store, at=at)


def test_a_parcel_without_news_for_a_day_is_a_case(shop):
    """FUL-7: no news > 24 h. Silence begins with the hand-over, and with each news again."""
    parcel = under_way(shop)
    assert look(shop, LEFT + DAY) == {"opened": 0, "closed": 0}
    assert look(shop, LEFT + DAY + timedelta(minutes=1))["opened"] == 1
    tell(parcel, seen(30, "in_transit"), at=LEFT + timedelta(hours=31))

    assert look(shop, LEFT + timedelta(hours=32)) == {"opened": 0, "closed": 1}
    assert ParcelCase.objects.get().ended == "news"
    assert look(shop, LEFT + timedelta(hours=55))["opened"] == 1


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("failed_attempt", "failed"),
        ("exception", "trouble"),
        ("returning", "returned"),
        ("returned", "returned"),
        ("lost", "lost"),
    ],
)
def test_what_the_carrier_tells_makes_a_case(shop, state, kind):
    parcel = under_way(shop)
    tell(parcel, seen(5, state))
    look(shop, LEFT + timedelta(hours=6))
    assert kinds() == [kind]

    tell(parcel, seen(9, "delivered"))
    look(shop, LEFT + timedelta(hours=10))
    assert kinds() == []


def test_damage_is_a_case_that_no_later_scan_mends(shop):
    """FUL-7: once per parcel, also when it was delivered by then; a person closes it."""
    parcel = under_way(shop)
    tell(parcel, seen(5, "damaged"), seen(6, "arrived"), seen(9, "delivered"))
    look(shop, LEFT + timedelta(hours=10))
    case = ParcelCase.objects.get()
    assert (case.kind, case.cause_at) == ("damaged", LEFT + timedelta(hours=5))

    assert look(shop, LEFT + timedelta(hours=11)) == {"opened": 0, "closed": 0}
    person = shop.person(Role.CUSTOMER_SERVICE)
    close_case(case_id=case.pk, result="Resent", actor=person, at=LEFT + DAY)
    tell(parcel, seen(4, "damaged"))
    assert look(shop, LEFT + 2 * DAY) == {"opened": 0, "closed": 0}


def test_a_customer_says_that_it_arrived_damaged(client, shop):
    parcel = under_way(shop)
    tell(parcel, seen(5, "delivered"))
    client.force_login(shop.person(Role.CUSTOMER_SERVICE))
    address = f"/admin/fulfillment/parcelcase/open/{parcel.pk}/"
    assert client.post(address, {"kind": "lost"}).status_code == 404
    assert client.post(address, {"kind": "damaged", "note": "Box is wet"}).status_code == 302
    case = ParcelCase.objects.get()
    assert (case.kind, case.note) == ("damaged", "Box is wet")
    look(shop, LEFT + DAY)
    assert kinds() == ["damaged"]


@pytest.mark.parametrize("state", ["to_collect", "delivered"])
def test_what_is_the_customer_s_to_fetch_is_no_silence(shop, state):
    tell(under_way(shop), seen(5, state))
    look(shop, LEFT + DAY * 3)
    assert kinds() == []


def test_a_silence_in_a_public_holiday_is_none(shop):
    """FUL-7: in China's National Day week news are not expected before it is over."""
    factories.WorkCalendarFactory(store=shop.store, country="CN")
    at = datetime(2025, 10, 6, 4, tzinfo=UTC)

    patience = patience_of(shop.store, at=at)

    assert patience.wall_cutoff == at - DAY
    zone = shop.store.zone
    assert f"{patience.cutoff.astimezone(zone):%m-%d %H:%M}" == "09-30 00:00"
    assert f"{patience.resumes_at:%m-%d}" == "10-09"


def test_silence_may_be_counted_in_working_time(shop):
    """FUL-7: four working hours before Monday noon begin on Friday."""
    calendar = factories.WorkCalendarFactory(store=shop.store)
    for weekday in range(5):
        factories.WorkHoursFactory(calendar=calendar, weekday=weekday, start=time(9), end=time(18))
    factories.SettingOverrideFactory(
        key="fulfillment.silence", store=shop.store, value=240, unit="working_minutes"
    )
    monday_noon = datetime(2026, 3, 9, 12, tzinfo=shop.store.zone)

    cutoff = patience_of(shop.store, at=monday_noon).cutoff

    assert f"{cutoff.astimezone(shop.store.zone):%m-%d %H:%M}" == "03-06 17:00"


def test_the_same_cause_makes_one_case(shop):
    """A case that a person closed comes back for another cause only."""
    parcel = under_way(shop)
    tell(parcel, seen(5, "lost"))
    look(shop, LEFT + timedelta(hours=6))
    close_case(
        case_id=ParcelCase.objects.get().pk,
        result="They pay",
        actor=shop.person(Role.CUSTOMER_SERVICE),
        at=LEFT + timedelta(hours=7),
    )
    look(shop, LEFT + timedelta(hours=8))
    assert kinds() == []
    tell(parcel, seen(9, "arrived"), seen(10, "lost"))
    look(shop, LEFT + timedelta(hours=11))
    assert kinds() == ["lost"]


def test_an_alert_per_kind_says_how_many_and_closes_itself(shop):
    """FUL-7: one alert per kind and store."""
    parcels = [under_way(shop, f"SF{number:08d}") for number in (1, 2)]
    look(shop, LEFT + DAY * 2)
    alert = Alert.objects.get(check_code="fulfillment.parcels_stalled")
    assert alert.evidence["parcels"] == 2
    assert alert.owner_role == Role.CUSTOMER_SERVICE

    for parcel in parcels:
        tell(parcel, seen(49, "delivered"))
    look(shop, LEFT + DAY * 3)
    alert.refresh_from_db()
    assert alert.state == "resolved"


def test_a_clock_runs_to_the_first_step(shop):
    under_way(shop)
    look(shop, LEFT + DAY * 2)
    clock = Deadline.objects.get(rule="fulfillment.case")
    assert clock.due_at == LEFT + DAY * 2 + timedelta(hours=4)
    case = ParcelCase.objects.get()
    person = shop.person(Role.CUSTOMER_SERVICE)

    mark_carrier_asked(case_id=case.pk, actor=person, at=LEFT + DAY * 2 + timedelta(hours=1))

    clock.refresh_from_db()
    assert clock.state == "met"


def test_steps_are_on_record_once_and_a_closed_case_takes_none(shop):
    under_way(shop)
    look(shop, LEFT + DAY * 2)
    case, person = ParcelCase.objects.get(), shop.person(Role.CUSTOMER_SERVICE)
    known = {"case_id": case.pk, "actor": person}
    mark_carrier_asked(**known, at=LEFT)
    mark_carrier_asked(**known, at=LEFT + DAY)
    mark_customer_told(**known, at=LEFT + DAY)
    claim_value(**known, amount=Decimal("120.50"), at=LEFT + DAY)
    with pytest.raises(DomainError):
        claim_value(**known, amount=Decimal(0), at=LEFT)
    with pytest.raises(DomainError):
        close_case(**known, result="  ", at=LEFT)
    close_case(**known, result="Paid. Call 13812345678", at=LEFT + DAY)
    case.refresh_from_db()
    assert (case.asked_at, case.handled_at, case.claim_amount) == (LEFT, LEFT, Decimal("120.50"))
    assert case.result == "Paid. Call 138****5678"
    with pytest.raises(Conflict):
        mark_customer_told(**known, at=LEFT)


def test_who_may_not_work_on_cases_can_t(shop):
    under_way(shop)
    look(shop, LEFT + DAY * 2)
    case = ParcelCase.objects.get()
    for person in (shop.person(Role.ANALYST), Shop().person(Role.CUSTOMER_SERVICE)):
        with pytest.raises(NotAllowed):
            mark_customer_told(case_id=case.pk, actor=person, at=LEFT)


@pytest.mark.django_db(transaction=True)
def test_of_several_reports_that_nothing_came_one_opens_a_case():
    """FUL-7: one open case per parcel and kind."""
    shop = Shop()
    parcel = under_way(shop)
    person = shop.person(Role.CUSTOMER_SERVICE)
    with pytest.raises(Conflict):
        open_reported(
            parcel_id=parcel.pk, kind=ParcelCase.Kind.NOT_RECEIVED, note="", actor=person, at=LEFT
        )
    tell(parcel, seen(5, "delivered"))
    moments = [LEFT + timedelta(days=2, seconds=number) for number in range(4)]

    results = run_together(
        [
            lambda at=at: open_reported(
                parcel_id=parcel.pk, kind=ParcelCase.Kind.NOT_RECEIVED, note="", actor=person, at=at
            )
            for at in moments
        ]
    )

    assert [type(result) for result in results].count(Conflict) == 3
    assert kinds() == ["not_received"]
    look(shop, LEFT + DAY * 3)
    assert kinds() == ["not_received"]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_open_a_case_once():
    shop = Shop()
    under_way(shop)
    results = run_together([lambda: look(shop, LEFT + DAY * 2)] * 3)
    assert sorted(result["opened"] for result in results) == [0, 0, 1]
    assert ParcelCase.objects.count() == Deadline.objects.filter(rule="fulfillment.case").count()
    assert ParcelCase.objects.count() == 1


def test_the_sweep_asks_the_same_number_of_questions_of_many(shop):
    under_way(shop, "SF99999999")
    look(shop, LEFT + DAY * 2)  # What is asked once per process is known by now.
    counts = []
    for some in (range(1), range(1, 6)):
        for number in some:
            under_way(shop, f"SF{number:08d}")
        with CaptureQueriesContext(connection) as queries:
            look(shop, LEFT + DAY * 2 + timedelta(minutes=1 + len(counts)))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_question_to_the_carrier_names_no_person(shop):
    parcel = under_way(shop)
    look(shop, LEFT + DAY * 2)
    text = query_text(ParcelCase.objects.get())
    assert parcel.waybill in text
    assert "%(" not in text
    assert parcel.parcel_orders.get().order.contact.phone not in text


def page(client, person, case):
    client.force_login(person)
    return client.get(f"/admin/fulfillment/parcelcase/{case.pk}/change/")


def test_the_page_shows_the_carrier_s_words_masked_and_takes_steps(client, shop):
    parcel = under_way(shop)
    tell(parcel, seen(5, "failed_attempt", "Nobody home, courier 13812345678"))
    look(shop, LEFT + timedelta(hours=6))
    case, person = ParcelCase.objects.get(), shop.person(Role.CUSTOMER_SERVICE)

    shown = page(client, person, case).content.decode()

    assert "138****5678" in shown
    assert "13812345678" not in shown
    act = f"/admin/fulfillment/parcelcase/{case.pk}/act/"
    for posted in (
        {"do": "asked"},
        {"do": "told"},
        {"do": "claim", "amount": "99.90"},
        {"do": "close", "result": "Delivered to the neighbour"},
    ):
        assert client.post(act, posted).status_code == 302
    case.refresh_from_db()
    assert (case.claim_amount, case.ended) == (Decimal("99.90"), "person")
    assert client.post(act, {"do": "nothing"}).status_code == 404


def test_who_only_looks_is_shown_no_button(client, shop):
    under_way(shop)
    look(shop, LEFT + DAY * 2)
    case = ParcelCase.objects.get()
    shown = page(client, shop.person(Role.OPERATIONS_LEAD), case).content.decode()
    assert 'name="do"' not in shown


def test_every_kind_has_its_alert_and_question():
    assert set(cases.KINDS) == set(cases._QUESTIONS) == set(ParcelCase.Kind)


@pytest.fixture
def stalled(shop):
    """A parcel without news whose customer has a telephone, and a store that can write."""
    factories.TargetFactory(store=shop.store, adapter="sms-console", address="")
    parcel = under_way(shop, order=shop.order(1, phone="13812345678"))
    look(shop, LEFT + 2 * DAY)
    return ParcelCase.objects.get(parcel=parcel)


def test_a_customer_is_told_of_the_trouble_with_a_link_to_the_parcel(shop, stalled):
    """FUL-7: customer told. The link names nobody."""
    case = write_to_customer(case_id=stalled.pk, actor=shop.packer, at=LEFT + 3 * DAY)

    sent = OutboundMessage.objects.get()
    assert case.told_at == LEFT + 3 * DAY
    assert "/t/" in sent.payload["text"]
    assert "13812345678" not in sent.payload["text"]
    with pytest.raises(Conflict):
        write_to_customer(case_id=stalled.pk, actor=shop.packer, at=LEFT + 3 * DAY)
    assert OutboundMessage.objects.count() == 1


def test_who_has_no_number_is_not_called_told(shop, stalled):
    Order.objects.update(sealed_contact=b"", phone_digest=None)

    with pytest.raises(NobodyToldOf, match="no telephone number"):
        write_to_customer(case_id=stalled.pk, actor=shop.packer, at=LEFT + 3 * DAY)

    stalled.refresh_from_db()
    assert stalled.told_at is None
    assert not CustomerMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_write_once(shop, stalled):
    write = partial(write_to_customer, case_id=stalled.pk, actor=shop.packer, at=LEFT + 3 * DAY)

    results = run_together([write] * 3)

    assert [type(result) for result in results].count(Conflict) == 2
    assert OutboundMessage.objects.count() == 1
