"""Sources are asked to push once a parcel has left (FUL-7)."""

from urllib.parse import parse_qs
from uuid import UUID

import orjson
import pytest
from django.utils import timezone

from fulfillment.tracking.subscribing import ask_easypost, ask_kuaidi100
from opsdesk.exchange.adapters.registry import Failed, Outgoing
from opsdesk.exchange.models import OutboundMessage
from opsdesk.exchange.services import inbox
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.pushes import form, push, pushed
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import under_way
from tests.receivers import receiver

ID = UUID("5e0c1fd0-3ed8-4d1f-9d6c-0e1c6f6a8a11")


@pytest.fixture
def shop(db):
    shop = Shop()
    shop.carrier.kuaidi100_code = "shunfeng"
    shop.carrier.save()
    for adapter in ("kuaidi100", "easypost"):
        factories.TargetFactory(store=shop.store, code=adapter, adapter=adapter)
    factories.WebhookSourceFactory(store=shop.store, source="kuaidi100")
    return shop


def test_a_parcel_that_leaves_is_followed_by_who_knows_its_carrier(shop):
    """FUL-7: one message per parcel and target, in the transaction that hands it over."""
    parcel = under_way(shop)
    message = OutboundMessage.objects.get()
    assert message.target.adapter == "kuaidi100"
    assert message.payload["waybill"] == parcel.waybill
    assert message.payload["callback"].endswith(f"/hooks/{shop.store.code}/kuaidi100")


@pytest.mark.parametrize(("message", "asked"), [("3天查询无记录", 2), ("60天无变化", 1)])
def test_who_heard_nothing_is_asked_once_more_and_who_gave_up_late_is_not(shop, message, asked):
    under_way(shop)
    for status_message in (message, message + "。"):
        push(shop.store, form({**pushed(status="abort"), "message": status_message}))
    inbox.process_waiting(at=timezone.now())
    assert OutboundMessage.objects.count() == asked


def outgoing(address: str, **payload: str) -> Outgoing:
    told = {"carrier": "shunfeng", "waybill": "SF1", "callback": "https://x.example/h", **payload}
    return Outgoing(address, "k3y", "salt", "", told, ID, MOMENT)


def test_kuaidi100_is_asked_as_it_wants_to_be():
    with receiver() as here:
        here.reply = lambda _request: (200, {}, b'{"result":true,"returnCode":"200"}')
        ask_kuaidi100(outgoing(here.address))
        (request,) = here.requests
    asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    param = orjson.loads(asked["param"])
    assert (asked["schema"], param["key"], param["number"]) == ("json", "k3y", "SF1")
    assert param["parameters"]["salt"] == "salt"


@pytest.mark.parametrize(("code", "is_taken"), [("501", True), ("601", False), ("", False)])
def test_what_kuaidi100_follows_already_is_followed(code, is_taken):
    with receiver() as here:
        here.reply = lambda _request: (200, {}, orjson.dumps({"returnCode": code}))
        if is_taken:
            assert ask_kuaidi100(outgoing(here.address)).status == 200
        else:
            with pytest.raises(Failed):
                ask_kuaidi100(outgoing(here.address))


def test_easypost_is_asked_with_the_key_as_a_name():
    with receiver() as here:
        ask_easypost(outgoing(here.address))
        (request,) = here.requests
    assert request.headers["authorization"] == "Basic azN5Og=="
    assert request.json == {"tracker": {"tracking_code": "SF1", "carrier": "shunfeng"}}
