"""People say what they saw at the items that no program can look at (INS)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import images, privacy
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.images import PictureRefused, Redrawn
from opsdesk.inspection.models import AnswerPhoto, InspectionSheet, ManualAnswer, ManualItem
from opsdesk.inspection.numbers import ACT_WITHIN, MOST_PHOTOS
from opsdesk.inspection.services.days import lock_day
from opsdesk.storage import needing_room
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.stores.models import Store, User

ANSWER = "inspection.answer_manualitem"
Verdict = ManualAnswer.Verdict

PROBLEM = AlertKind(
    code="inspection.manual_problem",
    title=gettext_lazy("Somebody saw a problem in the inspection"),
    clause="INS",
    runbook=gettext_lazy(
        "Read what was seen, and mend it. The alert closes by itself when the item is answered "
        "otherwise: today's answer corrected, or the next day's in order."
    ),
    evidence={"day": gettext_lazy("business day"), "note": gettext_lazy("note")},
)


class DaySigned(Conflict):
    """The day is signed: what was said of it stays."""

    code = "day_signed"


def may_answer(item: ManualItem, actor: User) -> bool:
    """Whoever holds the item's role in its store, and may answer at all."""
    if not actor.has_perm(ANSWER, item):
        return False
    return actor.is_superuser or item.owner_role in actor.roles_in(item.store_id)


def answer_item(
    *,
    item_id: int,
    day: date,
    verdict: str,
    note: str = "",
    photos: Sequence[UploadedFile] = (),
    actor: User,
    at: datetime,
) -> ManualAnswer:
    """The answer is the item's current one of that day; an earlier one stays on record (INS).

    A problem is an alert for the item's role, which an answer without one closes. Mobile numbers in
    the note are masked. Raises NotAllowed, DomainError, PictureRefused, and DaySigned. Holds the
    lock of the store's day, as signing does.
    """
    item = ManualItem.objects.select_related("store").get(pk=item_id)
    note = privacy.mask_mobiles(note.strip())[:500]
    _check(item, day, verdict, note, actor, at)
    drawn = _redrawn(item.store, photos, at)
    with needing_room(), transaction.atomic():
        lock_day(item.store, day)
        if InspectionSheet.objects.filter(store=item.store, business_date=day).exists():
            raise DaySigned(_("%(day)s is signed: nothing is changed any more.") % {"day": day})
        ManualAnswer.objects.current().filter(item=item, business_date=day).update(is_current=False)
        answer = ManualAnswer.objects.create(
            item=item,
            business_date=day,
            verdict=verdict,
            note=note,
            answered_by=actor,
            answered_at=at,
        )
        _keep(answer, drawn)
        _tell(item, at=at)
    return answer


def _check(item: ManualItem, day: date, verdict: str, note: str, actor: User, at: datetime) -> None:
    if not may_answer(item, actor):
        raise NotAllowed(
            _("This is looked at by: %(role)s.") % {"role": item.get_owner_role_display()}
        )
    if day > item.store.business_date(at):
        raise DomainError(_("That day has not come yet."))
    if not item.is_active:
        raise DomainError(_("This is not looked at any more."))
    if verdict not in Verdict.values:
        raise DomainError(_("Say whether it is in order."))
    if verdict == Verdict.PROBLEM and not note:
        raise DomainError(_("Say in the note what the problem is."))


def _redrawn(store: Store, photos: Sequence[UploadedFile], at: datetime) -> list[Redrawn]:
    """The photos made anew; decoded before any lock."""
    most = int(procedure.value_of(MOST_PHOTOS.key, store=store, at=at))
    if len(photos) > most:
        raise PictureRefused(_("At most %(most)d photos go with an answer.") % {"most": most})
    if any((photo.size or 0) > images.MOST_BYTES for photo in photos):
        raise PictureRefused(
            _("At most %(limit)d MB can be uploaded.") % {"limit": images.MOST_BYTES // 1024**2}
        )
    return [images.redraw(BytesIO(photo.read())) for photo in photos]


def _keep(answer: ManualAnswer, drawn: Iterable[Redrawn]) -> None:
    for one in drawn:
        AnswerPhoto.objects.create(
            answer=answer,
            file=ContentFile(one.content, "photo"),
            small=ContentFile(one.small, "small"),
            format=one.format,
            sha256=one.sha256,
        )


def _tell(item: ManualItem, *, at: datetime) -> None:
    """The alert stands for the newest day's answer: an older one changed late tells nothing."""
    last = ManualAnswer.objects.current().filter(item=item).order_by("-business_date").first()
    assert last is not None  # It was just written.
    if last.verdict != Verdict.PROBLEM:
        alerts.close_themselves(
            store_id=item.store_id, check_code=PROBLEM.code, keys=[str(item.pk)], at=at
        )
        return
    minutes = procedure.value_of(ACT_WITHIN.key, store=item.store, at=at)
    finding = alerts.Finding(
        key=str(item.pk),
        subject_type_id=ContentType.objects.get_for_model(ManualItem).pk,
        subject_id=item.pk,
        subject_label=item.title,
        owner_role=item.owner_role,
        evidence={"day": last.business_date.isoformat(), "note": last.note},
        deadline_at=at + timedelta(minutes=float(minutes)),
    )
    alerts.raise_findings(
        store_id=item.store_id,
        check_code=PROBLEM.code,
        clause=PROBLEM.clause,
        findings=[finding],
        at=at,
    )
