"""The review's rules with their versions, the blacklist, and the regions nothing is sent to."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, navigation, posted
from opsdesk.days import SOUND_DAY
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill
from opsdesk.navigation import Screen
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role
from orders.models import BlacklistEntry, BlockedRegion, Customer, ReviewRule
from orders.review import registry, words
from orders.services import barring, review_rules

MOST_DAYS = 30
# Orders that a trial of a rule shows; the figures above them count all.
TRIED_SHOWN = 20


class RuleFilters(ListFilters):
    store = StoreFilter()

    class Meta:
        model = ReviewRule
        fields: list[str] = []


class RuleForm(forms.Form):
    """What people set about a rule: the common fields, and the values of its check."""

    is_on = forms.BooleanField(label=_("On"), required=False)
    position = forms.IntegerField(label=_("Order of looking"), min_value=1, max_value=999)
    owner_role = forms.ChoiceField(label=_("Holds are for"), choices=Role.choices)
    reason = forms.CharField(label=_("Why it changes"), max_length=300, required=False)
    days = forms.IntegerField(
        label=_("Try on the last days"), min_value=1, max_value=MOST_DAYS, initial=7
    )

    def __init__(self, rule: ReviewRule, *args: Any, **kwargs: Any) -> None:
        check = registry.check_called(rule.code)
        self.values = check.values if check else ()
        now = {**(check.defaults if check else {}), **rule.parameters}
        initial = {
            "is_on": rule.is_on,
            "position": rule.position,
            "owner_role": rule.owner_role,
            "days": 7,
            **{f"value_{each.key}": each.shown(now[each.key]) for each in self.values},
        }
        super().__init__(*args, initial=initial, **kwargs)
        for each in self.values:
            self.fields[f"value_{each.key}"] = each.field()
        self.order_fields(
            ["is_on", "position", "owner_role", *(f"value_{each.key}" for each in self.values)]
        )

    def parameters(self) -> dict[str, Any]:
        return {each.key: self.cleaned_data[f"value_{each.key}"] for each in self.values}


def _on(rule: ReviewRule) -> SafeString:
    return pill(_("on"), "good") if rule.is_on else pill(_("off"))


@admin.register(ReviewRule)
class ReviewRuleAdmin(ReadOnlyList):
    """What is in force in each store. A change is a new version; the old ones stay on the page."""

    filters = RuleFilters
    sorting = keyset.Sorting("position", descending=False)
    empty_title = _("No rules yet")
    empty_hint = _("A store's rules are there a minute after the store is.")
    columns = [
        Column(_("rule"), lambda r: registry.title_of(r.code)),
        Column(_("store"), lambda r: r.store, "od-wide"),
        Column(_("on"), _on),
        Column(_("order of looking"), lambda r: r.position, "od-num od-wide"),
        Column(_("for"), lambda r: r.get_owner_role_display(), "od-wide"),
        Column(_("version"), lambda r: r.version, "od-num"),
        Column(_("set"), lambda r: moment_in(r.set_at, r.store), "od-nowrap od-wide"),
        Column(_("set by"), lambda r: r.set_by or "", "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().list_rows(request).current().select_related("store", "set_by")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        places = {
            "orders.view_blacklistentry": ("blacklistentry", _("Blacklist")),
            "orders.view_blockedregion": ("blockedregion", _("Blocked regions")),
        }
        return [
            (reverse(f"admin:orders_{model}_changelist"), title)
            for right, (model, title) in places.items()
            if request.user.has_perm(right)
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        rule = self.get_object(request, object_id)
        may_change = request.user.has_perm(review_rules.CHANGE, rule)
        form = RuleForm(rule, request.POST or None)
        context: dict[str, Any] = {}
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if form.is_valid():
                if "try" not in request.POST:
                    return self._change(request, rule, form)
                context = self._tried(rule, form)
        context |= {
            **self.admin_site.each_context(request),
            "title": registry.title_of(rule.code),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "rule": rule,
            "check": registry.check_called(rule.code),
            "form": form,
            "may_change": may_change,
            "versions": self._versions(rule),
        }
        return TemplateResponse(request, "orders/review_rule.html", context)

    def _change(self, request: HttpRequest, rule: ReviewRule, form: RuleForm) -> HttpResponse:
        changed = review_rules.change_rule(
            rule_id=rule.pk,
            is_on=form.cleaned_data["is_on"],
            position=form.cleaned_data["position"],
            owner_role=form.cleaned_data["owner_role"],
            parameters=form.parameters(),
            reason=form.cleaned_data["reason"],
            actor=request.user,
            at=timezone.now(),
        )
        said = gettext("Version %(version)s is in force; held orders are looked at again.")
        messages.success(request, said % {"version": changed.version})
        return redirect("admin:orders_reviewrule_change", changed.pk)

    def _tried(self, rule: ReviewRule, form: RuleForm) -> dict[str, Any]:
        looked, held = review_rules.try_rule(
            rule,
            parameters=form.parameters(),
            days=form.cleaned_data["days"],
            at=timezone.now(),
        )
        return {
            "tried": looked,
            "would_hold": len(held),
            "examples": [
                (order, words.facts_of(rule.code, evidence))
                for order, evidence in held[:TRIED_SHOWN]
            ],
        }

    def _versions(self, rule: ReviewRule) -> list[tuple[ReviewRule, list[tuple[str, Any]]]]:
        check = registry.check_called(rule.code)
        values = check.values if check else ()
        rows = ReviewRule.objects.filter(store=rule.store_id, code=rule.code)
        return [
            (row, [(str(each.label), each.told(row.parameters.get(each.key))) for each in values])
            for row in rows.select_related("set_by", "store").order_by("-version")
        ]


class BarringForm(forms.Form):
    """In a store where the person may; the last day counts."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"))
    reason = forms.CharField(label=_("Reason"), max_length=300)
    until = forms.DateField(
        label=_("Until"),
        required=False,
        help_text=_("Empty: until somebody ends it."),
        validators=SOUND_DAY,
    )
    right = ""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.active().visible_to(request.user)
        if not request.user.is_superuser:
            stores = stores.filter(pk__in=request.user.stores_allowing(self.right))
        self.fields["store"].queryset = stores
        self.fields["store"].initial = stores.first()
        self.fields["until"].widget.input_type = "date"

    def terms(self) -> dict[str, Any]:
        store, day = self.cleaned_data["store"], self.cleaned_data["until"]
        end = datetime.combine(day + timedelta(days=1), time(), store.zone) if day else None
        return {"store": store, "reason": self.cleaned_data["reason"], "until": end}


class BlacklistForm(BarringForm):
    phone = forms.CharField(label=_("Phone"), max_length=32, required=False)
    customer = forms.CharField(label=_("Customer id"), max_length=120, required=False)
    right = barring.BLACKLIST
    field_order = ["store", "phone", "customer", "reason", "until"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store, named = cleaned.get("store"), cleaned.get("customer")
        cleaned["customer"] = None
        if store and named:
            cleaned["customer"] = Customer.objects.filter(store=store, external_id=named).first()
            if cleaned["customer"] is None:
                self.add_error("customer", _("The store has no customer with this id."))
        return cleaned


class RegionForm(BarringForm):
    region = forms.CharField(
        label=_("Region"),
        max_length=80,
        help_text=_("A province, city or district by name, such as 浙江宁波, or its code."),
    )
    right = barring.BLOCK
    field_order = ["store", "region", "reason", "until"]


class _BarringAdmin(ReadOnlyList):
    """Rows are added by a form of their own and ended from the list; none is edited or deleted."""

    right = ""
    form_title: str | Promise = ""
    barring_form: type[BarringForm] = BarringForm
    tabs = [
        Tab(
            "in-force",
            pgettext_lazy("a row", "In force"),
            lambda rows: rows.in_force(timezone.now()),
        )
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().list_rows(request).select_related("store", "added_by")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [("new/", _("Add"))] if request.user.has_perm(self.right) else []

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [("end", _("End"))] if request.user.has_perm(self.right) else []

    def bulk(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(self.right):
            raise PermissionDenied
        ids = posted.ids_of(request.POST.getlist("ids"))
        if not ids:
            raise DomainError(gettext("Tick at least one row."))
        ended = barring.end_barring(self.model, ids, actor=request.user, at=timezone.now())
        said = ngettext("%(count)s row ended.", "%(count)s rows ended.", ended)
        messages.success(request, said % {"count": ended})
        return redirect(request.get_full_path())

    def get_urls(self) -> list[URLPattern]:
        name = f"orders_{self.opts.model_name}_new"
        return [path("new/", self.admin_site.admin_view(self.new), name=name), *super().get_urls()]

    def new(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(self.right):
            raise PermissionDenied
        form = self.barring_form(request, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self.keep(request, form)
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, gettext("It holds from now on."))
                return redirect(f"admin:orders_{self.opts.model_name}_changelist")
        return self.form_page(request, form, str(self.form_title), submit=gettext("Add"))

    def keep(self, request: HttpRequest, form: BarringForm) -> None:
        raise NotImplementedError


def _standing(row: BlacklistEntry | BlockedRegion) -> SafeString | str:
    if row.ended_at is not None:
        return pill(_("ended"))
    if row.until is not None:
        return moment_in(row.until, row.store)
    return pill(_("in force"), "warning")


_COMMON = [
    Column(_("reason"), lambda r: r.reason),
    Column(_("until"), _standing, "od-nowrap"),
    Column(_("added"), lambda r: moment_in(r.added_at, r.store), "od-nowrap od-wide"),
    Column(_("added by"), lambda r: r.added_by, "od-wide"),
    Column(_("store"), lambda r: r.store, "od-wide"),
]


@admin.register(BlacklistEntry)
class BlacklistAdmin(_BarringAdmin):
    right = barring.BLACKLIST
    form_title = _("Blacklist a recipient")
    barring_form = BlacklistForm
    empty_title = _("Nobody is on the blacklist")
    columns = [Column(_("recipient"), lambda r: r.hint, "od-nowrap"), *_COMMON]
    fields = [
        "store",
        "hint",
        "reason",
        ("added_at", "added_by"),
        "until",
        ("ended_at", "ended_by"),
    ]

    def keep(self, request: HttpRequest, form: BarringForm) -> None:
        barring.blacklist_recipient(
            **form.terms(),
            phone=form.cleaned_data["phone"],
            customer=form.cleaned_data["customer"],
            actor=request.user,
            at=timezone.now(),
        )


@admin.register(BlockedRegion)
class BlockedRegionAdmin(_BarringAdmin):
    right = barring.BLOCK
    form_title = _("Block a region")
    barring_form = RegionForm
    empty_title = _("Every region is sent to")
    columns = [Column(_("region"), lambda r: r.name), *_COMMON]
    fields = [
        ("store", "code", "name"),
        "reason",
        ("added_at", "added_by"),
        "until",
        ("ended_at", "ended_by"),
    ]

    def keep(self, request: HttpRequest, form: BarringForm) -> None:
        barring.block_region(
            **form.terms(),
            region=form.cleaned_data["region"],
            actor=request.user,
            at=timezone.now(),
        )


navigation.register(
    "orders",
    Screen(
        _("Review rules"),
        "rule",
        "admin:orders_reviewrule_changelist",
        "orders.view_reviewrule",
    ),
)
