"""Whoever subscribed to the signed sheet has it soon after, in their own language (INS)."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from opsdesk.exchange.adapters import mail
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import render_text
from opsdesk.inspection import sheet_pdf, texts
from opsdesk.inspection.models import InspectionSheet
from opsdesk.notices.models import Subscription
from opsdesk.notices.services import subscribers_to

TOPIC = "inspection.sheet"
VIEW = "inspection.view_inspectionsheet"


def mail_sheets(*, at: datetime) -> int:
    """Of every signed sheet its subscribers have a message on its way. Returns how many sheets.

    A sheet and its messages commit together, so nobody is told twice. Safe to run twice at once:
    the sheets of the other are skipped.
    """
    mailed = 0
    while _mail_one(at):
        mailed += 1
    return mailed


def _mail_one(at: datetime) -> bool:
    with transaction.atomic():
        waiting = InspectionSheet.objects.to_mail().select_for_update(skip_locked=True)
        sheet = waiting.order_by("pk").first()
        if sheet is None:
            return False
        people = [
            each for each in subscribers_to(TOPIC, sheet.store) if each.person.has_perm(VIEW, sheet)
        ]
        files = {language: _kept(sheet, language) for language in {_language(p) for p in people}}
        drafts = [_draft(sheet, each, files[_language(each)], at) for each in people]
        outbox.enqueue_messages(drafts, at=at)
        InspectionSheet.objects.filter(pk=sheet.pk).update(mailed_at=at)
    return True


def _language(subscription: Subscription) -> str:
    return subscription.person.language or settings.LANGUAGE_CODE


def _kept(sheet: InspectionSheet, language: str) -> dict[str, str]:
    """The PDF as a file under its digest: a message is sent after this, and maybe again later."""
    content = sheet_pdf.document(sheet, language)
    digest = sha256(content).hexdigest()
    path = f"inspection-sheets/{sheet.store_id}/{digest}"
    return {
        "file": default_storage.save(path, ContentFile(content)),
        "name": sheet_pdf.name_of(sheet),
        "sha256": digest,
    }


def _draft(
    sheet: InspectionSheet, subscription: Subscription, file: dict[str, str], at: datetime
) -> Draft:
    target = subscription.target
    assert target is not None  # `subscribers_to` finds only those that go through one.
    person = subscription.person
    values = {
        "person": person.get_full_name() or person.get_username(),
        "store": str(sheet.store),
        "day": sheet.business_date.isoformat(),
        "signer": str(sheet.signed_by),
        **sheet_pdf.counts_of(sheet),
    }
    wording = render_text(
        texts.SIGNED.code, store=sheet.store, language=_language(subscription), values=values
    )
    is_mail = target.adapter == mail.MAIL.code
    payload = {"subject": wording.subject, "text": wording.body}
    return Draft(
        target,
        kind=texts.SIGNED.code,
        key=f"inspection-sheet:{sheet.pk}:{person.pk}",
        payload=payload | ({"attachment": file} if is_mail else {}),
        recipient=person.email if is_mail else "",
        not_before=subscription.tells_at(at),
    )
