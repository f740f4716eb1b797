"""Who may do what with files, messages and deliveries, and the jobs that carry them on."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants, sealing, waiting
from opsdesk import retention as ground_retention
from opsdesk.alerts import checks as kinds
from opsdesk.exchange import checks, feeds, numbers, signatures
from opsdesk.exchange.adapters import mail, registry, robots, sms, webhook
from opsdesk.exchange.services import background, delivering, inbox, outbox, retention, sealed
from opsdesk.inspection import checks as inspection
from opsdesk.invariants import Invariant
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

CLEANS_UP_AT = time(4)

# A message that waits for its target to recover, or for somebody to switch it on, is not left
# behind: it is tried when that has happened.
NOTHING_LEFT_BEHIND = (
    Invariant(
        "exchange.no-message-left-behind",
        "No message still waits, or is being sent without a living worker, hours after its time.",
        """
        SELECT m.id, m.kind, m.state, m.next_at FROM exchange_outboundmessage m
        JOIN exchange_target t ON t.id = m.target_id
        WHERE t.is_active AND coalesce(t.open_until, m.created_at) < now() - interval '6 hours'
          AND (m.state IN ('waiting', 'unknown') AND m.next_at < now() - interval '6 hours'
               OR m.state = 'sending' AND m.lease_until < now() - interval '6 hours')
        """,
    ),
    Invariant(
        "exchange.no-delivery-left-behind",
        "No delivery still waits, or is worked on without a living worker, hours after its time.",
        """
        SELECT id, source, state, next_at FROM exchange_inbounddelivery
        WHERE state = 'waiting' AND next_at < now() - interval '6 hours'
           OR state = 'working' AND lease_until < now() - interval '6 hours'
        """,
    ),
    Invariant(
        "exchange.every-attempt-is-logged",
        "Of every attempt with a message it is known how it ended, save the one under way.",
        """
        SELECT m.id, m.state, m.attempts, count(a.id) AS logged FROM exchange_outboundmessage m
        LEFT JOIN exchange_outboundattempt a
            ON a.message_id = m.id AND a.outcome IN ('sent', 'failed', 'unknown', 'lost')
        GROUP BY m.id
        HAVING count(a.id) <> m.attempts - (m.state = 'sending')::int
        """,
    ),
)


def resume_imports(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"hinted": background.resume_imports(at=at)}


def deliver_messages(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"hinted": delivering.resume_delivery(at=at)}


def process_deliveries(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"hinted": inbox.resume_processing(at=at)}


def remove_content(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None  # A daily job runs store by store.
    return {**retention.remove_content(store=slot.store, at=at)}


JOBS = (
    Job(
        "exchange.resume_imports",
        _("Imports that were left are carried on"),
        resume_imports,
        every=timedelta(minutes=1),
    ),
    Job(
        "exchange.deliver_messages",
        _("Messages are sent"),
        deliver_messages,
        every=timedelta(minutes=1),
    ),
    Job(
        "exchange.process_deliveries",
        _("Deliveries are worked on"),
        process_deliveries,
        every=timedelta(minutes=1),
    ),
    Job(
        "exchange.remove_content",
        _("Content of settled messages and deliveries is removed"),
        remove_content,
        daily_at=CLEANS_UP_AT,
    ),
)


def _oldest_import(at: datetime) -> datetime | None:
    from opsdesk.exchange.models import ImportSession

    sessions = ImportSession.objects.for_a_worker(at).order_by("created_at")
    return sessions.values_list("created_at", flat=True).first()


def _oldest_message(at: datetime) -> datetime | None:
    """By the moment it could have been sent: what fails is put off on purpose."""
    from opsdesk.exchange.models import OutboundMessage

    due = OutboundMessage.objects.due(at).order_by("next_at")
    return due.values_list("next_at", flat=True).first()


def _oldest_delivery(at: datetime) -> datetime | None:
    from opsdesk.exchange.models import InboundDelivery

    due = InboundDelivery.objects.due(at).order_by("next_at")
    return due.values_list("next_at", flat=True).first()


def register() -> None:
    waiting.register("imports", _oldest_import)
    waiting.register("messages", _oldest_message)
    waiting.register("deliveries", _oldest_delivery)
    jobs.register(*JOBS)
    sealing.register(sealed.TARGETS, sealed.WEBHOOKS)
    signatures.register(*signatures.SCHEMES)
    ground_retention.register(retention.REJECTED)
    procedure.register(numbers.ATTEMPTS, numbers.KEEP_CONTENT, numbers.OLD_SECRET)
    kinds.register(outbox.PARKED, inbox.PARKED, feeds.SILENT, checks.REFUSED)
    procedure.register(*feeds.SETTINGS, checks.REFUSED_FROM)
    feeds.register(checks.WEBHOOKS, checks.IMPORTS)
    inspection.register(*checks.CHECKS)
    invariants.register(*NOTHING_LEFT_BEHIND)
    registry.register(
        webhook.WEBHOOK,
        robots.DINGTALK,
        robots.FEISHU,
        robots.WECOM,
        mail.MAIL,
        sms.CONSOLE,
        sms.OVER_HTTP,
    )
    _grant_imports()
    _grant_messages()


def _grant_imports() -> None:
    grant(
        ["exchange.view_importsession", "exchange.view_importrow"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.ORDER_REVIEWER,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(["exchange.run_import"], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
    grant(["exchange.undo_import"], to=[Role.OPERATIONS_LEAD])


def _grant_messages() -> None:
    looked_at = ["target", "outboundmessage", "outboundattempt", "inbounddelivery"]
    looked_at += ["webhooksource", "webhookrefusal"]
    grant(
        [f"exchange.view_{model}" for model in looked_at]
        + ["exchange.settle_outboundmessage", "exchange.settle_inbounddelivery"],
        to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR],
    )
    grant(
        [
            f"exchange.{verb}_{model}"
            for verb in ("add", "change")
            for model in ("target", "webhooksource")
        ],
        to=[Role.ADMINISTRATOR],
    )
    grant(
        ["exchange.view_messagetemplate", "exchange.add_messagetemplate"],
        to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR],
    )
