"""What the demonstration's store has told others: mail that arrived, a robot that was removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from analytics.demo.opening import Demonstration
from opsdesk.exchange.models import OutboundAttempt, OutboundMessage, Target
from opsdesk.exchange.services import outbox, texts
from opsdesk.exchange.services.delivering import pause_after
from opsdesk.exchange.texts import Wording
from opsdesk.notices import news
from opsdesk.stores.roles import Role

State = OutboundMessage.State
Outcome = OutboundAttempt.Outcome

MAILS = 5
TRIES = 8
GONE = "93000: invalid webhook url"
DIGEST = Wording("{store}晨报：{count} 条待处理预警", "{person}，早上好！\n\n{alerts}")


def tell_people(it: Demonstration, *, at: datetime) -> None:
    """Bells have rung, mail went out, and a robot that is no more has a parked message.

    The robot is switched off and nothing waits: the demonstration sends nothing to anybody.
    """
    news.collect_news(at=at)
    mail = Target.objects.create(store=it.store, code="mail", name="Mail", adapter="mail")
    for day in range(MAILS, 0, -1):
        _arrived(mail, day, at=at - timedelta(days=day, hours=1))
    robot = Target(
        store=it.store, code="packing", name="企业微信 · 打包组", adapter="wecom", is_active=False
    )
    robot.token = "removed"
    robot.save()
    _refused(robot, at=at - timedelta(hours=6))
    texts.write_text(
        code="notices.digest",
        store=it.store,
        language="zh-hans",
        wording=DIGEST,
        replaces=0,
        actor=it.people[Role.ADMINISTRATOR],
        at=at - timedelta(days=3),
    )


def _arrived(target: Target, day: int, *, at: datetime) -> None:
    message = _message(target, f"digest-{day}", at=at, state=State.SENT, attempts=1)
    _log(message, 1, Outcome.SENT, at=at)


def _refused(target: Target, *, at: datetime) -> None:
    moments = [at]
    for number in range(1, TRIES):
        moments.append(moments[-1] + pause_after(number, 1.0))
    message = _message(
        target, "shift-change", at=moments[-1], state=State.PARKED, attempts=TRIES, error=GONE
    )
    for number, moment in enumerate(moments, 1):
        _log(message, number, Outcome.FAILED, at=moment, status=200, detail=GONE)
    outbox.review_parked(target.pk, at=moments[-1])


def _message(target: Target, key: str, *, at: datetime, **fields: object) -> OutboundMessage:
    return OutboundMessage.objects.create(
        store=target.store,
        target=target,
        kind="notices.digest",
        key=key,
        public_id=uuid5(NAMESPACE_URL, f"demonstration:{target.store.code}:{key}"),
        payload={"subject": "木语生活晨报", "text": "3 条待处理预警"},
        recipient="desk@muyu.example" if target.adapter == "mail" else "",
        created_at=at,
        next_at=at,
        finished_at=at,
        **fields,
    )


def _log(
    message: OutboundMessage, number: int, outcome: str, *, at: datetime, **fields: object
) -> None:
    OutboundAttempt.objects.create(
        message=message, number=number, outcome=outcome, at=at, milliseconds=140, **fields
    )
