"""The pages of a store as visitors get them, and what was found on each visit (INS-2, INS-4)."""

from __future__ import annotations

from datetime import date
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from catalog.models.listings import Listing
from catalog.storefront.reading import is_selector
from opsdesk import http
from opsdesk.audit.triggers import recording
from opsdesk.errors import DomainError
from opsdesk.stores.models import Channel, ScopedQuerySet


def public_address(value: str) -> None:
    """Raises ValidationError where it is no whole web address."""
    try:
        http.checked(value)
    except DomainError as error:
        raise ValidationError(error.message) from error


class StorefrontPageQuerySet(ScopedQuerySet):
    store_field = "channel__store_id"

    def to_visit(self, day: date) -> Self:
        """Active, on a day on which the page is to be there."""
        begun = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(begun, Q(valid_until=None) | Q(valid_until__gte=day), is_active=True)

    def with_last_visit(self) -> Self:
        """Each with `visited_at`, `problems` and `milliseconds`; None where nobody has been."""
        visits = PageVisit.objects.filter(page=OuterRef("pk")).order_by("-at", "-pk")
        return self.annotate(
            visited_at=Subquery(visits.values("at")[:1]),
            problems=Subquery(visits.values("problems")[:1]),
            milliseconds=Subquery(visits.values("milliseconds")[:1]),
        )


class StorefrontPage(models.Model):
    """A page that buyers open, and what has to stand on it.

    Of a listing's page the title and the price are known: the listing's, and what its SKUs sell for
    on the channel. `says` are texts that have to be there, `never_says` such that must not.
    """

    class Kind(models.TextChoices):
        HOME = "home", _("home page")
        CATEGORY = "category", _("category")
        PRODUCT = "product", _("product page")
        ACTIVITY = "activity", _("activity page")
        OTHER = "other", _("other page")

    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        related_name="pages",
        verbose_name=_("channel"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PRODUCT)
    url = models.CharField(
        _("address"),
        max_length=500,
        validators=[public_address],
        help_text=_("As a visitor opens it, with https://."),
    )
    listing = models.ForeignKey(
        Listing,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pages",
        verbose_name=_("listing"),
        help_text=_("Its title and the prices of its SKUs have to stand on the page."),
    )
    price_at = models.CharField(
        _("where the price stands"),
        max_length=200,
        blank=True,
        help_text=_("A CSS selector, for pages that don't say their price to machines."),
    )
    says = models.TextField(
        _("texts that have to be there"), blank=True, help_text=_("One per line.")
    )
    never_says = models.TextField(
        _("texts that must not be there"), blank=True, help_text=_("One per line.")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = StorefrontPageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("storefront page")
        verbose_name_plural = _("storefront pages")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "url"],
                name="storefront_page_once",
                violation_error_message=_("This page of the channel is known already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gte=F("valid_from")),
                name="storefront_page_ends_after_it_begins",
                violation_error_message=_("It can't end before it begins."),
            ),
        ]
        triggers = recording(
            "url",
            "listing",
            "says",
            "never_says",
            "is_active",
            label="{row}.url",
            store="(SELECT c.store_id FROM stores_channel c WHERE c.id = {row}.channel_id)",
        )

    def __str__(self) -> str:
        return self.url

    def clean(self) -> None:
        """A listing's page is on the listing's channel."""
        super().clean()
        if self.listing and self.channel_id and self.listing.channel_id != self.channel_id:
            raise ValidationError({"listing": _("The listing is on another channel.")})
        if self.price_at and not is_selector(self.price_at):
            raise ValidationError({"price_at": _("This is no CSS selector.")})


class PageVisitQuerySet(ScopedQuerySet):
    store_field = "page__channel__store_id"

    def read(self) -> Self:
        """The page came, so that what it shows is known."""
        return self.filter(status__gte=200, status__lt=300)

    def last_of_each(self) -> Self:
        """Of each page the last one."""
        return self.order_by("page_id", "-at", "-pk").distinct("page_id")


class PageVisit(models.Model):
    """What a visitor was given, once. Never edited.

    `problems` are codes of what is wrong, by the numbers of that day; `found` is what was read.
    """

    class Problem(models.TextChoices):
        REFUSED = "refused", _("the address is no public machine's")
        UNREACHABLE = "unreachable", _("nobody answers")
        CUT_OFF = "cut_off", _("the answer did not end in time")
        STATUS = "status", _("answers with an error")
        REDIRECTS = "redirects", _("leads elsewhere")
        SLOW = "slow", _("loads too slowly")
        DEAD_LINKS = "dead_links", _("has dead links")
        PICTURES = "pictures", _("has pictures that don't load")
        PRICE = "price", _("shows another price")
        NO_PRICE = "no_price", _("shows no price")
        TEXT = "text", _("lacks a text")
        FORBIDDEN = "forbidden", _("says what it must not")
        TITLE = "title", _("has another title")
        ROBOTS = "robots", _("asks machines to stay away")

    page = models.ForeignKey(
        StorefrontPage,
        models.CASCADE,
        related_name="visits",
        verbose_name=_("page"),
        db_index=False,
    )
    at = models.DateTimeField(_("visited"))
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    milliseconds = models.PositiveIntegerField(_("took (ms)"))
    problems = ArrayField(
        models.CharField(max_length=12, choices=Problem), verbose_name=_("problems"), default=list
    )
    found = models.JSONField(_("found"), default=dict)

    objects = PageVisitQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("visit of a page")
        verbose_name_plural = _("visits of pages")
        indexes = [models.Index(fields=["page", "-at", "-id"], name="page_visit_latest")]
        triggers = [pgtrigger.Protect(name="kept_as_it_was", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.page_id} {self.at:%Y-%m-%d %H:%M}"
