"""The page on which a rule is written: as people type it, told back as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from opsdesk import posted
from opsdesk.automation import builder, reading, starters, words
from opsdesk.automation.builder import Draft
from opsdesk.automation.models import Rule
from opsdesk.automation.page import Builder
from opsdesk.automation.reading import WrongRule
from opsdesk.automation.services import switching, writing
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from opsdesk.stores.models import User

PAGE = "admin:automation_rule_change"
VERSIONS = "admin:automation_rule_versions"


@dataclass
class Said:
    """What the page says about what was typed."""

    problems: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    focus: str = ""
    newer: str = ""


def stores_to_write_in(user: User) -> list[Store]:
    allowed = Store.objects.active().visible_to(user)
    if not user.is_superuser:
        allowed = allowed.filter(pk__in=user.stores_allowing(writing.ADD))
    return list(allowed.order_by("code"))


def new(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A rule of one of the person's stores; `?from=` begins with one that is ready made."""
    stores = stores_to_write_in(request.user)
    if not stores:
        raise PermissionDenied
    store = _chosen(request, stores)
    if request.method != "POST":
        starter = starters.called(request.GET.get("from", ""), store, request.user)
        draft = builder.drafted(starter.definition, name=starter.name) if starter else Draft()
        return _shown(request, store, draft, Said(), context | {"stores": stores})
    draft = builder.posted(request.POST)
    said = _asked(request, draft)
    if said is None:
        said = _tried(
            lambda: writing.create_rule(
                store=store,
                name=draft.name,
                definition=draft.definition(),
                actor=request.user,
                at=timezone.now(),
            )
        )
    if isinstance(said, Said):
        return _shown(request, store, draft, said, context | {"stores": stores})
    return redirect(PAGE, said.pk)


def edit(request: HttpRequest, rule: Rule, context: dict[str, Any]) -> HttpResponse:
    """The rule's next version begins with the words of the one that counts."""
    if not request.user.has_perm(writing.CHANGE, rule):
        raise PermissionDenied
    version: int | None = rule.version
    if request.method != "POST":
        draft = builder.drafted(_definition(rule), name=rule.name)
        return _shown(request, rule.store, draft, Said(), _of(rule, context, version))
    draft = builder.posted(request.POST)
    # What was looked at, not what counts by now: else the second would overwrite the first.
    version = posted.id_of(request.POST.get("version", ""))
    if version is None:
        raise Http404
    said = _asked(request, draft)
    if said is None:
        said = _tried(
            lambda: writing.save_version(
                rule_id=rule.pk,
                expected_version=version,
                name=draft.name,
                definition=draft.definition(),
                actor=request.user,
                at=timezone.now(),
                note=draft.note,
            )
        )
    if isinstance(said, Said):
        if said.newer:
            said.newer = reverse(VERSIONS, args=[rule.pk])
        return _shown(request, rule.store, draft, said, _of(rule, context, version))
    return redirect(PAGE, rule.pk)


def _definition(rule: Rule) -> dict[str, Any]:
    return writing.definition_of(switching.current_version(rule))


def _of(rule: Rule, context: dict[str, Any], version: int | None) -> dict[str, Any]:
    return context | {"rule": rule, "version": version, "stores": []}


def _chosen(request: HttpRequest, stores: list[Store]) -> Store:
    asked = request.POST.get("store", "") or request.GET.get("store", "")
    if not asked:
        return stores[0]
    chosen = next((store for store in stores if store.pk == posted.id_of(asked)), None)
    if chosen is None:
        raise Http404
    return chosen


def _asked(request: HttpRequest, draft: Draft) -> Said | None:
    """A row more or less, or just a look at the sentence; None: to be saved."""
    wish = request.POST.get("do", "save")
    if wish == "save":
        return None
    return Said(focus=builder.changed(draft, wish))


def _tried(save: Any) -> Any:
    """What came of it, or what stands in its way."""
    try:
        return save()
    except WrongRule as refusal:
        words_of_it = _("Some of it can't be saved yet; see the words beside it.")
        return Said(problems=refusal.problems, refusal=words_of_it)
    except NotAllowed as refusal:
        return Said(refusal=refusal.message)
    except Conflict as refusal:
        return Said(refusal=refusal.message, newer="yes")
    except DomainError as refusal:
        return Said(refusal=refusal.message)


def _shown(
    request: HttpRequest, store: Store, draft: Draft, said: Said, context: dict[str, Any]
) -> TemplateResponse:
    sentence, missing = _in_words(draft, store)
    context |= {
        "builder": Builder(draft, store, request.user, said.problems, said.focus),
        "refusal": said.refusal,
        "newer": said.newer,
        "sentence": sentence,
        "missing": missing,
    }
    return TemplateResponse(request, "automation/builder.html", context)


def _in_words(draft: Draft, store: Store) -> tuple[str, str]:
    """The rule as a sentence; or what it is still waiting for."""
    try:
        definition = reading.read(draft.definition(), store=store)
    except WrongRule as refusal:
        return "", _("Not whole yet. %(problem)s") % {"problem": refusal.message}
    return words.sentence(definition, store), ""
