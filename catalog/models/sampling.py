"""The weekly sample of live listings, and what people found when they looked (CAT-13)."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.listings import Listing
from catalog.models.pictures import ProductPicture
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User


class ListingSampleQuerySet(ScopedQuerySet):
    def being_checked(self) -> Self:
        return self.filter(checked_at=None)


class ListingSample(models.Model):
    """The listings that were drawn in one ISO week, and all that were live at that moment.

    With `seed`, `method` and `population` anybody can draw again and must find the same ones.
    """

    class Method(models.TextChoices):
        SHA256 = "sha256", _("smallest SHA-256 of seed, colon, number of the listing")

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="listing_samples",
        verbose_name=_("store"),
        db_index=False,
    )
    week = models.CharField(_("week"), max_length=8)
    method = models.CharField(_("method"), max_length=8, choices=Method, default=Method.SHA256)
    seed = models.CharField(_("seed"), max_length=80)
    share = models.DecimalField(_("share in percent"), max_digits=5, decimal_places=2)
    population = ArrayField(models.BigIntegerField(), verbose_name=_("live listings"))
    population_size = models.PositiveIntegerField(_("live listings"))
    size = models.PositiveIntegerField(_("drawn"))
    drawn_at = models.DateTimeField(_("drawn"))
    checked_at = models.DateTimeField(_("all checked"), null=True)

    objects = ListingSampleQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        verbose_name = _("weekly check")
        verbose_name_plural = _("weekly checks")
        permissions = [("check_listing", "Can say whether a drawn listing is right")]
        constraints = [
            models.UniqueConstraint(fields=["store", "week"], name="listing_sample_once_a_week"),
            models.CheckConstraint(
                condition=Q(
                    population_size=Func(
                        F("population"),
                        function="cardinality",
                        output_field=models.IntegerField(),
                    )
                ),
                name="listing_sample_population_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=F("population_size")),
                name="listing_sample_of_its_population",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_was_drawn_stays",
                fields=[
                    "store",
                    "week",
                    "method",
                    "seed",
                    "share",
                    "population",
                    "population_size",
                    "size",
                    "drawn_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.week


class ListingSampleItemQuerySet(ScopedQuerySet):
    store_field = "sample__store_id"

    def unanswered(self) -> Self:
        return self.filter(verdict="")

    def checked(self) -> Self:
        """Somebody compared them; a listing that was off could not be."""
        return self.filter(
            verdict__in=[ListingSampleItem.Verdict.RIGHT, ListingSampleItem.Verdict.WRONG]
        )

    def wrong(self) -> Self:
        return self.filter(verdict=ListingSampleItem.Verdict.WRONG)

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class ListingSampleItem(models.Model):
    """One drawn listing: what we said of it at that moment, and the last answer to it.

    `facts` is what a person compares: title, numbers, prices, stock, main picture, attributes and
    promises. `published_by` put it live last; somebody else has to look.
    """

    class Verdict(models.TextChoices):
        RIGHT = "right", _("right")
        WRONG = "wrong", _("wrong")
        OFF = "off", _("no longer live")

    class Error(models.TextChoices):
        TITLE = "title", _("title")
        PRICE = "price", _("price")
        PICTURE = "picture", _("picture")
        DESCRIPTION = "description", _("description")
        STOCK = "stock", _("stock")
        LINK = "link", _("link")

    sample = models.ForeignKey(
        ListingSample,
        models.PROTECT,
        related_name="items",
        verbose_name=_("weekly check"),
        db_index=False,
    )
    listing = models.ForeignKey(
        Listing, models.PROTECT, related_name="samplings", verbose_name=_("listing")
    )
    place = models.PositiveIntegerField(_("place"))
    facts = models.JSONField(_("what we say"))
    published_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("published by"),
        db_index=False,
    )
    verdict = models.CharField(_("answer"), max_length=5, choices=Verdict, blank=True)
    error = models.CharField(_("what is wrong"), max_length=11, choices=Error, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = ListingSampleItemQuerySet.as_manager()

    class Meta:
        ordering = ["sample_id", "place"]
        default_permissions = ()
        verbose_name = _("listing of a weekly check")
        verbose_name_plural = _("listings of weekly checks")
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "place"], name="listing_sample_item_one_per_place"
            ),
            models.UniqueConstraint(
                fields=["sample", "listing"], name="listing_sample_item_drawn_once"
            ),
            models.CheckConstraint(
                condition=Q(verdict="", answered_at=None)
                | (~Q(verdict="") & Q(answered_at__isnull=False)),
                name="listing_sample_item_answered_at_a_moment",
            ),
            models.CheckConstraint(
                condition=(Q(verdict="wrong") & ~Q(error="")) | (~Q(verdict="wrong") & Q(error="")),
                name="listing_sample_item_wrong_says_what",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_was_drawn_stays",
                fields=["sample", "listing", "place", "facts", "published_by"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.facts.get("product", self.listing_id))


def photo_path(answer: ListingSampleAnswer, _filename: str) -> str:
    return f"samples/{answer.item.sample.store_id}/{answer.item_id}"


class ListingSampleAnswerQuerySet(ScopedQuerySet):
    store_field = "item__sample__store_id"


class ListingSampleAnswer(models.Model):
    """What one person found. Never edited: a newer one takes its place on the item."""

    item = models.ForeignKey(
        ListingSampleItem,
        models.PROTECT,
        related_name="answers",
        verbose_name=_("listing of a weekly check"),
    )
    verdict = models.CharField(_("answer"), max_length=5, choices=ListingSampleItem.Verdict)
    error = models.CharField(
        _("what is wrong"), max_length=11, choices=ListingSampleItem.Error, blank=True
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    photo = models.FileField(_("photo"), upload_to=photo_path, max_length=200, blank=True)
    photo_format = models.CharField(
        _("format"), max_length=4, choices=ProductPicture.Format, blank=True
    )
    answered_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )
    answered_at = models.DateTimeField(_("answered"))

    objects = ListingSampleAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        verbose_name = _("answer to a weekly check")
        verbose_name_plural = _("answers to weekly checks")
        constraints = [
            models.CheckConstraint(
                condition=(Q(verdict="wrong") & ~Q(error=""))
                | (Q(verdict__in=["right", "off"]) & Q(error="")),
                name="listing_sample_answer_wrong_says_what",
            ),
            models.CheckConstraint(
                condition=Q(photo="", photo_format="") | (~Q(photo="") & ~Q(photo_format="")),
                name="listing_sample_answer_photo_has_format",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="by_somebody_else",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (
                        SELECT FROM catalog_listingsampleitem i
                        WHERE i.id = NEW.item_id AND i.published_by_id = NEW.answered_by_id
                    ) THEN
                        RAISE EXCEPTION 'Who published a listing does not check it.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "item",
                "verdict",
                "error",
                "note",
                "answered_by",
                label=(
                    "(SELECT i.facts ->> 'product' FROM catalog_listingsampleitem i"
                    " WHERE i.id = {row}.item_id)"
                ),
                store=(
                    "(SELECT s.store_id FROM catalog_listingsampleitem i"
                    " JOIN catalog_listingsample s ON s.id = i.sample_id"
                    " WHERE i.id = {row}.item_id)"
                ),
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_verdict_display()}"
