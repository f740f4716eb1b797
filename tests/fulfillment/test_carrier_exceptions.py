"""Carriers whose papers don't hold are not offered, unless somebody agrees for a while (FUL-5)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from fulfillment.models import CarrierException
from fulfillment.services import permits
from fulfillment.services.exceptions import Wanted, ask_for_exception
from fulfillment.services.offers import recommend
from fulfillment.services.quoting import Wish
from fulfillment.tariff import Load
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services.carrying import carry_out
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.carriers import Carriers

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = MOMENT.date()


@pytest.fixture
def shop():
    return Carriers()


def paper(service, kind, **days):
    return factories.CarrierDocumentFactory(carrier=service.carrier, kind=kind, **days)


def over(kind):
    signed = {"signed_on": TODAY - 400 * DAY} if kind == "contract" else {}
    return {"valid_from": TODAY - 400 * DAY, "valid_until": TODAY - DAY, **signed}


def switch(shop, kind, value):
    factories.SettingOverrideFactory(
        store=shop.store, key=permits.BLOCKS[kind].key, value=value, valid_from=MOMENT - DAY
    )


def test_whose_contract_has_ended_is_not_offered(shop):
    """FUL-5: and the list of who can't carry it says why."""
    service = shop.service()
    paper(service, "contract", **over("contract"))

    found = shop.quote()

    assert found.prices == []
    assert "contract ran out" in found.refused[0].reason


def test_whose_contract_is_renewed_is_offered(shop):
    service = shop.service()
    paper(service, "contract", **over("contract"))
    paper(service, "contract", signed_on=TODAY - DAY)

    assert [price.service for price in shop.quote().prices] == [service]


def test_who_never_handed_a_contract_in_is_offered(shop):
    service = shop.service()

    assert [price.service for price in shop.quote().prices] == [service]


def test_an_insurance_that_ran_out_is_told_with_the_offer(shop):
    """FUL-5: a store decides whether it blocks; it does not until somebody says so."""
    service = shop.service()
    paper(service, "insurance", **over("insurance"))
    wish = Wish(shop.warehouse, "33", Load(1_000))

    found = recommend(wish, deliver_by=None, at=MOMENT)
    switch(shop, "insurance", 1)

    assert "liability insurance ran out" in found.best.reasons[-1]
    assert shop.quote().prices == []


@pytest.mark.parametrize("kind", ["food", "cold", "dangerous"])
def test_each_permit_blocks_unless_the_store_says_otherwise(shop, kind):
    """FUL-5: blocking is a number of the procedure, kind by kind."""
    shop.service(is_cold=True)
    assert shop.quote(needed=[kind]).prices == []

    switch(shop, kind, 0)

    (price,) = shop.quote(needed=[kind]).prices
    assert "on record" in price.known[0]


def lead(shop):
    return factories.UserFactory(role=Role.OPERATIONS_LEAD, store=shop.store)


def unlicensed(shop):
    service = shop.service()
    service.carrier.documents.update(withdrawn_at=MOMENT, withdrawn_because="Copied badly")
    return service


def ask(shop, service, days=7, reason="The new one is at the ministry", actor=None):
    return ask_for_exception(
        carrier_id=service.carrier_id,
        wanted=Wanted("licence", TODAY + days * DAY, reason),
        actor=actor or lead(shop),
        at=MOMENT,
    )


def agreed(shop, service, **more):
    asked = ask(shop, service, **more)
    decide(approval_id=asked.pk, verdict="approve", actor=lead(shop), at=MOMENT)
    carry_out(approval_id=asked.pk, at=MOMENT)
    asked.refresh_from_db()
    return asked


def test_somebody_else_agrees_and_it_is_offered_until_that_day(shop):
    """FUL-5: with the reason beside the offer, and again refused after the last day."""
    service = unlicensed(shop)
    assert shop.quote().prices == []

    asked = agreed(shop, service)

    made = CarrierException.objects.get()
    assert (made.approval, made.valid_from, made.valid_until) == (asked, TODAY, TODAY + 7 * DAY)
    (price,) = shop.quote().prices
    assert "The new one is at the ministry" in price.known[0]
    assert shop.quote(at=MOMENT + 8 * DAY).prices == []


def test_it_is_for_that_paper_alone(shop):
    service = unlicensed(shop)
    agreed(shop, service)

    assert shop.quote(needed=["food"]).prices == []


def test_who_asks_does_not_decide(shop):
    service, person = unlicensed(shop), lead(shop)
    asked = ask(shop, service, actor=person)

    with pytest.raises((NotAllowed, Conflict)):
        decide(approval_id=asked.pk, verdict="approve", actor=person, at=MOMENT)


def test_a_second_one_for_the_same_days_fails_on_record(shop):
    service = unlicensed(shop)
    agreed(shop, service)

    again = agreed(shop, service)

    assert again.state == Approval.State.FAILED
    assert CarrierException.objects.count() == 1


@pytest.mark.parametrize(("days", "reason"), [(-1, "So"), (15, "So"), (7, "  ")])
def test_it_is_short_and_for_a_reason(shop, days, reason):
    service = unlicensed(shop)

    with pytest.raises(DomainError):
        ask(shop, service, days=days, reason=reason)


def test_who_may_not_ask_is_refused(shop):
    service = unlicensed(shop)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=shop.store)

    with pytest.raises(NotAllowed):
        ask(shop, service, actor=clerk)


def test_an_exception_is_never_changed():
    made = factories.CarrierExceptionFactory()

    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        CarrierException.objects.filter(pk=made.pk).update(valid_until=TODAY + 300 * DAY)


def test_two_of_one_paper_never_hold_at_once():
    made = factories.CarrierExceptionFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.CarrierExceptionFactory(carrier=made.carrier)


def test_it_is_asked_for_on_the_carrier_s_page(shop, client):
    service, person = unlicensed(shop), lead(shop)
    client.force_login(person)
    form = reverse("admin:fulfillment_carrier_exception", args=[service.carrier_id])
    page = reverse("admin:fulfillment_carrier_change", args=[service.carrier_id])
    assert form in client.get(page).content.decode()

    refused = client.post(form, {"kind": "licence", "until": "2020-01-01", "reason": "Kept"})
    assert refused.status_code == 200
    assert "Kept" in refused.content.decode()

    until = timezone.localdate() + 3 * DAY
    answer = client.post(form, {"kind": "licence", "until": until.isoformat(), "reason": "So"})

    assert answer.status_code == 302
    assert Approval.objects.get().asked["until"] == until.isoformat()
