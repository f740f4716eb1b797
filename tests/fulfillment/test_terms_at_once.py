"""Of two people at once one has the time: prices, insurances, exceptions (FUL-5, FUL-8)."""

from functools import partial

import pytest
from django.db import IntegrityError

from fulfillment.models import CarrierException, FreightInsurance, PriceTable
from fulfillment.services.exceptions import Wanted, ask_for_exception
from opsdesk.approvals.services.carrying import carry_out
from opsdesk.approvals.services.deciding import decide
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_price_tables_for_one_time_one_is_there():
    """FUL-5: by the database's word, though neither saw the other when it was checked."""
    service = factories.CarrierServiceFactory()

    results = run_together([partial(factories.PriceTableFactory, service=service)] * 2)

    assert [type(each) for each in results].count(IntegrityError) == 1
    assert PriceTable.objects.count() == 1


def test_of_two_freight_insurances_for_one_time_one_is_there():
    """FUL-8: no order is insured twice."""
    store = factories.StoreFactory()

    results = run_together([partial(factories.FreightInsuranceFactory, store=store)] * 2)

    assert [type(each) for each in results].count(IntegrityError) == 1
    assert FreightInsurance.objects.count() == 1


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
