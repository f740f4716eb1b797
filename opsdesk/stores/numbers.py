"""The page of the procedure's numbers: what is in force where, since when, why, and changing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk.admin import ReadOnlyModelAdmin
from opsdesk.approvals.editing import replaced_by
from opsdesk.approvals.kinds import Description
from opsdesk.approvals.models import Approval
from opsdesk.errors import DomainError
from opsdesk.people import stores_of
from opsdesk.stores import limits, procedure, services
from opsdesk.stores.limits import shown as plain
from opsdesk.stores.models import Channel, Platform, SettingOverride, Store, User
from opsdesk.stores.procedure import Number, Setting, Unit

ADD = "stores.add_settingoverride"
EVERYWHERE = "all"

InForce = Mapping[procedure.Scope, Number]


@dataclass(frozen=True)
class Scope:
    """Where a number holds: every store, a store, or one of its channels."""

    key: str
    label: str
    store: Store | None = None
    channel: Channel | None = None


@dataclass(frozen=True)
class Held:
    """The number in force in a scope, and whether it was set for this very scope."""

    scope: Scope
    number: Number
    is_own: bool


def worded(number: Number, setting: Setting) -> str:
    """24, or, where it is not given in the setting's own unit, 3 working days."""
    if number.unit == setting.unit:
        return plain(number.value)
    return f"{plain(number.value)} {number.unit.label}"


def overrides_in_force(stores: list[Store], at: datetime) -> InForce:
    """One query for every setting."""
    rows = SettingOverride.objects.filter(Q(store__in=stores) | Q(store=None)).in_force(at)
    return {
        (row.key, row.store_id, row.channel_id): row.number
        for row in rows
        if row.number is not None
    }


def scopes_of(stores: list[Store]) -> list[Scope]:
    channels: dict[int, list[Channel]] = {}
    for channel in Channel.objects.filter(store__in=stores, is_active=True):
        channels.setdefault(channel.store_id, []).append(channel)
    scopes = []
    for store in stores:
        scopes.append(Scope(f"s{store.pk}", str(store), store))
        scopes += [
            Scope(f"c{channel.pk}", f"{store} · {channel}", store, channel)
            for channel in channels.get(store.pk, [])
        ]
    return scopes


def held_in(setting: Setting, scope: Scope, in_force: InForce) -> Held:
    key = (
        setting.key,
        scope.store.pk if scope.store else None,
        scope.channel.pk if scope.channel else None,
    )
    if scope.store is None:
        held = in_force.get(key, Number(setting.default, setting.unit))
    else:
        held = procedure.most_specific(setting, in_force, store=scope.store, channel=scope.channel)
    return Held(scope, held, key in in_force)


class NumberForm(forms.Form):
    """A new value from a moment on, for one scope, with its reason."""

    scope = forms.ChoiceField(label=_("Where"))
    value = forms.DecimalField(
        label=_("Value"),
        max_digits=14,
        decimal_places=4,
        required=False,
        help_text=_("Empty: back to the value of the wider scope."),
    )
    unit = forms.ChoiceField(
        label=_("Counted in"),
        required=False,
        help_text=_("Working time is what the store's work calendar says."),
    )
    valid_from = forms.DateTimeField(
        label=_("Valid from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Empty: from now on."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, setting: Setting, scopes: list[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes = {scope.key: scope for scope in scopes}
        self.fields["scope"].choices = [(scope.key, scope.label) for scope in scopes]
        self.fields["unit"].choices = [(unit.value, unit.label) for unit in setting.units]
        if len(setting.units) == 1:
            del self.fields["unit"]

    def clean_scope(self) -> Scope:
        return self.scopes[self.cleaned_data["scope"]]


class NumbersAdmin(ReadOnlyModelAdmin):
    """Rows are never edited: a change is a new row, and the rows of a key are its history."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.number_view)
        return [
            path("of/<str:key>/", view, name="stores_settingoverride_number"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        stores = _stores_shown(request)
        in_force = overrides_in_force(stores, timezone.now())
        everywhere = Scope(EVERYWHERE, gettext("Every store"))
        scopes = [Scope(f"s{store.pk}", str(store), store) for store in stores]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Numbers of the procedure"),
            "crumbs": [],
            "opts": self.opts,
            "is_fullwidth": 1,
            "stores": stores,
            "groups": [
                (
                    clause,
                    [
                        (
                            setting,
                            plain(setting.default),
                            _shown(setting, held_in(setting, everywhere, in_force)),
                            [
                                _shown(setting, held_in(setting, scope, in_force))
                                for scope in scopes
                            ],
                        )
                        for setting in settings
                    ],
                )
                for clause, settings in groupby(
                    procedure.all_settings(), lambda setting: setting.clause
                )
            ],
        }
        return TemplateResponse(request, "stores/numbers.html", context)

    def number_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """One number: in force per scope, its history, and the form that changes it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            setting = procedure.get(key)
        except procedure.UnknownSetting as error:
            raise Http404 from error
        stores = _stores_shown(request)
        scopes = [Scope(EVERYWHERE, gettext("Every store")), *scopes_of(stores)]
        edited = replaced_by(request, limits.LIMIT.code)
        form = self._form(request, setting, scopes, edited)
        if request.method == "POST":
            if form is None:
                raise PermissionDenied
            if form.is_valid() and self._set(request, setting, form, edited):
                return redirect(request.path)
        in_force = overrides_in_force(stores, timezone.now())
        history = self.get_queryset(request).filter(key=key)
        back = reverse("admin:stores_settingoverride_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": setting.title,
            "crumbs": [(gettext("Numbers of the procedure"), back)],
            "opts": self.opts,
            "setting": setting,
            "default": plain(setting.default),
            "limits": (plain(setting.minimum), plain(setting.maximum)),
            "promises": [(Platform(p).label, plain(v)) for p, v in setting.platforms.items()],
            "held": [_shown(setting, held_in(setting, scope, in_force)) for scope in scopes],
            "history": [
                (row, worded(row.number, setting) if row.number else "")
                for row in history.select_related("store", "channel", "set_by")
            ],
            "waiting": _waiting(request, key),
            "form": form,
            "back": back,
        }
        return TemplateResponse(request, "stores/number.html", context)

    def _form(
        self,
        request: HttpRequest,
        setting: Setting,
        scopes: list[Scope],
        edited: Approval | None,
    ) -> NumberForm | None:
        """Only the scopes this person may set; None if there are none."""
        allowed = [scope for scope in scopes if _may_set(request.user, scope)]
        if not allowed:
            return None
        chosen = request.GET.get("scope", "")
        initial = {"scope": chosen or allowed[0].key}
        if edited is not None:
            initial = _initial_of(edited.asked)
        return NumberForm(request.POST or None, setting=setting, scopes=allowed, initial=initial)

    def _set(
        self, request: HttpRequest, setting: Setting, form: NumberForm, edited: Approval | None
    ) -> bool:
        """False: refused, and the form says why."""
        at = timezone.now()
        given = form.cleaned_data
        scope: Scope = given["scope"]
        try:
            done = limits.change_number(
                key=setting.key,
                value=given["value"],
                unit=Unit(given["unit"]) if given.get("unit") else None,
                store=scope.store,
                channel=scope.channel,
                valid_from=given["valid_from"],
                actor=request.user,
                reason=given["reason"],
                at=at,
                replaces=edited.pk if edited else None,
            )
        except DomainError as error:
            is_value = isinstance(error, services.InvalidValue)
            form.add_error("value" if is_value else None, error.message)
            return False
        if isinstance(done, Approval):
            messages.success(
                request, gettext("The change is filed. It holds once another person has agreed.")
            )
        else:
            messages.success(request, gettext("The number is set; open clocks follow it."))
        return True


def _may_set(user: User, scope: Scope) -> bool:
    if scope.store is not None:
        return user.has_perm(ADD, scope.store)
    return user.is_superuser or services.may_set_number(user, None)


def _initial_of(asked: dict[str, Any]) -> dict[str, Any]:
    """The form as it was when this change was asked for."""
    scope = EVERYWHERE
    if asked["channel_id"]:
        scope = f"c{asked['channel_id']}"
    elif asked["store_id"]:
        scope = f"s{asked['store_id']}"
    return {
        "scope": scope,
        "value": asked["value"],
        "valid_from": parse_datetime(asked["valid_from"]) if asked["valid_from"] else None,
        "reason": asked["reason"],
    }


def _waiting(request: HttpRequest, key: str) -> list[tuple[Approval, Description]]:
    """Changes of this limit that somebody asked for and nobody has agreed to yet, in words."""
    rows = Approval.objects.visible_to(request.user).pending(timezone.now())
    asked = rows.filter(kind=limits.LIMIT.code, subject_key__startswith=f"{key}:")
    rows = asked.select_related("filer", "store").order_by("expires_at", "pk")
    return [(approval, limits.LIMIT.describe(approval)) for approval in rows]


def _shown(setting: Setting, held: Held) -> tuple[Scope, str, bool]:
    return held.scope, worded(held.number, setting), held.is_own


def _stores_shown(request: HttpRequest) -> list[Store]:
    allowed = set(request.user.stores_allowing("stores.view_settingoverride"))
    return [store for store in stores_of(request) if store.pk in allowed]
