"""Listings: what each channel shows of a product, and whether buyers see it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.bulk import LISTINGS
from catalog.listing_forms import AddListingForm, ListingForm, ProfileForm
from catalog.models import Listing, ListingProfile, ProductPicture
from catalog.services import completeness, listing_texts, publishing
from catalog.services.publishing import PUBLISH, Blocked
from opsdesk import keyset, posted, wording
from opsdesk.admin import ScopedModelAdmin
from opsdesk.errors import DomainError
from opsdesk.filters import ChannelFilter, ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin, Tab, crumbs, pill, state_pill

State = Listing.State
TONES = {State.LIVE: "good", State.PAUSED: "warning"}


class ListingListFilters(ListFilters):
    product = PrefixFilter(label=_("Product code"), field_name="code", through="product")
    channel = ChannelFilter()
    store = StoreFilter()

    class Meta:
        model = Listing
        fields: list[str] = []


def _completeness(row: Any) -> str | SafeString:
    return pill("100 %", "good") if not row.completeness.missing else f"{row.completeness.score} %"


def _tab(code: State, title: str | Promise) -> Tab:
    return Tab(code.value, title, lambda rows: rows.filter(state=code))


@admin.register(Listing)
class ListingAdmin(KeysetModelAdmin):
    filters = ListingListFilters
    search_fields = ["title__istartswith", "product__code__istartswith"]
    sorting = keyset.Sorting("pk")
    empty_title = _("No listings yet")
    empty_hint = _("A product's page makes one for each channel.")
    columns = [
        Column(_("product"), lambda row: row.product.code, "od-mono od-nowrap"),
        Column(_("title"), lambda row: row.title or row.product.name, "od-name"),
        Column(_("channel"), lambda row: row.channel),
        Column(_("state"), lambda row: state_pill(State, row.state, TONES.get(row.state, ""))),
        Column(_("completeness"), _completeness, "od-num"),
        Column(_("live since"), lambda row: wording.moment(row.published_at), "od-nowrap od-wide"),
        Column(_("store"), lambda row: row.store, "od-wide"),
    ]
    tabs = [
        _tab(State.DRAFT, _("Drafts")),
        _tab(State.LIVE, _("Live")),
        _tab(State.PAUSED, _("Taken off")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("store", "product", "channel")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """How complete a listing is is worked out for the page that is shown, store by store."""
        listings: list[Any] = sorted(shown, key=lambda listing: listing.store_id)
        for _store, of_store in groupby(listings, key=lambda listing: listing.store_id):
            batch = list(of_store)
            complete = completeness.completeness_of(batch, timezone.now())
            for listing in batch:
                listing.completeness = complete[listing.pk]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = super().list_buttons(request)
        if request.user.has_perm("catalog.view_listingprofile"):
            buttons.append((reverse("admin:catalog_listingprofile_changelist"), _("Requirements")))
        return buttons

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return LISTINGS.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return LISTINGS.preview(self, request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("bulk/", view(self.bulk_run), name="catalog_listing_bulk"),
            path("<int:object_id>/act/", view(self.act), name="catalog_listing_act"),
            *super().get_urls(),
        ]

    def bulk_run(self, request: HttpRequest) -> HttpResponse:
        return LISTINGS.run(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A draft for a product on a channel; its texts come on its own page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddListingForm(request.POST or None, user=request.user, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            return redirect("admin:catalog_listing_change", form.save().pk)
        return self.form_page(
            request,
            form,
            gettext("Make a listing"),
            submit=gettext("Make a listing"),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Texts on one side, on the other how complete they are and what can be done."""
        listing = self.get_object(request, object_id)
        may_change = self.has_change_permission(request, listing)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form = ListingForm(request.POST or None, listing=listing, is_open=may_change)
        if request.method == "POST" and form.is_valid() and self._is_saved(request, listing, form):
            return redirect("admin:catalog_listing_change", listing.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": str(listing),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "listing": listing,
            "form": form,
            "standing": completeness.standing_of([listing], timezone.now())[listing.pk],
            "may_change": may_change,
            "may_publish": self.allows(request, PUBLISH, listing),
            "pictures": ProductPicture.objects.filter(product=listing.product_id),
            "tone": TONES.get(listing.state, ""),
        }
        return TemplateResponse(request, "catalog/listing_page.html", context)

    def _is_saved(self, request: HttpRequest, listing: Listing, form: ListingForm) -> bool:
        try:
            listing_texts.change_listing(
                listing_id=listing.pk,
                values=form.values(),
                actor=request.user,
                at=timezone.now(),
            )
        except Blocked as error:
            form.add_error(None, error.message)
            return False
        messages.success(request, gettext("The listing is saved."))
        return True

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Publish, or take off with a reason."""
        listing = self.get_object(request, str(object_id))
        if not self.allows(request, PUBLISH, listing):
            raise PermissionDenied
        verb, at = request.POST.get("do", ""), timezone.now()
        if verb == "publish":
            publishing.publish_listing(listing_id=listing.pk, actor=request.user, at=at)
            messages.success(request, gettext("The listing is live."))
        elif verb == "take_off":
            reason = posted.text_of(request, "reason", most=300)
            if not reason:
                raise DomainError(gettext("Say why: it is put on record."))
            publishing.take_off_listing(
                listing_id=listing.pk, reason=reason, actor=request.user, at=at
            )
            messages.success(request, gettext("The listing is taken off."))
        else:
            raise Http404
        return redirect("admin:catalog_listing_change", listing.pk)


@admin.register(ListingProfile)
class ListingProfileAdmin(ScopedModelAdmin):
    """What a store asks of its listings beyond, or instead of, what the platform asks (CAT-2)."""

    form = ProfileForm
    can_delete_rows = True
    list_display = ["__str__", "store", "category", "minimum_pictures"]
    list_select_related = ["store", "channel"]
    fields = [
        "store",
        ("platform", "channel"),
        ("category", "minimum_pictures"),
        "required_texts",
        "required_attributes",
    ]
