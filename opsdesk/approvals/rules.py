"""The page of approval rules: who decides on what, from which amount on, and asking for others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk.admin import ReadOnlyModelAdmin
from opsdesk.approvals import changing, kinds, words
from opsdesk.approvals.kinds import Band, Kind
from opsdesk.approvals.models import Approval, ApprovalPolicy
from opsdesk.approvals.services import policies
from opsdesk.errors import DomainError
from opsdesk.people import stores_of
from opsdesk.stores.auth import is_allowed_in
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role, granted

ADD = "approvals.add_approvalpolicy"
EVERYWHERE = "all"
MOST_BANDS = 4


@dataclass(frozen=True)
class Held:
    """The rule in force in a place, and where it comes from."""

    place: str
    bands: list[tuple[str, str]]
    because: str


class BandForm(forms.Form):
    """From an amount on: which roles, how many people, one of each or any of them."""

    from_amount = forms.DecimalField(
        label=_("From amount"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    roles = forms.MultipleChoiceField(
        label=_("Decided by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    voices = forms.IntegerField(label=_("People"), min_value=1, max_value=5, initial=1)
    from_different_roles = forms.BooleanField(label=_("One of each role"), required=False)

    def __init__(self, *args: Any, roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = roles

    def band(self) -> Band | None:
        """None for a line that is left empty."""
        given = self.cleaned_data
        if not given.get("roles"):
            return None
        return Band(
            roles=tuple(Role(role) for role in given["roles"]),
            from_amount=given["from_amount"] or Decimal(0),
            voices=given["voices"],
            from_different_roles=given["from_different_roles"],
        )


BandFormSet = forms.formset_factory(BandForm, extra=0)


class RuleForm(forms.Form):
    scope = forms.ChoiceField(label=_("Where"))
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, places: dict[str, Store | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        self.fields["scope"].choices = [
            (key, words.place_of(store)) for key, store in places.items()
        ]

    def clean_scope(self) -> Store | None:
        return self.places[self.cleaned_data["scope"]]


class RulesAdmin(ReadOnlyModelAdmin):
    """Rules are never edited: a change is asked for, agreed to, and then a new version."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rule_view)
        return [
            path("of/<str:code>/", view, name="approvals_approvalpolicy_rule"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        at = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Approval rules"),
            "crumbs": [],
            "opts": self.opts,
            "kinds": [(kind, _held(kind, None, at)) for kind in kinds.all_kinds()],
        }
        return TemplateResponse(request, "approvals/rules.html", context)

    def rule_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """One kind: who decides where, the versions so far, and the form that asks for another."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            kind = kinds.get(code)
        except kinds.UnknownKind as error:
            raise Http404 from error
        form, bands = self._forms(request, kind)
        if request.method == "POST":
            if form is None:
                raise PermissionDenied
            if form.is_valid() and bands.is_valid() and _ask(request, kind, form, bands):
                return redirect(request.path)
        at = timezone.now()
        back = reverse("admin:approvals_approvalpolicy_changelist")
        history = self.get_queryset(request).filter(kind=kind.code)
        context = {
            **self.admin_site.each_context(request),
            "title": kind.title,
            "crumbs": [(gettext("Approval rules"), back)],
            "opts": self.opts,
            "kind": kind,
            "held": [_held(kind, store, at) for store in [None, *_stores_shown(request)]],
            "waiting": _waiting(request, kind, at),
            "history": [
                (row, _words(row, row.store)) for row in history.select_related("store", "set_by")
            ],
            "form": form,
            "bands": bands,
            "back": back,
        }
        return TemplateResponse(request, "approvals/rule.html", context)

    def _forms(self, request: HttpRequest, kind: Kind) -> tuple[RuleForm | None, Any]:
        """None where this person may change the rule nowhere."""
        scopes = {EVERYWHERE: None, **{str(s.pk): s for s in _stores_shown(request)}}
        places = {
            key: store for key, store in scopes.items() if is_allowed_in(request.user, ADD, store)
        }
        if not places:
            return None, None
        able = [
            (role, str(Role(role).label))
            for role, held in granted().items()
            if kind.decides in held
        ]
        initial: list[dict[str, Any]] = [
            {
                "from_amount": rule.from_amount,
                "roles": rule.roles,
                "voices": rule.voices,
                "from_different_roles": rule.from_different_roles,
            }
            for rule in policies.rules_of(
                kind, store=next(iter(places.values())), at=timezone.now()
            )
        ]
        initial += [{"voices": 1}] * (MOST_BANDS - len(initial))
        bands = BandFormSet(
            request.POST or None, initial=initial, prefix="band", form_kwargs={"roles": able}
        )
        return RuleForm(request.POST or None, places=places), bands


def _ask(request: HttpRequest, kind: Kind, form: RuleForm, bands: Any) -> bool:
    """False: refused, and the form says why."""
    given = [band for band in (line.band() for line in bands) if band is not None]
    try:
        changing.request_rule(
            kind=kind,
            store=form.cleaned_data["scope"],
            bands=given,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            at=timezone.now(),
        )
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    messages.success(
        request, gettext("The change is filed. It holds once another person has agreed.")
    )
    return True


def _held(kind: Kind, store: Store | None, at: datetime) -> Held:
    rules = policies.rules_of(kind, store=store, at=at)
    policy = rules[0].policy
    if policy is None:
        because = gettext("as the procedure says")
    elif policy.store_id == (store.pk if store else None):
        because = gettext("set here")
    else:
        because = gettext("from the wider scope")
    return Held(words.place_of(store), [_words(rule, store) for rule in rules], because)


def _words(rule: policies.Rule | ApprovalPolicy, store: Store | None) -> tuple[str, str]:
    decided_by = words.who_decides(rule.roles, rule.voices, rule.from_different_roles)
    return words.from_amount(rule.from_amount, store.currency if store else ""), decided_by


def _waiting(request: HttpRequest, kind: Kind, at: datetime) -> QuerySet[Approval]:
    """Changes of this rule that somebody asked for and nobody has agreed to yet."""
    rows = Approval.objects.visible_to(request.user).pending(at)
    asked = rows.filter(kind=changing.RULE.code, subject_key__startswith=f"{kind.code}:")
    return asked.select_related("filer", "store").order_by("expires_at", "pk")


def _stores_shown(request: HttpRequest) -> list[Store]:
    allowed = set(request.user.stores_allowing("approvals.view_approvalpolicy"))
    return [store for store in stores_of(request) if store.pk in allowed]
