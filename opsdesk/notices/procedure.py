"""Whose bell it is, and the jobs that ring it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import storms
from opsdesk.exchange import texts as kinds
from opsdesk.notices import digests, news, services, texts
from opsdesk.notices.numbers import DIGEST_HOUR, KEEP
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import EVERYONE, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot


def tell(_slot: Slot, at: datetime) -> dict[str, Any]:
    storms.fold_missed(at=at)  # What is one storm is not told one by one.
    return {"notices": news.collect_news(at=at), "messages": services.tell_people(at=at)}


def forget_old(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    return {"forgotten": services.forget_old(store=slot.store, at=at)}


def send_digests(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    assert slot.business_date is not None
    return {"digests": digests.send_digests(store=slot.store, day=slot.business_date, at=at)}


def register() -> None:
    jobs.register(
        Job("notices.tell", _("People are told of alerts"), tell, every=timedelta(minutes=1)),
        Job("notices.forget", _("Old notices are forgotten"), forget_old, daily_at=time(4)),
        Job("notices.digests", _("Digests of alerts are sent"), send_digests, hour=DIGEST_HOUR),
    )
    procedure.register(KEEP, DIGEST_HOUR)
    kinds.register(texts.ALERTS, texts.DIGEST, texts.DAILY, texts.WEEKLY)
    grant(
        [
            "notices.view_notice",
            "notices.view_subscription",
            "notices.add_subscription",
            "notices.change_subscription",
            "notices.delete_subscription",
        ],
        to=EVERYONE,
    )
