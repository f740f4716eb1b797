"""Deliveries of tracking sources become events of parcels (FUL-7)."""

from __future__ import annotations

from datetime import datetime

from fulfillment.models import Source
from fulfillment.services.tracking_intake import News, take_news
from fulfillment.tracking import easypost, kuaidi100, programs, subscribing
from opsdesk.exchange.models import InboundDelivery
from opsdesk.exchange.services.inbox import Handler

State = InboundDelivery.State


def take_kuaidi100(delivery: InboundDelivery, at: datetime) -> State | None:
    push = kuaidi100.push_of(bytes(delivery.body or b""))
    _take(delivery, push.news, Source.KUAIDI100, at)
    if push.status == "abort" and subscribing.NOTHING_FOUND in push.message:
        told = push.news
        subscribing.ask_once_more(
            store=delivery.store, carrier=told.carrier, waybill=told.waybill, at=at
        )
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


def _take(delivery: InboundDelivery, news: News, source: str, at: datetime) -> None:
    """Told when it was delivered, however late it is worked on."""
    take_news([news], store=delivery.store, source=source, at=min(at, delivery.received_at))


HANDLERS = (
    Handler(Source.KUAIDI100.value, take_kuaidi100),
    Handler(Source.EASYPOST.value, take_easypost),
    Handler(Source.PROGRAM.value, take_program),
)
SCHEMES = (kuaidi100.SCHEME, easypost.SCHEME, programs.SCHEME)
