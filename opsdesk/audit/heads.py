"""Each day the chains are looked through, and their heads are told to people who keep them."""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.audit import chain
from opsdesk.audit.chain import COMMON, Broken, Head
from opsdesk.audit.models import AuditEntry, AuditHead
from opsdesk.exchange.adapters import mail
from opsdesk.exchange.models import Target
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import render_text
from opsdesk.exchange.texts import TextKind, Variable, Wording
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsdesk.stores.models import Store

logger = logging.getLogger("opsdesk.audit")

BROKEN = AlertKind(
    code="audit.chain_broken",
    title=_("The audit trail was tampered with"),
    runbook=_(
        "Somebody changed, removed or slipped in entries past the database's guards. Keep this "
        "database and its backups as they are, compare the heads in your mailbox, and find out who "
        "had the rights of its owner. The alert closes when the chain holds again."
    ),
    evidence={"entries": _("entries"), "what": _("what became of them")},
)
# An alert is for a glance; `manage.py verify` names all of them.
MOST_NAMED = 20

HEADS = TextKind(
    code="audit.heads",
    title=_("The audit trail's heads of the day"),
    variables={
        "store": Variable(_("the store"), "木语生活"),
        "day": Variable(_("the day"), "2026-11-21"),
        "heads": Variable(
            _("chain, position and digest, a line each"), "muyu 1204 9f86d081884c7d…"
        ),
        "broken": Variable(_("how many entries do not agree with the chain"), "0"),
    },
    defaults={
        "en": Wording(
            "{store}: audit trail of {day}",
            "{heads}\n\nEntries that do not agree with the chain: {broken}\n\n"
            "Keep this message: it proves later that nothing before it was changed.",
        ),
        "zh-hans": Wording(
            "{store}：{day} 审计记录校验值",
            "{heads}\n\n与校验链不符的记录数：{broken}\n\n"
            "请保留此邮件：它可在日后证明此前的记录未被改动。",
        ),
    },
)


def seal_day(*, store: Store, day: date, at: datetime) -> dict[str, int]:
    """The heads of the store's chain and the common one are on record, in the log and by mail.

    Looks through both chains first; where one does not hold, an alert says so. Answers how many
    entries are broken and messages sent. Safe to repeat: a day has one head per chain, and what is
    told again is the same.
    """
    chain.link_entries()
    broken = [each for number in (store.pk, COMMON) for each in chain.broken_in(number)]
    with transaction.atomic():
        _report(store, broken, at=at)
        heads = [_sealed(store, day, number) for number in (store.pk, COMMON)]
        told = _tell(store, day, [head for head in heads if head], len(broken), at=at)
    return {"broken": len(broken), "told": told}


def _sealed(store: Store, day: date, number: int) -> Head | None:
    """The head as it was told on this day, or as it is now."""
    head = chain.head_of(number)
    if head is None:
        return None
    kept, _created = AuditHead.objects.get_or_create(
        store=store,
        day=day,
        chain=number,
        defaults={"position": head.position, "hash": bytes.fromhex(head.hash)},
    )
    return Head(number, kept.position, bytes(kept.hash).hex())


def _report(store: Store, broken: Sequence[Broken], *, at: datetime) -> None:
    findings = [_finding(store, broken[:MOST_NAMED])] if broken else []
    alerts.report(BROKEN, findings, store_id=store.pk, at=at)


def _finding(store: Store, named: Sequence[Broken]) -> alerts.Finding:
    return alerts.Finding(
        key="chain",
        subject_label=str(store),
        subject_type_id=ContentType.objects.get_for_model(AuditEntry).pk,
        subject_id=named[0].entry_id,
        owner_role=Role.ADMINISTRATOR,
        severity=Severity.CRITICAL,
        evidence={
            "entries": ", ".join(str(each.entry_id) for each in named),
            "what": ", ".join(sorted({each.what for each in named})),
        },
    )


def _tell(store: Store, day: date, heads: Sequence[Head], broken: int, *, at: datetime) -> int:
    for head in heads:
        logger.info(
            "Head of the audit trail",
            extra={
                "data": {
                    "store": store.code,
                    "day": str(day),
                    "chain": head.chain,
                    "position": head.position,
                    "sha256": head.hash,
                }
            },
        )
    target = Target.objects.active().filter(adapter=mail.MAIL.code, store=store).first()
    if target is None or not heads:
        return 0
    people = User.objects.filter(
        is_active=True, memberships__store=store, memberships__role=Role.ADMINISTRATOR
    ).exclude(email="")
    drafts = [_draft(target, person, day, heads, broken) for person in people.order_by("pk")]
    outbox.enqueue_messages(drafts, at=at)
    return len(drafts)


def _draft(target: Target, person: User, day: date, heads: Sequence[Head], broken: int) -> Draft:
    store = target.store
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        lines = [f"{_name(head, store)} {head.position} {head.hash}" for head in heads]
    values = {
        "store": str(store),
        "day": f"{day:%Y-%m-%d}",
        "heads": "\n".join(lines),
        "broken": str(broken),
    }
    said = render_text(HEADS.code, store=store, language=language, values=values)
    return Draft(
        target,
        kind=HEADS.code,
        key=f"audit:{day}:{person.pk}",
        payload={"subject": said.subject, "text": said.body},
        recipient=person.email,
    )


def _name(head: Head, store: Store) -> str:
    return str(_("all stores")) if head.chain == COMMON else store.code
