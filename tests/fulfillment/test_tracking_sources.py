"""Pushes of Kuaidi100, EasyPost and programs: signed, read, and never lost (FUL-7)."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from fulfillment.models import Progress, TrackingEvent, WaitingEvent
from fulfillment.tracking import easypost, kuaidi100
from opsdesk.exchange.models import InboundDelivery, WebhookRefusal
from opsdesk.exchange.services import inbox
from tests import factories
from tests.exchange import signing
from tests.fulfillment.pushes import (
    TRACK,
    detail,
    form,
    post_tracker,
    push,
    pushed,
    tracker,
)
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import standing, under_way

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    shop = Shop()
    shop.carrier.kuaidi100_code, shop.carrier.easypost_code = "shunfeng", "FedEx"
    shop.carrier.save()
    for source in ("kuaidi100", "easypost", "tracking"):
        factories.WebhookSourceFactory(store=shop.store, source=source)
    return shop


def work() -> dict[str, int]:
    return inbox.process_waiting(at=timezone.now())


def refusals() -> dict[str, int]:
    return dict(WebhookRefusal.objects.values_list("reason", "count"))


def test_a_push_of_kuaidi100_moves_the_parcel(shop):
    """FUL-7: stored, answered as it wants to hear, worked on; its times are China's."""
    parcel = under_way(shop)

    answer = push(shop.store, form(pushed(*TRACK)))

    assert answer.json() == {"result": True, "returnCode": "200", "message": "成功"}
    assert work() == {"done": 1}
    arrived = datetime(2026, 3, 4, 10, 5, tzinfo=UTC)
    assert standing(parcel)["order"] == ("delivered", arrived)
    assert standing(parcel)["events"] == 4
    assert TrackingEvent.objects.latest("at").text == "已签收，签收人：本人"


def test_the_same_push_again_and_a_longer_one_add_what_is_new(shop):
    parcel = under_way(shop)
    for rows in (TRACK[2:], TRACK[2:], TRACK[1:], TRACK):
        assert push(shop.store, form(pushed(*rows))).status_code == 200
        work()
    assert standing(parcel)["events"] == 4
    assert InboundDelivery.objects.count() == 3


@pytest.mark.parametrize(
    "body",
    [
        form(pushed(*TRACK), salt="guess"),
        form(pushed(*TRACK)).replace(b"5", b"6", 1),
        form(pushed(*TRACK)) + b"&param=%7B%7D",
        form(pushed(*TRACK)).rpartition(b"&sign=")[0],
        orjson.dumps(pushed(*TRACK)),
        b"\xff\xfe",
        b"",
    ],
    ids=["forged", "one digit changed", "twice", "unsigned", "no form", "no text", "nothing"],
)
def test_what_is_not_signed_with_the_salt_leaves_a_count_only(shop, body):
    """FUL-7: 401 stores nothing."""
    assert push(shop.store, body).status_code == 401
    assert not InboundDelivery.objects.exists()
    assert sum(refusals().values()) == 1


def test_json_written_anew_does_not_fit_its_signature(shop):
    """The signature is over the text as it came."""
    body = form(pushed(*TRACK))
    anew = body.replace(b"%2C", b"%2C+", 1)
    assert push(shop.store, anew).status_code == 401


@pytest.mark.parametrize(
    "escape",
    [
        lambda text: text,
        lambda text: orjson.dumps(text).decode(),
        lambda text: text.replace('"', "&quot;"),
    ],
    ids=["as it is", "a text in JSON", "HTML"],
)
def test_what_a_relay_escaped_once_more_is_read_all_the_same(shop, escape):
    parcel = under_way(shop)
    push(shop.store, form(escape(orjson.dumps(pushed(*TRACK)).decode())))
    assert work() == {"done": 1}
    assert standing(parcel)["state"] == "delivered"


@pytest.mark.parametrize(
    "document",
    ["[]", "no JSON", {"status": "polling"}, pushed(("yesterday", "3", "签收")), {"lastResult": 7}],
)
def test_what_nobody_can_read_waits_for_a_person(shop, document):
    """FUL-7: never an error for the sender, never lost."""
    assert push(shop.store, form(document)).status_code == 200
    work()
    assert InboundDelivery.objects.get().state == "waiting"
    assert InboundDelivery.objects.get().attempts == 1


def test_without_finer_codes_the_newest_event_has_the_state(shop):
    rows = [(time, "", text) for time, _code, text in TRACK[1:]]
    document = pushed(*rows)
    document["lastResult"]["state"] = "5"
    news = kuaidi100.push_of(form(document)).news
    assert [seen.state for seen in news.events] == ["out_for_delivery", "in_transit", "in_transit"]


def test_a_corrected_carrier_is_the_one_that_counts(shop):
    document = pushed(*TRACK, comOld="yuantong", comNew="shunfeng")
    document["lastResult"]["com"] = "yuantong"
    assert kuaidi100.push_of(form(document)).news.carrier == "shunfeng"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("0", "in_transit"),
        ("1", "picked_up"),
        ("101", "announced"),
        ("1001", "arrived"),
        ("2", "exception"),
        ("206", "failed_attempt"),
        ("209", "damaged"),
        ("3", "delivered"),
        ("304", "delivered"),
        ("4", "returned"),
        ("401", "cancelled"),
        ("501", "to_collect"),
        ("6", "returning"),
        ("14", "returning"),
        ("12", "customs"),
        ("1777", "in_transit"),
        ("", "in_transit"),
    ],
)
def test_codes_of_kuaidi100(code, state):
    assert kuaidi100.state_of(code) == Progress(state)


def test_an_event_of_easypost_moves_the_parcel(shop):
    parcel = under_way(shop)
    body = tracker(
        detail("2026-03-03T15:00:00Z", "in_transit", "arrived_at_facility"),
        detail("2026-03-04T09:00:00Z", "delivered", tracking_location={"city": "KENLY"}),
    )

    assert post_tracker(shop.store, body).json() == {"status": "stored"}

    assert work() == {"done": 1}
    assert standing(parcel)["state"] == "delivered"
    assert standing(parcel)["place"] == "KENLY"
    assert post_tracker(shop.store, body).json() == {"status": "known"}


def test_easypost_s_signature_is_over_the_bytes(shop):
    """FUL-7: forged, changed, written anew: 401, and nothing but a count is kept."""
    body = tracker()
    headers = {"X-Hmac-Signature": easypost.sign("hush", body)}
    answers = [
        post_tracker(shop.store, body, secret="guess"),
        post_tracker(shop.store, body.replace(b":", b": "), **headers),
        post_tracker(shop.store, body, **{"X-Hmac-Signature": ""}),
    ]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert refusals() == {"forged": 2, "no_signature": 1}
    assert not InboundDelivery.objects.exists()


def test_easypost_s_key_is_the_secret_s_normal_form():
    """Its vector: an accent in one sign or in two is the same secret."""
    assert easypost.sign("s\u00e9cret", b"{}") == easypost.sign("se\u0301cret", b"{}")


def test_what_is_not_about_trackers_concerns_nobody(shop):
    body = orjson.dumps({"id": "evt_2", "description": "batch.created", "result": {}})
    post_tracker(shop.store, body)
    assert work() == {"ignored": 1}


@pytest.mark.parametrize(
    ("status", "finer", "state"),
    [
        ("pre_transit", "label_created", "announced"),
        ("in_transit", "departed_facility", "in_transit"),
        ("in_transit", "received_at_origin_facility", "picked_up"),
        ("available_for_pickup", "unknown", "to_collect"),
        ("return_to_sender", "return", "returning"),
        ("failure", "lost", "lost"),
        ("failure", "unknown", "exception"),
        ("unknown", "status_update", "in_transit"),
        ("delivered", "arrived_at_destination", "delivered"),
    ],
)
def test_states_of_easypost(status, finer, state):
    assert easypost.state_of(status, finer) == Progress(state)


def envelope(**event):
    told = {"at": "2026-03-04T18:05:00", "state": "delivered", **event}
    data = {"carrier": "sf", "waybill": "SF1000000001", "events": [told]}
    return orjson.dumps({"type": "tracking.updated", "data": data})


def test_a_program_tells_in_the_store_s_time(shop):
    shop.carrier.code = "sf"
    shop.carrier.save()
    parcel = under_way(shop)
    body = envelope()
    assert signing.post(shop.store, "tracking", body, signing.generic(body)).status_code == 200
    assert work() == {"done": 1}
    local = standing(parcel)["delivered_at"].astimezone(shop.store.zone)
    assert f"{local:%Y-%m-%d %H:%M}" == "2026-03-04 18:05"


def test_what_a_program_signed_too_long_ago_is_refused(shop):
    body = envelope()
    late = signing.generic(body, sent=timezone.now() - timedelta(minutes=6))
    assert signing.post(shop.store, "tracking", body, late).status_code == 401
    assert refusals() == {"late": 1}


def test_a_state_nobody_knows_waits_for_a_person(shop):
    body = envelope(state="teleported")
    signing.post(shop.store, "tracking", body, signing.generic(body))
    work()
    assert "teleported" in InboundDelivery.objects.get().error
    assert not WaitingEvent.objects.exists()


def newer(body: bytes, *, path: str, sent=None, secret: str = "hush") -> dict[str, str]:
    """As EasyPost signs by now."""
    timestamp = format_datetime(sent or timezone.now())
    signature = easypost.sign_newer(secret, timestamp, path, body)
    return {"X-Hmac-Signature-V2": signature, "X-Timestamp": timestamp, "X-Path": path}


def post_newer(shop, body: bytes, **more) -> int:
    path = f"/hooks/{shop.store.code}/easypost"
    headers = newer(body, **{"path": path, **more})
    kind = "application/json"
    return Client().post(path, body, content_type=kind, headers=headers).status_code


def test_easypost_signs_moment_and_path_by_now(shop):
    """FUL-7: HMAC-SHA256 over timestamp, method, path and body."""
    parcel = under_way(shop)
    body = tracker(detail("2026-03-04T10:00:00Z", "delivered"))
    assert post_newer(shop, body) == 200
    assert work() == {"done": 1}
    assert standing(parcel)["parcel"][0] == "delivered"


def test_the_newer_signature_is_that_of_the_documents():
    """`hmac-sha256-hex=` and the digest of `<timestamp>POST<path><body>`."""
    content = b"Mon, 23 Nov 2026 07:00:00 +0000POST/hooks/shop/easypost{}"
    digest = hmac.new(b"hush", content, hashlib.sha256).hexdigest()
    signed = easypost.sign_newer(
        "hush", "Mon, 23 Nov 2026 07:00:00 +0000", "/hooks/shop/easypost", b"{}"
    )
    assert signed == f"hmac-sha256-hex={digest}"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"secret": "another"}, "forged"),
        ({"path": "/hooks/another-shop/easypost"}, "forged"),
        ({"sent": timezone.now() - timedelta(minutes=6)}, "late"),
        ({"sent": timezone.now() + timedelta(hours=1)}, "early"),
    ],
)
def test_what_was_told_elsewhere_or_long_ago_is_refused(shop, more, reason):
    """FUL-7: whoever replays a delivery is not heard, whatever the older signature says."""
    assert post_newer(shop, tracker(), **more) == 401
    assert refusals() == {reason: 1}
    assert not InboundDelivery.objects.exists()


def test_a_bad_newer_signature_is_not_made_good_by_the_older_one(shop):
    body = tracker()
    path = f"/hooks/{shop.store.code}/easypost"
    headers = {
        **newer(body, path=path, secret="another"),
        "X-Hmac-Signature": easypost.sign("hush", body),
    }
    answer = Client().post(path, body, content_type="application/json", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("missing", ["X-Timestamp", "X-Path"])
def test_a_newer_signature_without_its_moment_or_path_is_none(shop, missing):
    body, path = tracker(), f"/hooks/{shop.store.code}/easypost"
    headers = newer(body, path=path)
    del headers[missing]
    answer = Client().post(path, body, content_type="application/json", headers=headers)
    assert answer.status_code == 401
    assert refusals() == {"no_signature": 1}


@pytest.mark.parametrize(
    "timestamp", ["2026-11-23T07:00:00Z", "1795417200", "Mon, 23 Nov 2026 07:00:00 GMT"]
)
def test_moments_are_read_however_they_are_written(timestamp):
    assert easypost._sent_at(timestamp) == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_damage_is_told_from_other_trouble():
    assert kuaidi100.state_of("209") == Progress.DAMAGED
    assert easypost.state_of("failure", "damaged") == Progress.DAMAGED
    assert kuaidi100.state_of("2") == Progress.EXCEPTION
