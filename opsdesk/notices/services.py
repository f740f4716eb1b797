"""Notices on their way to people: read on the bell, or told by mail and chat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.alerts import storms
from opsdesk.alerts.checks import title_of
from opsdesk.exchange.adapters import mail
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft
from opsdesk.exchange.services.texts import render_text
from opsdesk.notices import texts
from opsdesk.notices.models import Notice, Subscription
from opsdesk.notices.numbers import KEEP
from opsdesk.stores import procedure
from opsdesk.stores.models import Membership, Store, User

BATCH = 1_000
# A message is for a glance; the desk has the rest.
MOST_LINES = 20


def tell_people(*, at: datetime) -> int:
    """Notices whose time has come are messages on their way, one per person and target.

    Returns how many messages. A notice and its message commit together: nothing is told twice. Safe
    to run twice at once, the rows of the other are skipped.
    """
    told = 0
    while True:
        with transaction.atomic():
            found = list(
                Notice.objects.to_tell(at)
                .select_for_update(of=("self",), skip_locked=True)
                .select_related("person", "store", "target", "alert__store")
                .order_by("due_at", "pk")[:BATCH]
            )
            storms.count_folded(each.alert for each in found)
            drafts = _drafts(found, at=at)
            outbox.enqueue_messages(drafts, at=at)
            Notice.objects.filter(pk__in=[each.pk for each in found]).update(told_at=at)
        told += len(drafts)
        if len(found) < BATCH:
            return told


def _drafts(notices: Sequence[Notice], *, at: datetime) -> list[Draft]:
    """Who left the store, or may not sign in any more, is told nothing."""
    people = {each.person_id for each in notices}
    here = set(
        Membership.objects.filter(
            user__in=people, user__is_active=True, store__is_active=True
        ).values_list("user_id", "store_id")
    )

    def bundle(each: Notice) -> tuple[int, int, bool]:
        return each.person_id, each.target_id or 0, each.is_digest

    wanted = [each for each in notices if (each.person_id, each.store_id) in here]
    bundles = groupby(sorted(wanted, key=bundle), bundle)
    return [_draft(list(bundled)) for _key, bundled in bundles]


def _draft(notices: Sequence[Notice]) -> Draft:
    first = notices[0]
    person, target = first.person, first.target
    assert target is not None  # `to_tell` finds only those that go through one.
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        lines = [line_of(each) for each in notices]
        more = len(lines) - MOST_LINES
        if more > 0:
            lines[MOST_LINES:] = [_("and %(count)s more on the desk") % {"count": more}]
        values = {
            "person": person.get_full_name() or person.get_username(),
            "store": str(first.store),
            "count": str(sum(each.count for each in notices)),
            "headline": lines[0],
            "alerts": "\n".join(lines),
        }
    kind = texts.DIGEST if first.is_digest else texts.ALERTS
    wording = render_text(kind.code, store=first.store, language=language, values=values)
    return Draft(
        target,
        kind=kind.code,
        key=f"notices:{first.pk}",
        payload={"subject": wording.subject, "text": wording.body},
        recipient=person.email if target.adapter == mail.MAIL.code else "",
    )


def line_of(notice: Notice) -> str:
    """What came up, in the reader's language: the alert's title, its subject or how many."""
    title = title_of(notice.alert)
    if notice.count > 1:
        return privacy.mask_mobiles(f"{title} × {notice.count}")
    label = notice.alert.subject_words
    return privacy.mask_mobiles(f"{title} · {label}" if label and label != title else title)


def subscribers_to(topic: str, store: Store) -> QuerySet[Subscription]:
    """Who ticked this topic in the store and gets it through a target that is in use.

    People who still work there. The bell tells of alerts only.
    """
    return (
        Subscription.objects.filter(
            store=store,
            check_codes__contains=[topic],
            target__is_active=True,
            person__is_active=True,
            person__memberships__store=store,
        )
        .select_related("person", "store", "target")
        .distinct()
    )


def forget_old(*, store: Store, at: datetime) -> int:
    """Notices of the store that are older than the procedure keeps them are gone.

    All of them, also those nobody read: what is still open lies on a desk. Returns how many. Safe
    to repeat.
    """
    days = procedure.value_of(KEEP.key, store=store, at=at)
    old = Notice.objects.filter(store=store, at__lt=at - timedelta(days=float(days)))
    return old.delete()[0]


def mark_read(*, person: User, at: datetime, notice_ids: Iterable[int] | None = None) -> int:
    """These notices on the person's bell, or all of them, are read. Returns how many were not."""
    notices = Notice.objects.on_the_bell(person).unread()
    if notice_ids is not None:
        notices = notices.filter(pk__in=list(notice_ids))
    return notices.update(read_at=at)
