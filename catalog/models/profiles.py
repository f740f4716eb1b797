from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.listings import Listing
from opsdesk.stores.models import Channel, Platform, ScopedQuerySet, Store


def every_text() -> list[str]:
    return list(Listing.TEXTS)


class ListingProfile(models.Model):
    """What a listing must tell before buyers see it, on a platform or one channel (CAT-2).

    Without one the platform's own holds (`catalog/profiles.py`).
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="listing_profiles", verbose_name=_("store")
    )
    platform = models.CharField(_("platform"), max_length=20, choices=Platform, blank=True)
    channel = models.ForeignKey(
        Channel,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="listing_profiles",
        verbose_name=_("channel"),
    )
    category = models.CharField(
        _("category"),
        max_length=120,
        blank=True,
        help_text=_("Also of those below it: Food is for Food/Tea as well. Empty: of all."),
    )
    required_texts = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("required texts"),
        default=every_text,
        blank=True,
    )
    required_attributes = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("required attributes"),
        default=list,
        blank=True,
        help_text=_("One name per line, as the channel calls it."),
    )
    minimum_pictures = models.PositiveSmallIntegerField(
        _("least pictures"),
        null=True,
        blank=True,
        help_text=_("Empty: the number of the procedure."),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "platform", "channel_id", "category"]
        verbose_name = _("listing requirement")
        verbose_name_plural = _("listing requirements")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "platform", "channel", "category"],
                name="listing_profile_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(platform="", channel__isnull=False)
                | (~Q(platform="") & Q(channel__isnull=True)),
                name="listing_profile_of_platform_or_channel",
                violation_error_message=_("Name either a platform or a channel."),
            ),
        ]

    def __str__(self) -> str:
        scope = str(self.channel or self.get_platform_display())
        return f"{scope} · {self.category}" if self.category else scope
