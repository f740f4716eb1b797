"""A waybill that its carrier can't have written is refused with the reason (FUL-3)."""

import pytest

from fulfillment.models import Carrier
from fulfillment.services.packing import Label, label_parcel
from fulfillment.waybills import BadWaybill, checked
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop

RIGHT = [
    ("sf", "SF1234567890123"),
    ("sf", "sf 1234 5678 90123"),
    ("yto", "YT1234567890123"),
    ("zto", "73123456789012"),
    ("sto", "773123456789012"),
    ("yunda", "4312345678901"),
    ("jd", "JDVA12345678901-1-1-"),
    ("ems", "EA473124829CN"),
    ("ems", "1012345678901"),
    ("ups", "1Z999AA10123456784"),
    ("fedex", "123456789012"),
    ("usps", "9400111206206406260787"),
    ("house-courier", "WHATEVER-1"),
]
WRONG_DIGIT = [
    ("ems", "EA473124828CN"),
    ("ups", "1Z999AA10123456785"),
    ("fedex", "123456789013"),
    ("usps", "9400111206206406260788"),
]
STRANGE = [("sf", "YT1234567890123"), ("yto", "SF1234567890123"), ("ups", "EA473124829CN")]


def carrier(code, **values):
    return Carrier(code=code, name=code.upper(), **values)


@pytest.mark.parametrize(("code", "waybill"), RIGHT)
def test_a_waybill_as_its_carrier_writes_it_is_taken(code, waybill):
    """FUL-3: blanks and small letters don't matter; of carriers nobody knows anything may come."""
    assert checked(waybill, carrier(code)) == "".join(waybill.split()).upper()


@pytest.mark.parametrize(("code", "waybill"), WRONG_DIGIT)
def test_a_mistyped_digit_is_found(code, waybill):
    """FUL-3: it is said that a digit is wrong, so that one looks again."""
    with pytest.raises(BadWaybill, match="check digit") as refusal:
        checked(waybill, carrier(code))
    assert refusal.value.facts["carrier"] == code


@pytest.mark.parametrize(("code", "waybill"), STRANGE)
def test_a_waybill_of_another_carrier_is_refused(code, waybill):
    with pytest.raises(BadWaybill, match="does not write"):
        checked(waybill, carrier(code))


def test_a_carrier_is_known_by_what_others_call_it():
    """FUL-3: its own code may be anything."""
    with pytest.raises(BadWaybill):
        checked("YT1234567890123", carrier("express-1", kuaidi100_code="shunfeng"))
    with pytest.raises(BadWaybill):
        checked("SF1234567890123", carrier("express-2", easypost_code="DHLExpress"))


def test_an_item_of_no_postal_service_is_refused():
    with pytest.raises(BadWaybill):
        checked("RB123456785XX", carrier("ems"))


@pytest.mark.django_db
def test_a_parcel_is_not_labelled_with_another_carrier_s_waybill():
    """FUL-3: whoever labels is told before it is printed."""
    shop = Shop()
    Carrier.objects.filter(pk=shop.carrier.pk).update(code="sf")
    parcel = shop.opened(shop.order(1))

    with pytest.raises(BadWaybill):
        label_parcel(
            parcel_id=parcel.pk,
            label=Label(shop.service.pk, "YT1234567890123"),
            actor=shop.packer,
            at=MOMENT,
        )
