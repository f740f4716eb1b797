"""Whose bell it is, and the jobs that ring it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk.exchange import texts as kinds
from opsdesk.notices import news, services, texts
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores.roles import EVERYONE, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot


def tell(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"notices": news.collect_news(at=at), "messages": services.tell_people(at=at)}


def register() -> None:
    jobs.register(
        Job("notices.tell", _("People are told of alerts"), tell, every=timedelta(minutes=1))
    )
    kinds.register(texts.ALERTS, texts.DIGEST)
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
