"""Shapes of what programs send are made once, and remember nothing of what was sent."""

from functools import partial

import pytest
from rest_framework.exceptions import ValidationError

from fulfillment.shipments_shapes import ShipmentGivenSerializer
from opsdesk.api import taken
from tests.concurrency import run_together

TOLD = {"orders": ["A-1"], "warehouse": "main", "carrier": "sf", "waybill": "SF1"}


def test_what_one_program_left_out_is_not_what_another_sent():
    whole = taken(ShipmentGivenSerializer, {**TOLD, "weight_grams": 500})

    assert taken(ShipmentGivenSerializer, TOLD) == TOLD
    assert whole == {**TOLD, "weight_grams": 500}


def test_what_was_wrong_with_one_is_not_told_to_another():
    with pytest.raises(ValidationError) as refusal:
        taken(ShipmentGivenSerializer, {**TOLD, "weight_grams": "500", "waybill": ""})

    assert set(refusal.value.detail) == {"weight_grams", "waybill"}
    assert taken(ShipmentGivenSerializer, TOLD) == TOLD


@pytest.mark.parametrize("nothing", [None, [], "text"])
def test_what_is_no_object_is_refused(nothing):
    with pytest.raises(ValidationError):
        taken(ShipmentGivenSerializer, nothing)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_each_get_their_own():
    told = [{**TOLD, "waybill": f"SF{number}"} for number in range(16)]

    assert run_together([partial(taken, ShipmentGivenSerializer, each) for each in told]) == told
