"""What buyers see of a product: pictures, what people say of them, videos (CAT-3)."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Deferrable, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import WebAddressField
from catalog.models.products import Product
from opsdesk.stores.models import ScopedQuerySet, Store, User


def picture_path(picture: ProductPicture, _filename: str) -> str:
    """What a person called the file never reaches the disk; the storage makes the name its own."""
    return f"pictures/{picture.store_id}/{picture.product_id}"


class ProductPicture(models.Model):
    """A picture of a product as we made it anew, with what was measured when it came (CAT-3)."""

    class Kind(models.TextChoices):
        MAIN = "main", _("main picture")
        DETAIL = "detail", _("detail")
        SCENE = "scene", _("scene")
        SIZE_CHART = "size_chart", _("size chart")

    class Format(models.TextChoices):
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"
        WEBP = "webp", "WebP"

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="pictures",
        verbose_name=_("store"),
        db_index=False,
    )
    product = models.ForeignKey(
        Product,
        models.CASCADE,
        related_name="pictures",
        verbose_name=_("product"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.DETAIL)
    place = models.PositiveSmallIntegerField(_("place"))
    alt_text = models.CharField(_("description for those who can't see it"), max_length=200)
    file = models.FileField(_("file"), upload_to=picture_path, max_length=200)
    small = models.FileField(_("small file"), upload_to=picture_path, max_length=200)
    format = models.CharField(_("format"), max_length=4, choices=Format)
    sha256 = models.CharField(_("digest"), max_length=64)
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))
    # Percent of the pixels along the border that are white.
    white_border = models.PositiveSmallIntegerField(_("white border"))
    # How strong its sharpest edges are, 0 to 127: see catalog/images.py.
    sharpness = models.PositiveSmallIntegerField(_("sharpness"))
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["product_id", "place"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "place"],
                name="picture_unique_product_place",
                deferrable=Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["product", "sha256"], name="picture_once_per_product"),
            models.UniqueConstraint(
                fields=["product"], condition=Q(kind="main"), name="picture_one_main"
            ),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0), name="picture_has_an_area"
            ),
            models.CheckConstraint(
                condition=Q(white_border__lte=100), name="picture_white_border_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return self.alt_text

    @property
    def is_square(self) -> bool:
        return self.width == self.height


class PictureReviewQuerySet(ScopedQuerySet):
    store_field = "picture__store_id"


class PictureReview(models.Model):
    """What a person says of a picture that no measure tells; the newest counts.

    The database lets nobody edit or delete one; they go with their picture.
    """

    picture = models.ForeignKey(
        ProductPicture, models.CASCADE, related_name="reviews", verbose_name=_("picture")
    )
    clarity = models.DecimalField(_("clarity, of 5"), max_digits=2, decimal_places=1)
    has_watermark = models.BooleanField(_("a watermark is on it"))
    shows_goods = models.BooleanField(_("it shows the goods as they are"))
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("by")
    )
    reviewed_at = models.DateTimeField(_("judged"), default=timezone.now)

    objects = PictureReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("judgement of a picture")
        verbose_name_plural = _("judgements of pictures")
        constraints = [
            models.CheckConstraint(
                condition=Q(clarity__gte=0, clarity__lte=5), name="picture_review_clarity_of_five"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="what_was_judged_stays", operation=pgtrigger.Update),
            # Looked at last: a picture that is deleted takes its judgements along first.
            pgtrigger.Trigger(
                name="goes_with_its_picture",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (SELECT FROM catalog_productpicture WHERE id = OLD.picture_id) THEN
                        RAISE EXCEPTION 'A judgement of a picture is never deleted.';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.picture}: {self.clarity}"


class ProductVideoQuerySet(ScopedQuerySet):
    store_field = "product__store_id"


class ProductVideo(models.Model):
    """A short film of a product, kept where the channel plays it from (CAT-3)."""

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="videos", verbose_name=_("product")
    )
    title = models.CharField(_("title"), max_length=200)
    url = WebAddressField(_("address"), max_length=500)
    seconds = models.PositiveIntegerField(_("seconds"), validators=[MinValueValidator(1)])
    is_subtitled = models.BooleanField(_("subtitled"), default=False)

    objects = ProductVideoQuerySet.as_manager()

    class Meta:
        ordering = ["product_id", "pk"]
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        constraints = [
            models.CheckConstraint(condition=Q(seconds__gt=0), name="video_has_a_length"),
        ]

    def __str__(self) -> str:
        return self.title
