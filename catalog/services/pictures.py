"""Pictures of a product come, are judged, moved and go; the product's row is the lock (CAT-3)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Case, Max, PositiveSmallIntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _

from catalog import images
from catalog.images import CleanPicture, PictureRefused
from catalog.models import PictureReview, Product, ProductPicture
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.storage import needing_room

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.stores.models import User

Kind = ProductPicture.Kind

ADD = "catalog.add_productpicture"
CHANGE = "catalog.change_productpicture"
DELETE = "catalog.delete_productpicture"
REVIEW = "catalog.add_picturereview"

MEBIBYTE = 1024 * 1024


def add_picture(
    *,
    product: Product,
    upload: UploadedFile,
    kind: str,
    alt_text: str,
    actor: User | None,
    at: datetime,
) -> ProductPicture:
    """The picture is made anew, measured, and the last of its product.

    A new main picture makes a detail of the one before. Raises PictureRefused, also for one that is
    there already; NotAllowed; NoRoom where the disk is full, and then nothing is kept.
    """
    _check_right(actor, ADD, product)
    if (upload.size or 0) > images.MOST_BYTES:
        raise PictureRefused(
            _("The file has %(size)d MB; at most %(limit)d MB can be uploaded.")
            % {
                "size": -(-(upload.size or 0) // MEBIBYTE),
                "limit": images.MOST_BYTES // MEBIBYTE,
            }
        )
    # Decoding takes a while: before the lock, not under it.
    clean = images.clean_picture(BytesIO(upload.read()))
    with needing_room(), transaction.atomic():
        return keep_picture(
            product=product, clean=clean, kind=kind, alt_text=alt_text, actor=actor, at=at
        )


def keep_picture(
    *,
    product: Product,
    clean: CleanPicture,
    kind: str,
    alt_text: str,
    actor: User | None,
    at: datetime,
) -> ProductPicture:
    """The last of the product's pictures is this one. Locks the product; the caller commits."""
    pictures = _locked_pictures(product.pk)
    if pictures.filter(sha256=clean.sha256).exists():
        raise PictureRefused(_("This product has this very picture already."))
    if kind == Kind.MAIN:
        pictures.filter(kind=Kind.MAIN).update(kind=Kind.DETAIL)
    last = pictures.aggregate(last=Max("place"))["last"] or 0
    return ProductPicture.objects.create(
        store_id=product.store_id,
        product=product,
        kind=kind,
        place=last + 1,
        alt_text=alt_text,
        file=ContentFile(clean.content, "picture"),
        small=ContentFile(clean.small, "small"),
        format=clean.format,
        sha256=clean.sha256,
        width=clean.width,
        height=clean.height,
        white_border=clean.white_border,
        sharpness=clean.sharpness,
        uploaded_by=actor,
        uploaded_at=at,
    )


def describe_picture(*, picture: ProductPicture, kind: str, alt_text: str, actor: User) -> None:
    """Kind and description are as given; a new main picture makes a detail of the one before."""
    _check_right(actor, CHANGE, picture)
    if kind not in Kind.values or not alt_text:
        raise DomainError(_("Say what the picture shows, and of which kind it is."))
    with transaction.atomic():
        pictures = _locked_pictures(picture.product_id)
        if kind == Kind.MAIN:
            pictures.exclude(pk=picture.pk).filter(kind=Kind.MAIN).update(kind=Kind.DETAIL)
        changed = pictures.filter(pk=picture.pk).update(kind=kind, alt_text=alt_text)
        if not changed:
            raise Conflict(_("Somebody else has deleted this picture."))


def move_picture(*, picture: ProductPicture, step: int, actor: User) -> None:
    """The picture changes places with the next one: step 1 is back, −1 forward. At an end: stays.

    One statement moves both, so that no two pictures ever share a place.
    """
    _check_right(actor, CHANGE, picture)
    with transaction.atomic():
        order = list(_locked_pictures(picture.product_id).order_by("place"))
        here = next((n for n, other in enumerate(order) if other.pk == picture.pk), None)
        if here is None:
            raise Conflict(_("Somebody else has deleted this picture."))
        there = here + step
        if not 0 <= there < len(order):
            return
        one, other = order[here], order[there]
        ProductPicture.objects.filter(pk__in=[one.pk, other.pk]).update(
            place=Case(
                When(pk=one.pk, then=Value(other.place)),
                When(pk=other.pk, then=Value(one.place)),
                output_field=PositiveSmallIntegerField(),
            )
        )


def delete_picture(*, picture: ProductPicture, actor: User) -> None:
    """The row is gone; its files go with the next run of the job that looks for strays.

    Not before: the transaction may yet fail. Safe to repeat.
    """
    _check_right(actor, DELETE, picture)
    with transaction.atomic():
        _locked_pictures(picture.product_id).filter(pk=picture.pk).delete()


def review_picture(
    *,
    picture: ProductPicture,
    clarity: Decimal,
    has_watermark: bool,
    shows_goods: bool,
    actor: User | None,
    at: datetime,
) -> PictureReview:
    """What a person says of it is on record, and counts until somebody says otherwise."""
    _check_right(actor, REVIEW, picture)
    return PictureReview.objects.create(
        picture=picture,
        clarity=clarity,
        has_watermark=has_watermark,
        shows_goods=shows_goods,
        reviewed_by=actor,
        reviewed_at=at,
    )


def _check_right(actor: User | None, permission: str, row: Product | ProductPicture) -> None:
    """Without an actor it is the program's own doing."""
    if actor is not None and not actor.has_perm(permission, row):
        raise NotAllowed(_("You may not change pictures in this store."))


def _locked_pictures(product_id: int) -> QuerySet[ProductPicture]:
    """The product's pictures, which nobody else adds, moves or deletes until the end."""
    Product.objects.select_for_update().order_by("pk").get(pk=product_id)
    return ProductPicture.objects.filter(product=product_id)
