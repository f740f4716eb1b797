"""Of two people at once one has the time: prices, insurances, exceptions (FUL-5, FUL-8)."""

from functools import partial

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from fulfillment.models import CarrierException, DeliveryPromise, FreightInsurance, PriceTable
from fulfillment.screens.store_terms import DeliveryPromiseAdmin
from fulfillment.services.exceptions import Wanted, ask_for_exception
from opsdesk.approvals.services.carrying import carry_out
from opsdesk.approvals.services.deciding import decide
from opsdesk.db import retrying
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_price_tables_for_one_time_one_is_there():
    """FUL-5: by the database's word, though neither saw the other when it was checked."""
    service = factories.CarrierServiceFactory()

    enter = partial(factories.PriceTableFactory, service=service)

    results = run_together([partial(retrying, enter)] * 2)

    assert [type(each) for each in results].count(IntegrityError) == 1
    assert PriceTable.objects.count() == 1


def test_of_two_freight_insurances_for_one_time_one_is_there():
    """FUL-8: no order is insured twice."""
    store = factories.StoreFactory()

    enter = partial(factories.FreightInsuranceFactory, store=store)

    results = run_together([partial(retrying, enter)] * 2)

    assert [type(each) for each in results].count(IntegrityError) == 1
    assert FreightInsurance.objects.count() == 1


def test_of_two_people_who_enter_one_time_the_second_gets_the_form_back(monkeypatch):
    """FUL-8: both forms were right when they were checked; nothing that was entered is lost."""
    slow = slowly(DeliveryPromiseAdmin.save_model)
    monkeypatch.setattr(DeliveryPromiseAdmin, "save_model", slow)
    store = factories.StoreFactory()

    def enter(person):
        client = Client()
        client.force_login(person)
        entered = {"store": store.pk, "hours": 72, "valid_from": "2026-01-01"}
        return client.post(reverse("admin:fulfillment_deliverypromise_add"), entered)

    leads = [factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store) for _person in range(2)]
    answers = sorted(
        run_together([partial(enter, lead) for lead in leads]), key=lambda one: one.status_code
    )

    assert [one.status_code for one in answers] == [200, 302]
    assert "end it first" in answers[0].content.decode()
    assert DeliveryPromise.objects.count() == 1


def test_of_two_exceptions_carried_out_at_once_one_holds():
    """FUL-5: the other request failed, and says so."""
    carrier = factories.CarrierFactory()
    leads = [
        factories.UserFactory(role=Role.OPERATIONS_LEAD, store=carrier.store) for _lead in range(2)
    ]
    asked = []
    for _request in range(2):
        wanted = Wanted("licence", MOMENT.date(), "On its way")
        one = ask_for_exception(carrier_id=carrier.pk, wanted=wanted, actor=leads[0], at=MOMENT)
        decide(approval_id=one.pk, verdict="approve", actor=leads[1], at=MOMENT)
        asked.append(one)

    run_together([partial(carry_out, approval_id=one.pk, at=MOMENT) for one in asked])

    for one in asked:
        one.refresh_from_db()
    assert sorted(one.state for one in asked) == ["carried_out", "failed"]
    assert CarrierException.objects.count() == 1
