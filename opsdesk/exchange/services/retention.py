"""What was said is kept for a while; that it was said stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet

from opsdesk.exchange.models import ImportRow, InboundDelivery, OutboundMessage
from opsdesk.exchange.numbers import KEEP_CONTENT, KEEP_REJECTED
from opsdesk.retention import Kept
from opsdesk.stores import procedure
from opsdesk.stores.models import Store

# A statement each, so that a store's first clean-up after years is no single long lock.
CHUNK = 5_000


def remove_content(*, store: Store, at: datetime) -> dict[str, int]:
    """Messages and deliveries that were settled so many days ago hold no personal data any more.

    Content and recipient, body and headers go, and files that were kept to be attached; who was
    told what, when and how it ended stays, and so does what keeps a copy from being taken for news.
    Safe to repeat. Returns counts.
    """
    days = procedure.value_of(KEEP_CONTENT.key, store=store, at=at)
    before = at - timedelta(days=float(days))
    return {
        "messages": _in_chunks(lambda: _empty_messages(store, before, at)),
        "deliveries": _in_chunks(lambda: _empty_deliveries(store, before)),
    }


def _in_chunks(empty: Callable[[], int]) -> int:
    total = 0
    while True:
        with transaction.atomic():
            done = empty()
        total += done
        if done < CHUNK:
            return total


def _empty_messages(store: Store, before: datetime, at: datetime) -> int:
    settled = (
        OutboundMessage.objects.filter(store=store, finished_at__lt=before, emptied_at=None)
        .locked()
        .values_list("pk", flat=True)[:CHUNK]
    )
    emptied = OutboundMessage.objects.filter(pk__in=list(settled))
    files = _attached(emptied)
    done = emptied.update(payload={}, recipient="", emptied_at=at)
    if files:
        # Another message may have yet to be sent with the same file.
        files -= _attached(OutboundMessage.objects.filter(store=store, emptied_at=None))
    for name in files:
        default_storage.delete(name)
    return done


def _attached(messages: QuerySet[OutboundMessage]) -> set[str]:
    """Places of the files that go along with the messages."""
    named = messages.filter(payload__attachment__file__isnull=False)
    return set(named.values_list("payload__attachment__file", flat=True))


def _empty_deliveries(store: Store, before: datetime) -> int:
    settled = (
        InboundDelivery.objects.filter(store=store, body__isnull=False, finished_at__lt=before)
        .select_for_update(of=("self",))
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    )
    return InboundDelivery.objects.filter(pk__in=list(settled)).update(body=None, headers={})


def rejected_before(before: datetime) -> QuerySet[ImportRow]:
    """Rows of ended imports that still hold their cells. Of applied rows none are kept."""
    holds_cells = ~Q(raw=[]) | Q(data__isnull=False)
    return ImportRow.objects.rejected().filter(holds_cells, session__finished_at__lt=before)


REJECTED = Kept(
    "cells of rejected rows",
    KEEP_REJECTED,
    rejected_before,
    clear=lambda keys, _at: ImportRow.objects.filter(pk__in=keys).update(raw=[], data=None),
)
