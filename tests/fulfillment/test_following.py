"""Sources that gave a parcel up are on record, and are asked again (FUL-7)."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from fulfillment.models import Following, ParcelPoll, TrackingEvent, WaitingEvent
from fulfillment.services.following import follow_again
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.exchange.models import OutboundMessage
from opsdesk.exchange.services import inbox
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.fulfillment.pushes import TRACK, form, push, pushed
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import LEFT, standing, under_way

NOTHING = "3天查询无记录"
GONE_QUIET = "60天无变化时"


@pytest.fixture
def shop(db):
    return followed_shop()


def followed_shop() -> Shop:
    shop = Shop()
    shop.carrier.kuaidi100_code = "shunfeng"
    shop.carrier.save()
    factories.TargetFactory(store=shop.store, code="kuaidi100", adapter="kuaidi100")
    factories.WebhookSourceFactory(store=shop.store, source="kuaidi100")
    return shop


def tells(shop, *rows, message="", **more) -> None:
    push(shop.store, form({**pushed(*rows, **more), "message": message}))
    assert inbox.process_waiting(at=timezone.now()) == {"done": 1}


def abort(shop, message, **more) -> None:
    tells(shop, message=message, status="abort", **more)


def test_who_follows_a_parcel_is_on_record_as_it_leaves(shop):
    parcel = under_way(shop)
    following = Following.objects.get()
    assert (following.parcel, following.state, following.turn) == (parcel, "followed", 1)


def test_that_a_source_gave_up_is_on_record_in_its_own_words(shop):
    """FUL-7: state, words and moment; nobody asks by itself where nothing new was heard."""
    under_way(shop)
    abort(shop, GONE_QUIET)
    following = Following.objects.get()
    assert (following.state, following.words) == ("given_up", GONE_QUIET)
    assert following.given_up_at is not None
    assert OutboundMessage.objects.count() == 1


def test_what_heard_nothing_is_asked_once_more_by_itself_and_given_up_then(shop):
    under_way(shop)
    abort(shop, NOTHING)
    following = Following.objects.get()
    assert (following.state, following.turn, following.words) == ("followed", 2, NOTHING)
    assert OutboundMessage.objects.count() == 2

    abort(shop, NOTHING + "。")

    following.refresh_from_db()
    assert (following.state, following.turn) == ("given_up", 2)
    assert OutboundMessage.objects.count() == 2


def test_where_another_carrier_is_right_the_source_goes_on_by_itself(shop):
    """FUL-7: `comNew` with an abort: it is not asked again; what comes then is the parcel's."""
    parcel = under_way(shop)
    abort(shop, NOTHING, comNew="zhongtong", comOld="", autoCheck="0")
    following = Following.objects.get()
    assert (following.state, following.right_carrier) == ("given_up", "zhongtong")
    assert OutboundMessage.objects.count() == 1

    tells(shop, *TRACK[1:], comOld="shunfeng", comNew="zhongtong", autoCheck="1")

    following.refresh_from_db()
    assert (following.state, following.right_carrier) == ("followed", "zhongtong")
    assert TrackingEvent.objects.filter(parcel=parcel).count() == 3
    assert not WaitingEvent.objects.exists()


def test_a_parcel_of_the_right_carrier_goes_before_that_of_the_wrong_one(shop):
    wrong = under_way(shop)
    shop.service = factories.CarrierServiceFactory(
        carrier__store=shop.store, carrier__kuaidi100_code="kuayue"
    )
    shop.carrier = shop.service.carrier
    mine = under_way(shop)
    tells(shop, *TRACK[1:], comOld="shunfeng", comNew="kuayue", autoCheck="1")
    assert TrackingEvent.objects.filter(parcel=mine).count() == 3
    assert not TrackingEvent.objects.filter(parcel=wrong).exists()


def test_the_end_of_a_subscription_is_no_giving_up(shop):
    parcel = under_way(shop)
    tells(shop, *TRACK, status="shutdown")
    assert Following.objects.get().state == "over"
    assert standing(parcel)["parcel"][0] == "delivered"


def test_who_is_asked_for_news_takes_over(shop):
    """FUL-7: a source that is asked is asked at once where the pushing one gave up."""
    parcel = under_way(shop)
    poll = factories.ParcelPollFactory(parcel=parcel, next_at=timezone.now() + timedelta(days=1))
    abort(shop, GONE_QUIET)
    poll.refresh_from_db()
    assert poll.next_at <= timezone.now()


def test_no_source_is_asked_more_often_than_it_allows(shop):
    now = timezone.now()
    poll = factories.ParcelPollFactory(
        parcel=under_way(shop), asked_at=now, next_at=now + timedelta(days=1)
    )
    abort(shop, GONE_QUIET)
    poll.refresh_from_db()
    assert poll.next_at == now + timedelta(hours=2)


@pytest.fixture
def given_up(shop):
    parcel = under_way(shop)
    abort(shop, GONE_QUIET)
    return parcel


def test_a_person_has_it_followed_again(shop, given_up):
    """FUL-7: a message of its own, and the person in the audit trail."""
    person = shop.person(Role.CUSTOMER_SERVICE)

    assert follow_again(parcel_id=given_up.pk, actor=person, at=LEFT) == 1

    following = Following.objects.get()
    assert (following.state, following.turn, following.asked_by) == ("followed", 2, person)
    assert OutboundMessage.objects.filter(key=f"follow:{given_up.pk}:2").count() == 1
    assert AuditEntry.objects.filter(model="fulfillment.following").exists()
    with pytest.raises(Conflict, match="No source"):
        follow_again(parcel_id=given_up.pk, actor=person, at=LEFT)


def test_what_was_given_up_when_asked_is_asked_again_too(shop):
    parcel = under_way(shop)
    factories.ParcelPollFactory(parcel=parcel, next_at=None, parked_at=LEFT, attempts=8)
    assert follow_again(parcel_id=parcel.pk, actor=shop.packer, at=LEFT) == 1
    poll = ParcelPoll.objects.get()
    assert (poll.next_at, poll.attempts, poll.parked_at) == (LEFT, 0, None)


def test_who_may_not_have_it_followed_can_t(shop, given_up):
    for person in (shop.person(Role.ANALYST), Shop().person(Role.CUSTOMER_SERVICE)):
        with pytest.raises(NotAllowed):
            follow_again(parcel_id=given_up.pk, actor=person, at=LEFT)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_again_at_once_one_does():
    shop = followed_shop()
    parcel = under_way(shop)
    abort(shop, GONE_QUIET)
    ask = partial(follow_again, parcel_id=parcel.pk, actor=shop.packer, at=LEFT)

    results = run_together([ask] * 4)

    assert [type(result) for result in results].count(Conflict) == 3
    assert OutboundMessage.objects.count() == 2


def test_the_page_says_how_sources_stand_and_offers_to_ask_again(client, shop, given_up):
    shown = f"/admin/fulfillment/parcel/{given_up.pk}/change/"
    act = f"/admin/fulfillment/parcel/{given_up.pk}/act/"
    client.force_login(shop.person(Role.ANALYST))
    page = client.get(shown).content.decode()
    assert GONE_QUIET in page
    assert 'value="follow"' not in page
    assert client.post(act, {"do": "follow"}).status_code == 403

    client.force_login(shop.person(Role.CUSTOMER_SERVICE))
    assert 'value="follow"' in client.get(shown).content.decode()
    assert client.post(act, {"do": "follow"}).status_code == 302
    assert 'value="follow"' not in client.get(shown).content.decode()
