from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.products import Product
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, Store


class ListingQuerySet(ScopedQuerySet):
    def live(self) -> Self:
        return self.filter(state=Listing.State.LIVE)


class Listing(models.Model):
    """A product as one channel shows it: its words there, and whether buyers see it (CAT-2)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", pgettext_lazy("a listing", "live")
        PAUSED = "paused", _("taken off")

    # What buyers read, in the order in which a page shows it.
    TEXTS = (
        "title",
        "description",
        "material",
        "function",
        "usage",
        "cautions",
        "after_sales",
    )

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="listings", verbose_name=_("store")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="listings", verbose_name=_("product")
    )
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="listings", verbose_name=_("channel")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    title = models.CharField(_("title"), max_length=300, blank=True)
    description = models.TextField(_("description"), blank=True)
    material = models.CharField(_("material"), max_length=300, blank=True)
    function = models.TextField(_("function"), blank=True)
    usage = models.TextField(_("how to use"), blank=True)
    cautions = models.TextField(_("cautions"), blank=True)
    after_sales = models.TextField(_("after-sales policy"), blank=True)
    attributes = models.JSONField(
        _("attributes"), default=dict, blank=True, help_text=_("What the channel asks of goods.")
    )
    freight = models.DecimalField(
        _("freight"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What the buyer pays for the delivery; 0 is free."),
    )
    external_id = models.CharField(_("number on the channel"), max_length=64, blank=True)
    published_at = models.DateTimeField(_("live since"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        permissions = [("publish_listing", "Can publish listings and take them off")]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "channel"], name="listing_unique_product_channel"
            ),
            models.CheckConstraint(
                condition=~Q(state="live") | Q(published_at__isnull=False),
                name="listing_live_since_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(freight=None) | Q(freight__gte=0),
                name="listing_freight_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "state", "id"], name="listing_store_state"),
        ]
        triggers = recording(
            "state",
            label="(SELECT p.code FROM catalog_product p WHERE p.id = {row}.product_id)",
        )

    def __str__(self) -> str:
        return self.title or str(self.product)
