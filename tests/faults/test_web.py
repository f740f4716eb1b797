"""A web process dies with an answer in its hands."""

import pytest

from opsdesk.tokens.models import KeptAnswer
from orders.models import Order
from tests.faults.site import BROKEN, serving
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_repeats_a_request_whose_answer_was_lost_gets_the_first_answer(shop, log):
    with serving(log, application="tests.faults.dying") as site:
        with pytest.raises(BROKEN):
            site.send("orders", shop.order("A-1"), secret=shop.bridge, key="one", X_Die="now")
        with pytest.raises(BROKEN):
            site.send(
                "stock-movements", shop.receipt(), secret=shop.scanner, key="two", X_Die="now"
            )
        order = Order.objects.get()
        assert shop.received() == 1

        placed = site.send("orders", shop.order("A-1"), secret=shop.bridge, key="one")
        received = site.send("stock-movements", shop.receipt(), secret=shop.scanner, key="two")

    assert placed.status == received.status == 201
    assert placed.headers["Idempotency-Replayed"] == "true"
    assert received.headers["Idempotency-Replayed"] == "true"
    assert placed.json()["order"] == str(order.pk)
    assert (Order.objects.count(), shop.received(), KeptAnswer.objects.count()) == (1, 1, 2)
    assert_invariants_hold()
