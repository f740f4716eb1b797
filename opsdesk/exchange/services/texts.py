"""The words of a message: the store's own, those of every store, or those of the code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange import texts
from opsdesk.exchange.models import MessageTemplate
from opsdesk.exchange.texts import Wording
from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from opsdesk.stores.models import User

WRITE = "exchange.add_messagetemplate"


class UnknownVariable(DomainError):
    """The text names something that this kind of message does not tell."""

    code = "unknown_variable"


def render_text(code: str, *, store: Store, language: str, values: Mapping[str, str]) -> Wording:
    """The message as it is sent. `values` has exactly the variables of its kind.

    Raises UnknownText, and ValueError for values that don't fit the kind.
    """
    kind = texts.get(code)
    if values.keys() != kind.variables.keys():
        raise ValueError(f"{code} is told with {sorted(kind.variables)}, not {sorted(values)}.")
    return wording_in_force(code, store=store, language=language).filled(values)


def wording_in_force(code: str, *, store: Store | None, language: str) -> Wording:
    """What is said in this language in this store (None: where no store has words of its own)."""
    language = language or settings.LANGUAGE_CODE
    scope = Q(store=store) | Q(store=None) if store else Q(store=None)
    newest = (
        MessageTemplate.objects.filter(scope, code=code, language=language)
        # PostgreSQL puts the rows without a store last: they are the wider ones.
        .order_by("store_id", "-version")
        .distinct("store_id")
    )
    for row in newest:
        if row.body:
            return Wording(row.subject, row.body)
    return texts.get(code).default(language)


def write_text(
    *,
    code: str,
    store: Store | None,
    language: str,
    wording: Wording,
    replaces: int,
    actor: User | None,
    at: datetime,
) -> MessageTemplate:
    """From now on messages of this kind are worded so; without a body the wider wording holds.

    `replaces` is the version the writer had before them, 0 if there was none: raises Conflict where
    somebody wrote another meanwhile. Raises UnknownText, UnknownVariable, NotAllowed.
    """
    check_wording(code, wording)
    if actor is not None and not may_write(actor, store):
        raise NotAllowed(_("You may not word messages in this scope."))
    try:
        with transaction.atomic():
            known = newest_version(code, store=store, language=language)
            if known != replaces:
                raise _somebody_was_first()
            return MessageTemplate.objects.create(
                code=code,
                store=store,
                language=language,
                version=known + 1,
                subject=wording.subject.strip(),
                body=wording.body.strip(),
                written_by=actor,
                written_at=at,
            )
    except IntegrityError as error:
        raise _somebody_was_first() from error


def newest_version(code: str, *, store: Store | None, language: str) -> int:
    """0 where nothing was written yet."""
    rows = MessageTemplate.objects.filter(code=code, store=store, language=language)
    return rows.order_by("-version").values_list("version", flat=True).first() or 0


def check_wording(code: str, wording: Wording) -> None:
    """Raises UnknownVariable, with the names that would be right."""
    variables = texts.get(code).variables
    unknown = wording.names - variables.keys()
    if unknown:
        raise UnknownVariable(
            _("Not known here: %(unknown)s. You can use: %(known)s.")
            % {"unknown": _listed(unknown), "known": _listed(variables)}
        )


def may_write(actor: User, store: Store | None) -> bool:
    """Words for every store are written by those who may do so in every store."""
    if store is not None:
        return actor.has_perm(WRITE, store)
    stores = Store.objects.active().values_list("pk", flat=True)
    return set(stores) <= set(actor.stores_allowing(WRITE))


def _listed(names: set[str] | Mapping[str, object]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _somebody_was_first() -> Conflict:
    return Conflict(_("Somebody changed this text meanwhile: look at it again."))
