"""Keeping a selection under a name, and asking for it as a file."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError, NotAllowed
from opsdesk.schedule.hints import hint
from opsdesk.selections import tasks
from opsdesk.selections.models import ListExport, SavedView
from opsdesk.selections.rights import EXPORT, SHARE
from opsdesk.stores.models import Store, User

MOST_VIEWS = 50
MOST_EXPORTS = 3


def save_view(
    *,
    owner: User,
    screen: str,
    name: str,
    query: str,
    store: Store | None,
    roles: Collection[str],
    at: datetime,
) -> SavedView:
    """The selection is there under this name; one of this person's own by that name is replaced.

    With `roles` it is shared with them in `store`. Raises NotAllowed for who may not share there,
    and DomainError without a name, without filters, or beyond `MOST_VIEWS` a list.
    """
    if not name:
        raise DomainError(_("Give the view a name."))
    if not query:
        raise DomainError(_("Choose a tab or a filter first: a view is what they say."))
    if roles and (store is None or not owner.has_perm(SHARE, store)):
        raise NotAllowed(_("You may not share views with others."))
    said = {"query": query, "store": store if roles else None, "roles": list(roles)}
    with transaction.atomic():
        # Their views are counted and written one after the other.
        User.objects.select_for_update().get(pk=owner.pk)
        own = SavedView.objects.filter(owner=owner, screen=screen)
        if own.exclude(name=name).count() >= MOST_VIEWS:
            raise DomainError(
                _("You keep %(most)s views of this list: drop one first.") % {"most": MOST_VIEWS}
            )
        new = {"owner": owner, "screen": screen, "created_at": at, **said}
        view, _created = own.update_or_create(name=name, defaults=said, create_defaults=new)
    return view


def ask_for_export(
    *, screen: str, query: str, format: str, actor: User, at: datetime
) -> ListExport:
    """The file waits for the worker, who is told; a lost message costs a minute.

    Raises NotAllowed for who may export in no store, and DomainError while `MOST_EXPORTS` of
    theirs are being written.
    """
    if not actor.has_perm(EXPORT):
        raise NotAllowed(_("You may not export lists."))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        unfinished = ListExport.objects.filter(
            requested_by=actor, state__in=[ListExport.State.WAITING, ListExport.State.RUNNING]
        )
        if unfinished.count() >= MOST_EXPORTS:
            raise DomainError(
                _("%(count)s of your exports are being written: wait for one of them.")
                % {"count": MOST_EXPORTS}
            )
        export = ListExport.objects.create(
            screen=screen, query=query, format=format, requested_by=actor, requested_at=at
        )
        hint(tasks.write_export, export.pk)
    return export
