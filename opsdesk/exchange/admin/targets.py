"""Where messages go, and trying whether they arrive. Keys are written here and never shown."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from opsdesk import http, navigation, posted
from opsdesk.admin import ScopedForm, ScopedModelAdmin
from opsdesk.errors import DomainError
from opsdesk.exchange.adapters import mail, registry
from opsdesk.exchange.adapters.registry import ADDRESS, SECRET, TOKEN
from opsdesk.exchange.models import OutboundMessage, Target
from opsdesk.exchange.services import outbox
from opsdesk.lists import moment_in, pill
from opsdesk.navigation import Screen

CHANGE = "exchange.change_target"


def _adapters() -> list[tuple[str, str]]:
    return [(adapter.code, str(adapter.title)) for adapter in registry.all_adapters()]


class TargetForm(ScopedForm):
    adapter = forms.ChoiceField(
        label=_("Kind"), choices=_adapters, widget=UnfoldAdminSelectWidget()
    )
    new_token = forms.CharField(
        label=_("Key in the address"),
        required=False,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "Robots: what follows access_token=, key= or hook/. Text messages: the provider's "
            "token. It is never shown again; empty keeps what is stored."
        ),
    )
    new_secret = forms.CharField(
        label=_("Signing secret"),
        required=False,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "DingTalk and Feishu: the signature's key. Webhook: whsec_…, two of them with a space "
            "between while the receiver changes. Kuaidi100, asked for news: your customer number "
            "there. Empty keeps what is stored."
        ),
    )

    class Meta:
        model = Target
        fields = ["store", "code", "name", "adapter", "address", "is_active"]
        help_texts: ClassVar = {
            "address": _(
                "Webhook and text messages: the whole address. Robots: empty for the platform's "
                "own. Mail: who gets what names no recipient."
            )
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        code = cleaned.get("adapter") or self.instance.adapter
        if code:
            adapter = registry.get(code)
            self._refuse_superfluous(cleaned, adapter)
            self._ask_for_missing(cleaned, adapter)
            self._check_address(cleaned.get("address", ""), adapter)
        return cleaned

    def _refuse_superfluous(self, cleaned: dict[str, Any], adapter: registry.Adapter) -> None:
        for field, name in (("address", ADDRESS), ("new_token", TOKEN), ("new_secret", SECRET)):
            if cleaned.get(field) and name not in adapter.takes:
                self.add_error(field, _("This kind of target has none."))

    def _ask_for_missing(self, cleaned: dict[str, Any], adapter: registry.Adapter) -> None:
        if ADDRESS in adapter.needs and not cleaned.get("address"):
            self.add_error("address", _("This kind of target needs one."))
        if TOKEN in adapter.needs and not (cleaned.get("new_token") or self.instance.sealed_token):
            self.add_error("new_token", _("This kind of target needs one."))
        has_secret = cleaned.get("new_secret") or self.instance.sealed_secret
        if SECRET in adapter.needs and not has_secret:
            self.add_error("new_secret", _("This kind of target needs one."))

    def _check_address(self, address: str, adapter: registry.Adapter) -> None:
        if not address:
            return
        try:
            if adapter == mail.MAIL:
                validate_email(address)
            else:
                http.checked(address)
        except DomainError as error:
            self.add_error("address", error.message)
        except ValidationError as error:
            self.add_error("address", error)

    def save(self, commit: bool = True) -> Target:
        if self.cleaned_data["new_token"]:
            self.instance.token = self.cleaned_data["new_token"]
        if self.cleaned_data["new_secret"]:
            self.instance.secret = self.cleaned_data["new_secret"]
        return super().save(commit)


@admin.register(Target)
class TargetAdmin(ScopedModelAdmin):
    form = TargetForm
    list_display = ["name", "code", "store", "kind", "condition"]
    list_select_related = ["store"]
    fields = [
        ("store", "code"),
        ("name", "adapter"),
        "address",
        ("new_token", "new_secret"),
        "is_active",
    ]
    change_form_outer_after_template = "exchange/target_try.html"

    @admin.display(description=_("kind"))
    def kind(self, target: Target) -> str:
        return str(registry.get(target.adapter).title)

    @admin.display(description=_("condition"))
    def condition(self, target: Target) -> SafeString:
        if not target.is_active:
            return pill(gettext("not active"))
        if target.open_until and target.open_until > timezone.now():
            until = moment_in(target.open_until, target.store)
            return pill(gettext("left alone until %(moment)s") % {"moment": until}, "danger")
        if target.failures_in_row:
            return pill(gettext("failing"), "warning")
        return pill(gettext("works"), "good")

    def get_readonly_fields(self, request: HttpRequest, obj: Target | None = None) -> list[str]:
        """The code names it for the code that sends, the kind what was written for it."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "code", "adapter", "kind"] if obj else fields

    def get_fields(self, request: HttpRequest, obj: Target | None = None) -> list[Any]:
        """Whoever only looks sees no empty fields for keys."""
        if obj is None:
            return self.fields
        keys = [("new_token", "new_secret")] if self.has_change_permission(request, obj) else []
        return [("store", "code"), ("name", "kind"), "address", *keys, "is_active"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.try_target))
        return [
            path("<int:object_id>/try/", view, name="exchange_target_try"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        target = self.get_object(request, object_id)
        adapter = registry.get(target.adapter)
        context = {
            "target": target,
            "may_try": adapter.takes_messages and self.has_change_permission(request, target),
            "to_recipient": adapter.to_recipient,
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def try_target(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A message that says it is a trial; its page tells what became of it."""
        target = self.get_object(request, str(object_id))
        if not self.has_change_permission(request, target):
            raise PermissionDenied
        key = f"trial:{uuid4().hex}"
        words = {
            "subject": gettext("A trial of OpsDesk"),
            "text": gettext("%(person)s tries whether messages to %(target)s arrive. They do.")
            % {"person": request.user, "target": target},
        }
        outbox.enqueue_message(
            outbox.Draft(
                target,
                kind="exchange.trial",
                key=key,
                payload=words,
                recipient=posted.text_of(request, "recipient", most=254),
            ),
            at=timezone.now(),
        )
        message = OutboundMessage.objects.get(target=target, key=key)
        messages.success(request, gettext("It is on its way; this page tells what becomes of it."))
        return redirect(reverse("admin:exchange_outboundmessage_change", args=[message.pk]))


navigation.register(
    "exchange",
    Screen(
        _("Targets"),
        "send",
        "admin:exchange_target_changelist",
        "exchange.view_target",
        rank=80,
    ),
)
