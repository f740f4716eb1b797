"""Deliveries of tracking sources become events of parcels (FUL-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fulfillment.models import Source
from fulfillment.services import following, polling
from fulfillment.services.following import Ended
from fulfillment.services.tracking import Stored
from fulfillment.services.tracking_intake import News, take_news
from fulfillment.tracking import asking, easypost, folder, kuaidi100, programs
from fulfillment.tracking.reading import list_of, object_of
from opsdesk.exchange.models import InboundDelivery
from opsdesk.exchange.services.inbox import Handler

State = InboundDelivery.State


def take_kuaidi100(delivery: InboundDelivery, at: datetime) -> State | None:
    push = kuaidi100.push_of(bytes(delivery.body or b""))
    _take(delivery, push.news, Source.KUAIDI100, at)
    ended = Ended(
        carrier=push.carrier,
        waybill=push.news.waybill,
        is_given_up=push.status == "abort",
        words=push.message,
        right_carrier=push.right_carrier,
    )
    known = {"store": delivery.store, "adapter": "kuaidi100"}
    if push.status in ("abort", "shutdown"):
        following.note_ended(ended, at=min(at, delivery.received_at), **known)
    elif push.right_carrier:
        following.note_carrier(ended, **known)
    return None


def take_easypost(delivery: InboundDelivery, at: datetime) -> State | None:
    news = easypost.news_of_event(bytes(delivery.body or b""))
    if news is None:
        return State.IGNORED
    _take(delivery, news, Source.EASYPOST, at)
    return None


def take_program(delivery: InboundDelivery, at: datetime) -> State | None:
    news = programs.news_of_envelope(bytes(delivery.body or b""), delivery.store.zone)
    if news is None:
        return State.IGNORED
    _take(delivery, news, Source.PROGRAM, at)
    return None


def take_kuaidi100_answer(delivery: InboundDelivery, at: datetime) -> State | None:
    news = kuaidi100.news_of(object_of(bytes(delivery.body or b"")))
    _take_in([news], delivery, Source.KUAIDI100, at)
    return None


def take_easypost_answer(delivery: InboundDelivery, at: datetime) -> State | None:
    """A tracker, or the list in which it was found."""
    told = object_of(bytes(delivery.body or b""))
    trackers = list_of(told, "trackers") or [told]
    _take_in([easypost.news_of(trackers[0])], delivery, Source.EASYPOST, at)
    return None


def take_file(delivery: InboundDelivery, at: datetime) -> State | None:
    name = str(delivery.headers.get(folder.NAME_HEADER, ""))
    news = folder.news_in(bytes(delivery.body or b""), name, delivery.store.zone)
    _take_in(news, delivery, Source.PROGRAM, at)
    return None


def _take(delivery: InboundDelivery, news: News, source: str, at: datetime) -> None:
    """As they were pushed, nobody needs to ask for a while."""
    stored = _take_in([news], delivery, source, at)
    polling.put_off(stored.parcel_ids, store=delivery.store, at=at)


def _take_in(news: Sequence[News], delivery: InboundDelivery, source: str, at: datetime) -> Stored:
    """Told when it was delivered, however late it is worked on."""
    told_at = min(at, delivery.received_at)
    return take_news(news, store=delivery.store, source=source, at=told_at)


HANDLERS = (
    Handler(Source.KUAIDI100.value, take_kuaidi100),
    Handler(Source.EASYPOST.value, take_easypost),
    Handler(Source.PROGRAM.value, take_program),
    Handler(asking.KUAIDI100, take_kuaidi100_answer),
    Handler(asking.EASYPOST, take_easypost_answer),
    Handler(folder.CODE, take_file, headers=(folder.NAME_HEADER,)),
)
SCHEMES = (kuaidi100.SCHEME, easypost.SCHEME, programs.SCHEME)
