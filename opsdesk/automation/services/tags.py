"""Tags come and go, by people and by rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from opsdesk.automation import subjects
from opsdesk.automation.models import Tag
from opsdesk.automation.subjects import Subject
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.models import Store, User

ADD, DELETE = "automation.add_tag", "automation.delete_tag"
LONGEST = 40


def tag_rows(
    *, subject: str, ids: Iterable[int], name: str, store: Store, actor: User, at: datetime
) -> int:
    """The store's rows among these have the tag. Returns how many did not. Safe to repeat.

    `subject` is a code of `subjects`. Raises NotAllowed, and DomainError for what is no tag.
    """
    if not actor.has_perm(ADD, store):
        raise NotAllowed(_("You may not tag in %(store)s.") % {"store": store})
    kind = _taggable(subject)
    here = kind.rows(store).filter(pk__in=list(ids)).order_by("pk")
    firings: dict[int, int | None] = dict.fromkeys(here.values_list("pk", flat=True))
    return len(put(kind, firings, name=name, store=store, at=at, actor=actor))


def untag_rows(*, subject: str, ids: Iterable[int], name: str, store: Store, actor: User) -> int:
    """None of the store's rows among these has the tag. Returns how many had it."""
    if not actor.has_perm(DELETE, store):
        raise NotAllowed(_("You may not take tags away in %(store)s.") % {"store": store})
    return len(take_away(_taggable(subject), list(ids), name=name, store=store))


def put(
    subject: Subject,
    firings: Mapping[int, int | None],
    *,
    name: str,
    store: Store,
    at: datetime,
    actor: User | None = None,
) -> dict[int, int | None]:
    """These subjects (id → the firing that tags, if one does) have the tag.

    Returns the new tags, id → firing; what was tagged already is left as it was.
    """
    name = clean(name)
    Tag.objects.bulk_create(
        [
            Tag(
                store=store,
                subject_type_id=subject.type_id,
                subject_id=subject_id,
                name=name,
                tagged_by=actor,
                firing_id=firing_id,
                at=at,
            )
            for subject_id, firing_id in sorted(firings.items())
        ],
        ignore_conflicts=True,
    )
    mine = Tag.objects.filter(
        store=store, subject_type_id=subject.type_id, subject_id__in=list(firings), name=name
    )
    ours = mine.filter(at=at, tagged_by=actor)
    return {
        pk: firing_id
        for pk, subject_id, firing_id in ours.values_list("pk", "subject_id", "firing_id")
        if firings[subject_id] == firing_id
    }


def take_away(subject: Subject, ids: Collection[int], *, name: str, store: Store) -> frozenset[int]:
    """None of these has the tag; returns those that had it."""
    found = Tag.objects.filter(
        store=store, subject_type_id=subject.type_id, subject_id__in=list(ids), name=clean(name)
    )
    locked = dict(found.select_for_update().order_by("pk").values_list("pk", "subject_id"))
    Tag.objects.filter(pk__in=locked).delete()
    return frozenset(locked.values())


def names_in(store: Store, subject: str) -> list[str]:
    """The tags that are in use on this kind of row."""
    used = Tag.objects.filter(store=store, subject_type_id=subjects.get(subject).type_id)
    return list(used.order_by("name").values_list("name", flat=True).distinct())


def clean(name: str) -> str:
    """A tag as it is kept: one word or a few, with single spaces. Raises DomainError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or "," in name or "\x00" in name:
        raise DomainError(_("A tag has 1 to %(most)s characters and no comma.") % {"most": LONGEST})
    return name


def _taggable(code: str) -> Subject:
    subject = subjects.get(code)
    if not subject.is_taggable:
        raise DomainError(_("%(subject)s can't be tagged.") % {"subject": subject.title})
    return subject
