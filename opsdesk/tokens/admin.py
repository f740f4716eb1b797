"""Tokens in the admin: the list, issuing one, the page of one. A secret is shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import navigation, wording
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PlainSelect, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin, Tab, crumbs, pill
from opsdesk.navigation import Screen
from opsdesk.stores.models import Store, User
from opsdesk.tokens import scopes, services
from opsdesk.tokens.models import ApiToken

TONES = {"live": "good", "expired": "", "revoked": "danger"}
USUAL_DAYS = 90


def _standing(token: ApiToken) -> Any:
    standing = token.standing(timezone.now())
    return pill(standing.label, TONES[standing])


class TokenFilters(ListFilters):
    store = StoreFilter()

    class Meta:
        model = ApiToken
        fields: list[str] = []


class IssueForm(forms.Form):
    """Only stores this person may issue tokens in, and people who work in one of them."""

    store = forms.ModelChoiceField(label=_("Store"), queryset=None, widget=PlainSelect)
    user = forms.ModelChoiceField(
        label=_("Acts for"),
        queryset=None,
        widget=PlainSelect,
        help_text=_("It may do no more than this person's roles in the store allow."),
    )
    name = forms.CharField(label=_("Purpose"), max_length=80)
    days = forms.IntegerField(
        label=_("Expires after (days)"), min_value=1, initial=USUAL_DAYS, max_value=3650
    )
    scopes = forms.MultipleChoiceField(label=_("Scopes"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = person.stores_allowing(services.ISSUE)
        self.fields["store"].queryset = Store.objects.active().in_stores(stores)
        people = User.objects.visible_to(person).in_stores(stores)
        self.fields["user"].queryset = people.filter(is_active=True).distinct().order_by("username")
        self.fields["scopes"].choices = [
            (scope.code, f"{scope.code} – {scope.title}") for scope in scopes.all_scopes()
        ]


@admin.register(ApiToken)
class ApiTokenAdmin(KeysetModelAdmin):
    """Tokens are never edited: they are issued, rotated and revoked."""

    filters = TokenFilters
    empty_title = _("No tokens yet")
    empty_hint = _("Issue one for each program that reads or writes by REST.")
    columns = [
        Column(_("purpose"), lambda t: t.name),
        Column(_("begins with"), lambda t: t.prefix, "od-mono od-nowrap"),
        Column(_("acts for"), lambda t: t.user),
        Column(_("store"), lambda t: t.store, "od-wide"),
        Column(_("last used"), lambda t: wording.moment(t.last_used_at), "od-nowrap od-wide"),
        Column(_("expires"), lambda t: wording.moment(t.expires_at), "od-nowrap"),
        Column(_("state"), _standing),
    ]
    tabs = [Tab("live", _("Live"), lambda rows: rows.live(timezone.now()))]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "user")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, Any]]:
        return [("add/", _("Issue a token"))] if self.has_add_permission(request) else []

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = IssueForm(request.POST or None, person=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                return self._shown_once(request, self._issue(request, form.cleaned_data))
            except DomainError as refusal:
                form.add_error(None, refusal.message)
        context = {
            **self._context(request, gettext("Issue a token")),
            "form": form,
            "submit": gettext("Issue"),
            "back": reverse("admin:tokens_apitoken_changelist"),
        }
        return TemplateResponse(request, "parts/form.html", context)

    def _issue(self, request: HttpRequest, given: dict[str, Any]) -> services.Issued:
        at = timezone.now()
        return services.issue_token(
            user=given["user"],
            store=given["store"],
            name=given["name"],
            scopes=given["scopes"],
            expires_at=at + timedelta(days=given["days"]),
            actor=request.user,
            at=at,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        token = self.get_object(request, object_id)
        if request.method == "POST":
            return self._act(request, token)
        standing = token.standing(timezone.now())
        context = {
            **self._context(request, str(token)),
            "token": token,
            "standing": _standing(token),
            "scopes": [scope for scope in scopes.all_scopes() if scope.code in token.scopes],
            "may_change": standing == ApiToken.Standing.LIVE
            and self.has_change_permission(request, token),
            "history": reading.history_of(token, request.user),
        }
        return TemplateResponse(request, "tokens/token.html", context)

    def _act(self, request: HttpRequest, token: ApiToken) -> HttpResponse:
        """What was posted on a token's page. The services refuse whoever may not."""
        at, verb = timezone.now(), request.POST.get("do", "")
        if verb == "rotate":
            issued = services.rotate_token(token_id=token.pk, actor=request.user, at=at)
            return self._shown_once(request, issued)
        if verb == "revoke" and services.revoke_token(token_id=token.pk, actor=request.user, at=at):
            messages.success(request, gettext("The token is revoked."))
        return redirect(request.path)

    def _shown_once(self, request: HttpRequest, issued: services.Issued) -> HttpResponse:
        """The answer to the post itself: no address leads to a secret again."""
        context = {
            **self._context(request, str(issued.token)),
            "issued": issued,
            "back": reverse("admin:tokens_apitoken_change", args=[issued.token.pk]),
        }
        return TemplateResponse(request, "tokens/secret.html", context)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
        }


navigation.register(
    "setup",
    Screen(
        _("API tokens"),
        "vpn_key",
        "admin:tokens_apitoken_changelist",
        "tokens.view_apitoken",
    ),
)
