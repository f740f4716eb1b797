"""Whoever may decide on a request is asked by mail, with a link to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy, wording
from opsdesk.approvals import kinds
from opsdesk.approvals.voices import people_to_ask
from opsdesk.exchange.adapters import mail
from opsdesk.exchange.models import Target
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import render_text
from opsdesk.exchange.texts import TextKind, Variable, Wording
from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval
    from opsdesk.stores.models import User

ASKED = TextKind(
    code="approvals.asked",
    title=_("A request waits for a decision"),
    variables={
        "person": Variable(_("who gets it"), "林晓"),
        "store": Variable(_("the store"), "木语生活"),
        "kind": Variable(_("what kind of request"), "Stock correction"),
        "summary": Variable(_("what is asked for"), "T-100: 120 → 48"),
        "filer": Variable(_("who asks"), "王敏"),
        "until": Variable(_("until when it can be decided"), "11-24 10:00"),
        "link": Variable(_("the request's page"), "https://ops.example.com/admin/…"),
    },
    defaults={
        "en": Wording(
            "{store}: {kind} waits for your decision",
            "{filer} asks for: {summary}\n\nLook at it and decide until {until}:\n{link}",
        ),
        "zh-hans": Wording(
            "{store}：{kind}待您审批",
            "{filer} 申请：{summary}\n\n请在 {until} 前查看并审批：\n{link}",
        ),
    },
)


def ask_people(approval: Approval, *, at: datetime) -> int:
    """Each person who may decide and has a mail address is written to, once per request.

    Through the store's mail target; without one, bell and desk are all there is. In the
    transaction that files the request. Returns how many.
    """
    target = _mail_of(approval)
    if target is None:
        return 0
    people = [person for person in people_to_ask(approval, at) if person.email]
    drafts = [_draft(approval, person, target) for person in people]
    outbox.enqueue_messages(drafts, at=at)
    return len(drafts)


def _mail_of(approval: Approval) -> Target | None:
    """What concerns every store goes through the first that sends mail."""
    targets = Target.objects.active().filter(adapter=mail.MAIL.code, store__is_active=True)
    if approval.store_id is not None:
        targets = targets.filter(store=approval.store_id)
    return targets.select_related("store").order_by("pk").first()


def _draft(approval: Approval, person: User, target: Target) -> Draft:
    language = person.language or settings.LANGUAGE_CODE
    store: Store = approval.store or target.store
    with translation.override(language):
        kind = kinds.get(approval.kind)
        values = {
            "person": person.get_full_name() or person.get_username(),
            "store": str(store),
            "kind": str(kind.title),
            "summary": privacy.mask_mobiles(kind.describe(approval).summary),
            "filer": str(approval.filer),
            "until": wording.moment(approval.expires_at, store.zone),
            "link": settings.SITE_URL
            + reverse("admin:approvals_approval_change", args=[approval.pk]),
        }
    said = render_text(ASKED.code, store=store, language=language, values=values)
    return Draft(
        target,
        kind=ASKED.code,
        key=f"approvals:{approval.pk}:{person.pk}",
        payload={"subject": said.subject, "text": said.body},
        recipient=person.email,
    )
