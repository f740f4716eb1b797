"""Sources that don't push are asked: fairly, not too often, each answer once (FUL-7)."""

import os
from datetime import timedelta
from urllib.parse import parse_qs

import orjson
import pytest
from django.utils import timezone

from fulfillment.models import ParcelPoll, TrackingEvent
from fulfillment.services import poll_watch, polling
from fulfillment.services.polling import enrol, poll_due
from fulfillment.tracking import asking
from opsdesk.alerts.models import Alert
from opsdesk.exchange.models import InboundDelivery, Target
from opsdesk.exchange.services import inbox
from tests import factories
from tests.concurrency import run_together
from tests.fulfillment.pushes import TRACK, detail, form, push, pushed
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import LEFT, hand_over, packed, standing, tell, under_way
from tests.receivers import receiver

HOUR = timedelta(hours=1)
DUE = LEFT + 3 * HOUR
WAYBILL = "SF1000000001"


@pytest.fixture
def here():
    with receiver() as running:
        yield running


@pytest.fixture
def shop(db):
    return asked_shop()


def asked_shop() -> Shop:
    """Its one carrier has a name at both sources."""
    shop = Shop()
    shop.carrier.kuaidi100_code, shop.carrier.easypost_code = "shunfeng", "FedEx"
    shop.carrier.save()
    return shop


def source(shop, here, adapter=asking.KUAIDI100, **more) -> Target:
    target = factories.TargetFactory.build(
        store=shop.store, code=adapter, adapter=adapter, address=here.address, **more
    )
    target.token, target.secret = "k3y", "CUSTOMER"
    target.save()
    return target


def answers(*rows, **more):
    told = pushed(*rows)["lastResult"]
    return lambda _request: (200, {}, orjson.dumps({"message": "ok", **told, **more}))


def ask(at=DUE) -> dict[str, int]:
    return poll_due(at=at, jitter=lambda: 0.0)


def work() -> dict[str, int]:
    return inbox.process_waiting(at=timezone.now())


def refused(code: str, message: str = "…"):
    told = {"result": False, "returnCode": code, "message": message}
    return lambda _request: (200, {}, orjson.dumps(told))


def test_kuaidi100_is_asked_as_it_wants_and_what_it_says_moves_the_parcel(shop, here):
    """FUL-7: enter by poll. Stored as it came, then worked on."""
    parcel = under_way(shop)
    source(shop, here)
    here.reply = answers(*TRACK)
    assert enrol(shop.store, at=LEFT) == 1
    assert ask(LEFT + HOUR) == {}

    assert ask(LEFT + timedelta(days=3)) == {"heard": 1}

    (request,) = here.requests
    told = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    assert told["customer"] == "CUSTOMER"
    assert told["sign"] == asking.sign(told["param"], "k3y", "CUSTOMER")
    assert orjson.loads(told["param"])["num"] == WAYBILL
    delivery = InboundDelivery.objects.get(source=asking.KUAIDI100)
    assert orjson.loads(bytes(delivery.body))["nu"] == WAYBILL
    assert work() == {"done": 1}
    assert standing(parcel)["parcel"][0] == "delivered"
    assert ask(LEFT + timedelta(days=5)) == {"over": 1}
    assert not ParcelPoll.objects.open().exists()


def test_the_sign_is_that_of_param_key_and_customer():
    """The MD5 of `{"com":"yuantong"}k3yCUSTOMER`, in capitals."""
    signed = asking.sign('{"com":"yuantong"}', "k3y", "CUSTOMER")
    assert signed == "6872F4F2199FED413F155449CE01870D"


def test_the_same_answer_is_one_delivery(shop, here):
    under_way(shop)
    source(shop, here)
    here.reply = answers(*TRACK[2:])
    enrol(shop.store, at=LEFT)

    assert [ask(), ask(DUE + 3 * HOUR), ask(DUE + timedelta(days=1))] == [{"heard": 1}] * 3

    assert InboundDelivery.objects.count() == 1
    assert work() == {"done": 1}


def test_what_was_pushed_and_is_told_again_when_asked_is_kept_once(shop, here):
    """FUL-7: each once, whoever passes it on."""
    factories.WebhookSourceFactory(store=shop.store, source="kuaidi100")
    parcel = under_way(shop)
    source(shop, here)
    push(shop.store, form(pushed(*TRACK)))
    work()
    enrol(shop.store, at=LEFT)
    here.reply = answers(*TRACK)
    factories.ParcelPollFactory(parcel=parcel, target=Target.objects.get(), next_at=DUE)

    inbox.receive_delivery(
        store=shop.store,
        source=asking.KUAIDI100,
        delivery_id="poll:1",
        headers={},
        body=answers(*TRACK)(None)[2],
        at=DUE,
    )

    assert work() == {"done": 1}
    assert standing(parcel)["events"] == len(TRACK)


def tracker(**more):
    return {
        "id": "trk_1",
        "object": "Tracker",
        "carrier": "FedEx",
        "tracking_code": WAYBILL,
        "tracking_details": [detail("2026-03-04T10:00:00Z", "in_transit")],
        **more,
    }


def test_easypost_is_asked_by_the_waybill_first_and_by_its_own_id_then(shop, here):
    parcel = under_way(shop)
    source(shop, here, asking.EASYPOST)
    here.reply = lambda request: (
        200,
        {},
        orjson.dumps({"trackers": [tracker()]} if "?" in request.path else tracker()),
    )
    enrol(shop.store, at=LEFT)

    assert [ask(), ask(DUE + 3 * HOUR)] == [{"heard": 1}] * 2

    first, second = here.requests
    assert first.method == second.method == "GET"
    assert first.path == f"/?tracking_code={WAYBILL}&carrier=FedEx&page_size=1"
    assert second.path == "/trk_1"
    assert second.headers["authorization"] == "Basic azN5Og=="
    assert work() == {"done": 2}
    assert standing(parcel)["events"] == 1


def test_a_waybill_easypost_does_not_know_yet_is_told_to_it(shop, here):
    under_way(shop)
    source(shop, here, asking.EASYPOST)
    here.reply = lambda request: (
        200,
        {},
        orjson.dumps({"trackers": []} if request.method == "GET" else tracker()),
    )
    enrol(shop.store, at=LEFT)

    assert ask() == {"heard": 1}

    assert here.requests[1].json == {
        "tracker": {"tracking_code": WAYBILL, "carrier": "FedEx"},
    }
    assert ParcelPoll.objects.get().reference == "trk_1"


def test_the_longer_a_parcel_is_silent_the_seldomer_is_asked(shop, here):
    """FUL-7: every two hours at most, once a day at least; both are numbers of the procedure."""
    under_way(shop)
    source(shop, here)
    here.reply = refused("500", "查询无结果")
    enrol(shop.store, at=LEFT)
    waits = []
    at = DUE
    for _turn in range(6):
        assert ask(at) == {"nothing": 1}
        next_at = ParcelPoll.objects.get().next_at
        waits.append(round((next_at - at) / HOUR, 3))
        at = next_at + timedelta(days=1)
    assert waits[0] == pytest.approx(2)
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(24)
    assert not InboundDelivery.objects.exists()


def test_after_pushed_news_nobody_is_asked_for_a_while(shop, here):
    factories.WebhookSourceFactory(store=shop.store, source="kuaidi100")
    under_way(shop)
    source(shop, here)
    enrol(shop.store, at=LEFT)
    push(shop.store, form(pushed(*TRACK[2:])))
    at = timezone.now()
    inbox.process_waiting(at=at)

    assert ParcelPoll.objects.get().next_at == at + 12 * HOUR
    assert ask(at + 11 * HOUR) == {}


def test_who_fails_backs_off_and_is_given_up_with_an_alert(shop, here):
    """FUL-7: attempts are counted; a person is told, and may have it asked again."""
    parcel = under_way(shop)
    source(shop, here)
    here.reply = refused("408", "电话校验失败，请致电 13812345678")
    factories.SettingOverrideFactory(key="fulfillment.poll_attempts", store=shop.store, value=3)
    enrol(shop.store, at=LEFT)
    at, waits = DUE, []
    for _attempt in range(3):
        assert ask(at) == {"refused": 1}
        poll = ParcelPoll.objects.get()
        waits.append(poll.next_at - at if poll.next_at else None)
        at = poll.next_at or at
    assert waits[0] < waits[1]
    assert waits[2] is None
    assert "13812345678" not in poll.error
    assert Target.objects.get().failures_in_row == 0

    poll_watch.tend(None, at)
    alert = Alert.objects.get(check_code="fulfillment.polls_given_up")
    assert alert.evidence["parcels"] == 1
    assert enrol(shop.store, at=at) == 0

    at += 3 * HOUR
    assert polling.ask_soon([parcel.pk], store=shop.store, at=at) == 1
    poll_watch.tend(None, at)
    alert.refresh_from_db()
    assert alert.state == "resolved"
    here.reply = answers(*TRACK)
    assert ask(at) == {"heard": 1}


def test_a_source_that_is_down_is_left_alone_and_holds_nobody_else_up(shop, here):
    """FUL-7: a failing source's parcels wait; another store's are asked for."""
    for number in range(8):
        under_way(shop, f"SF20000000{number:02d}")
    source(shop, here)
    here.reply = lambda _request: (503, {}, b"")
    other = asked_shop()
    under_way(other, "SF3000000001")
    with receiver() as elsewhere:
        elsewhere.reply = answers(*TRACK)
        source(other, elsewhere)
        for store in (shop.store, other.store):
            enrol(store, at=LEFT)

        counts = ask()

    assert counts["heard"] == 1
    assert counts["failed"] < 8
    assert Target.objects.get(store=shop.store).open_until > DUE
    assert ParcelPoll.objects.filter(target__store=shop.store, attempts=0).exists()


def test_each_store_and_carrier_has_its_turn_whoever_has_more_parcels(shop, here):
    """FUL-7: fair share: the oldest first, a few of each in a round."""
    for number in range(20):
        under_way(shop, f"SF20000000{number:02d}")
    source(shop, here)
    other = asked_shop()
    late = under_way(other, "SF3000000001")
    source(other, here)
    enrol(shop.store, at=LEFT)
    enrol(other.store, at=LEFT + HOUR)

    claimed = polling.claim(at=LEFT + 5 * HOUR)

    assert len(claimed) == polling.EACH + 1
    assert late.pk in {poll.parcel_id for poll in claimed}


@pytest.mark.django_db(transaction=True)
def test_of_two_pollers_one_asks():
    """FUL-7: claimed once, whoever looks at the same moment."""
    shop = asked_shop()
    parcel = packed(shop)
    hand_over(shop, parcel)
    with receiver() as here:
        source(shop, here)
        enrol(shop.store, at=LEFT)

        claims = run_together([lambda: polling.claim(at=DUE)] * 4)

    assert sorted(len(each) for each in claims) == [0, 0, 0, 1]
    assert ParcelPoll.objects.get().attempts == 1
    assert len(polling.claim(at=DUE + polling.LEASE)) == 1


def test_who_lost_its_lease_says_nothing_any_more(shop, here):
    under_way(shop)
    source(shop, here)
    here.reply = answers(*TRACK)
    enrol(shop.store, at=LEFT)
    (slow,) = polling.claim(at=DUE)
    (other,) = polling.claim(at=DUE + polling.LEASE)

    outcomes = [
        polling._poll(poll, at=DUE + polling.LEASE, jitter=lambda: 0.0) for poll in (slow, other)
    ]

    assert outcomes == ["lost", "heard"]


@pytest.mark.django_db(transaction=True)
def test_the_same_news_by_push_and_poll_at_once_are_kept_once():
    shop = asked_shop()
    factories.WebhookSourceFactory(store=shop.store, source="kuaidi100")
    parcel = packed(shop)
    hand_over(shop, parcel)
    push(shop.store, form(pushed(*TRACK)))
    body = answers(*TRACK)(None)[2]
    inbox.receive_delivery(
        store=shop.store,
        source=asking.KUAIDI100,
        delivery_id="poll:1",
        headers={},
        body=body,
        at=timezone.now(),
    )
    ids = list(InboundDelivery.objects.values_list("pk", flat=True))

    results = run_together(
        [lambda pk=pk: inbox.process_delivery(pk, at=timezone.now()) for pk in ids]
    )

    assert results == ["done", "done"]
    assert TrackingEvent.objects.count() == len(TRACK)


def test_nothing_is_asked_of_a_target_that_is_switched_off(shop, here):
    under_way(shop)
    target = source(shop, here)
    enrol(shop.store, at=LEFT)
    target.is_active = False
    target.save()
    assert ask() == {}
    assert here.requests == []


def test_a_parcel_comes_back_and_is_asked_for_again(shop, here):
    parcel = under_way(shop)
    source(shop, here)
    enrol(shop.store, at=LEFT)
    ParcelPoll.objects.update(next_at=None)

    assert enrol(shop.store, at=DUE) == 1
    tell(parcel)
    assert ParcelPoll.objects.get().next_at == DUE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.json",
            orjson.dumps(
                [
                    {
                        "carrier": "CODE",
                        "waybill": WAYBILL,
                        "events": [{"at": "2026-03-04T10:00:00Z", "state": "in_transit"}],
                    }
                ]
            ),
        ),
        (
            "b.csv",
            "快递公司,运单号,时间,状态,物流信息\n"
            f"CODE,{WAYBILL},2026-03-04 18:00,in_transit,离开杭州\n".encode("gb18030"),
        ),
    ],
)
def test_a_file_that_is_dropped_is_taken_once_and_put_aside(
    shop, settings, tmp_path, name, content
):
    """FUL-7: of carriers that have nothing but files."""
    settings.TRACKING_FILES = tmp_path
    factories.TargetFactory(store=shop.store, adapter="tracking-folder", address="")
    parcel = under_way(shop)
    drop(tmp_path / shop.store.code / name, content.replace(b"CODE", shop.carrier.code.encode()))

    totals = [poll_watch.tend(None, DUE)["files"] for _turn in range(2)]

    assert totals == [1, 0]
    assert work() == {"done": 1}
    event = TrackingEvent.objects.get(parcel=parcel)
    assert event.at.isoformat() == "2026-03-04T10:00:00+00:00"
    (aside,) = (tmp_path / shop.store.code / "taken").iterdir()
    assert aside.name.endswith(name)


def drop(path, content: bytes) -> None:
    """Written some time ago."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1, 1))


def test_a_file_with_a_wrong_state_is_parked_and_nothing_of_it_taken(shop, settings, tmp_path):
    settings.TRACKING_FILES = tmp_path
    factories.TargetFactory(store=shop.store, adapter="tracking-folder", address="")
    under_way(shop)
    row = f"carrier,waybill,at,state\n{shop.carrier.code},{WAYBILL},2026-03-04 18:00,flying\n"
    drop(tmp_path / shop.store.code / "c.csv", row.encode())
    poll_watch.tend(None, DUE)
    for _attempt in range(3):
        InboundDelivery.objects.update(next_at=DUE)
        work()
    delivery = InboundDelivery.objects.get()
    assert delivery.state == "parked"
    assert "flying" in delivery.error
    assert not TrackingEvent.objects.exists()


def test_links_and_half_written_files_are_left_alone(shop, settings, tmp_path):
    settings.TRACKING_FILES = tmp_path / "in"
    settings.TRACKING_FILES.mkdir()
    factories.TargetFactory(store=shop.store, adapter="tracking-folder", address="")
    drop(tmp_path / "secret.json", b"[]")
    folder = settings.TRACKING_FILES / shop.store.code
    folder.mkdir()
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "fresh.json").write_bytes(b"[")
    drop(folder / ".hidden.json", b"[]")
    assert poll_watch.tend(None, DUE)["files"] == 0
    assert not InboundDelivery.objects.exists()
