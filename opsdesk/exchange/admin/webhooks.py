"""Who may deliver by webhook, and what was refused. Secrets are written here and never shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import (
    DateField,
    DateTimeField,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from opsdesk import navigation
from opsdesk.admin import ScopedForm, ScopedModelAdmin
from opsdesk.exchange import signatures
from opsdesk.exchange.models import WebhookRefusal, WebhookSource
from opsdesk.exchange.services import webhooks
from opsdesk.lists import moment_in, pill
from opsdesk.navigation import Screen

LATELY_DAYS = 7
# Rows of the table of refusals: the last weeks of a source that is probed every day.
SHOWN_REFUSALS = 30


def _sources() -> list[tuple[str, str]]:
    return [(scheme.source, str(scheme.title)) for scheme in signatures.all_schemes()]


class WebhookForm(ScopedForm):
    source = forms.ChoiceField(
        label=pgettext_lazy("of data", "Source"), choices=_sources, widget=UnfoldAdminSelectWidget()
    )
    new_secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "What the source signs with: Shopify shows it under its webhooks, WooCommerce and "
            "programs of your own take one that you think up. It is never shown again; empty "
            "keeps what is stored."
        ),
    )
    ends_old = forms.BooleanField(
        label=_("Refuse the old secret from now on"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Otherwise both are good for a while, so that nothing is lost meanwhile."),
    )

    class Meta:
        model = WebhookSource
        fields = ["store", "source", "channel", "is_active"]

    def clean_new_secret(self) -> str:
        secret = self.cleaned_data["new_secret"].strip()
        if not secret and self.instance.pk is None:
            raise forms.ValidationError(_("Enter the secret that the source signs with."))
        return secret


@admin.register(WebhookSource)
class WebhookSourceAdmin(ScopedModelAdmin):
    form = WebhookForm
    list_display = ["kind", "store", "channel", "is_active", "refused_lately"]
    list_select_related = ["store", "channel"]
    fields = [("store", "source"), "channel", "new_secret", "is_active"]
    change_form_outer_after_template = "exchange/webhook_more.html"

    @admin.display(description=pgettext_lazy("of data", "source"), ordering="source")
    def kind(self, source: WebhookSource) -> str:
        scheme = signatures.scheme_of(source.source)
        return str(scheme.title) if scheme else source.source

    @admin.display(description=_("refused in 7 days"))
    def refused_lately(self, source: Any) -> SafeString:
        return pill(str(source.refused), "warning" if source.refused else "good")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookSource]:
        today = Func(
            OuterRef("store__timezone"),
            Value(timezone.now()),
            function="timezone",
            output_field=DateTimeField(),
        )
        counts = WebhookRefusal.objects.filter(
            store=OuterRef("store"),
            source=OuterRef("source"),
            # Refusals are counted by the store's business days, so these are what is looked at.
            day__gt=Cast(today, DateField()) - timedelta(days=LATELY_DAYS),
        )
        summed = counts.order_by().values("source").annotate(sum=Sum("count")).values("sum")
        return super().get_queryset(request).annotate(refused=Coalesce(Subquery(summed), 0))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Store and source are the address: other ones are another webhook."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "source", "kind"] if obj else fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Whoever only looks sees no empty field for a secret."""
        if obj is None:
            return self.fields
        secret = ["new_secret", "ends_old"] if self.has_change_permission(request, obj) else []
        return [("store", "kind"), "channel", *secret, "is_active"]

    def save_model(
        self, request: HttpRequest, obj: WebhookSource, form: WebhookForm, change: bool
    ) -> None:
        """The secret by its service, which knows what becomes of the one before it."""
        if change:
            super().save_model(request, obj, form, change)
        given = form.cleaned_data["new_secret"]
        ends_old = form.cleaned_data.get("ends_old", False)
        if not (given or ends_old):
            return
        entered = webhooks.enter_secret(
            store=obj.store,
            source=obj.source,
            secret=given or obj.secrets(timezone.now())[0],
            channel=obj.channel,
            ends_old=ends_old,
            at=timezone.now(),
        )
        if not change:
            obj.pk = entered.pk
            if not obj.is_active:
                WebhookSource.objects.filter(pk=obj.pk).update(is_active=False)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        source = self.get_object(request, object_id)
        address = reverse("webhook", args=[source.store.code, source.source])
        until = source.previous_until
        context = {
            "webhook": source,
            "address": request.build_absolute_uri(address),
            "refusals": _refusals(source)[:SHOWN_REFUSALS],
            "old_until": until
            and gettext("The old secret is good until %(moment)s.")
            % {"moment": moment_in(until, source.store)},
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )


def _refusals(source: WebhookSource) -> QuerySet[WebhookRefusal]:
    return WebhookRefusal.objects.filter(store=source.store_id, source=source.source)


navigation.register(
    "exchange",
    Screen(
        _("Webhooks"),
        "webhook",
        "admin:exchange_webhooksource_changelist",
        "exchange.view_webhooksource",
        rank=75,
    ),
)
