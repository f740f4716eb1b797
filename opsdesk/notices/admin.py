"""What a person is told, and what they want to be told of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
)

from opsdesk import navigation
from opsdesk.admin import ScopedForm, ScopedModelAdmin
from opsdesk.alerts import storms
from opsdesk.alerts.admin import TONES
from opsdesk.alerts.checks import titles
from opsdesk.alerts.models import Severity
from opsdesk.exchange.adapters import mail, registry
from opsdesk.exchange.models import Target
from opsdesk.lists import Column, ReadOnlyList, Tab, moment_in, pill, state_pill
from opsdesk.navigation import Screen
from opsdesk.notices import services, topics
from opsdesk.notices.models import Notice, Subscription


@admin.register(Notice)
class NoticeAdmin(ReadOnlyList):
    """A person's bell. Opening a notice reads it and leads to the alert."""

    list_template = "notices/list.html"
    empty_title = _("Nothing to tell you yet")
    empty_hint = _("When something comes up on your desk the bell says so on every page.")
    columns = [
        Column(_("notice"), services.line_of),
        Column(_("what happened"), lambda n: n.get_kind_display(), "od-wide"),
        Column(_("severity"), lambda n: state_pill(Severity, n.severity, TONES[n.severity])),
        Column(_("at"), lambda n: moment_in(n.at, n.store), "od-nowrap"),
        Column(_("store"), lambda n: n.store, "od-wide"),
        Column("", lambda n: "" if n.read_at else pill(gettext("new"), "info")),
    ]
    tabs = [Tab("unread", _("Unread"), lambda rows: rows.unread())]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """One's own, for superusers too: somebody else's bell is nobody's business."""
        return Notice.objects.visible_to(request.user).on_the_bell(request.user)

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "alert")

    def work_out(self, request: HttpRequest, shown: list[Notice]) -> None:
        storms.count_folded(notice.alert for notice in shown)

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [(reverse("admin:notices_subscription_changelist"), _("My subscriptions"))]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.read_all))
        return [path("read/", view, name="notices_notice_read"), *super().get_urls()]

    def read_all(self, request: HttpRequest) -> HttpResponse:
        count = services.mark_read(person=request.user, at=timezone.now())
        messages.success(
            request,
            ngettext("%(count)s notice is read.", "%(count)s notices are read.", count)
            % {"count": count},
        )
        return redirect(reverse("admin:notices_notice_changelist"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        notice = self.get_object(request, object_id)
        services.mark_read(person=request.user, at=timezone.now(), notice_ids=[notice.pk])
        if notice.count == 1:
            return redirect(reverse("admin:alerts_alert_change", args=[notice.alert_id]))
        return redirect(f"{reverse('admin:alerts_alert_changelist')}?tab=open")


def _kinds() -> list[tuple[str, str]]:
    """Everything that raises alerts, and what else is told, by title."""
    others = [(code, str(title)) for code, title in topics.all_topics()]
    return sorted([*titles(), *others], key=lambda entry: entry[1])


def _target_choices(request: HttpRequest) -> QuerySet[Target]:
    """Active targets of the person's stores that tell people something."""
    telling = [each.code for each in registry.all_adapters() if each.tells_people]
    reached = [each.code for each in registry.all_adapters() if not each.to_recipient]
    by_address = [*reached, mail.MAIL.code]
    return (
        Target.objects.visible_to(request.user)
        .active()
        .filter(adapter__in=set(telling) & set(by_address))
    )


class SubscriptionForm(ScopedForm):
    """How what comes up is told is one choice; overviews of what is open are another."""

    told = forms.ChoiceField(
        label=_("What comes up is told"),
        choices=Subscription.Told.choices,
        initial=Subscription.Told.AT_ONCE,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("Through the bell always as it comes up."),
    )
    check_codes = forms.MultipleChoiceField(
        label=_("Only these kinds"),
        required=False,
        choices=_kinds,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None ticked: alerts of every kind that the severity above lets through."),
    )

    class Meta:
        model = Subscription
        fields = [
            "store",
            "target",
            "scope",
            "least_severity",
            "tells_daily",
            "tells_weekly",
            "tells_nothing_too",
            "quiet_from",
            "quiet_until",
            "check_codes",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("told", self.instance.told)

    def _get_validation_exclusions(self) -> set[str]:
        """What `told` stands for is looked at as well."""
        return super()._get_validation_exclusions() - {"is_digest", "digests_only"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        # Before the row's own rules look at it.
        self.instance.told = cleaned.get("told", Subscription.Told.AT_ONCE)
        target = cleaned.get("target")
        if target and target.adapter == mail.MAIL.code and not self.instance.person.email:
            self.add_error("target", _("There is no mail address in your account."))
        return cleaned


@admin.register(Subscription)
class SubscriptionAdmin(ScopedModelAdmin):
    form = SubscriptionForm
    list_display = ["store", "way", "words", "quiet"]
    list_display_links = ["store", "way"]
    list_select_related = ["store", "target"]
    fieldsets = [
        (None, {"fields": [("store", "target")]}),
        (
            _("What comes up"),
            {"fields": ["told", ("scope", "least_severity")]},
        ),
        (
            _("Overviews at 9:00"),
            {
                "fields": [("tells_daily", "tells_weekly"), "tells_nothing_too"],
                "description": _("Besides, or instead: what is open, whenever it came up."),
            },
        ),
        (_("Quiet hours"), {"fields": [("quiet_from", "quiet_until")]}),
        # Last: it is long.
        (_("Kinds"), {"fields": ["check_codes"]}),
    ]
    can_delete_rows = True
    formfield_overrides = {
        models.TimeField: {
            "widget": forms.TimeInput(
                attrs={"type": "time", "class": " ".join(INPUT_CLASSES)}, format="%H:%M"
            )
        },
        ArrayField: {},
    }

    @admin.display(description=_("through"))
    def way(self, subscription: Subscription) -> str:
        return str(subscription.target or gettext("the bell"))

    @admin.display(description=_("tells"))
    def words(self, subscription: Subscription) -> str:
        return subscription.words

    @admin.display(description=_("quiet hours"))
    def quiet(self, subscription: Subscription) -> str:
        if subscription.quiet_from is None or subscription.quiet_until is None:
            return "–"
        return f"{subscription.quiet_from:%H:%M}–{subscription.quiet_until:%H:%M}"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return Subscription.objects.filter(person=request.user).order_by("store__code", "pk")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The form knows whose subscription it is before it looks at it."""
        form = super().get_form(request, obj, **kwargs)

        class Personal(form):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.instance.person = request.user

        return Personal

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        if db_field.name == "target":
            kwargs["queryset"] = _target_choices(request)
            kwargs["empty_label"] = gettext("the bell")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


navigation.register(
    "desk",
    Screen(
        _("Notices"),
        "notifications_unread",
        "admin:notices_notice_changelist",
        "notices.view_notice",
        waiting=lambda request: Notice.objects.on_the_bell(request.user).unread(),
        rank=15,
        in_header=True,
    ),
)
