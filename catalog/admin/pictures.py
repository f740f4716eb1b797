"""Pictures of a product: uploaded, shown, moved and judged on its page."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Product, ProductPicture
from catalog.services import pictures
from opsdesk import exports, posted
from opsdesk.errors import DomainError

VIEW = "catalog.view_productpicture"
SMALL = "image/webp"


class UploadForm(forms.Form):
    file = forms.FileField(max_length=255)
    kind = forms.ChoiceField(choices=ProductPicture.Kind.choices)
    alt_text = forms.CharField(max_length=200)


class ReviewForm(forms.Form):
    clarity = forms.DecimalField(min_value=Decimal(0), max_value=Decimal(5), decimal_places=1)
    has_watermark = forms.BooleanField(required=False)
    shows_goods = forms.BooleanField(required=False)


def urls(view: Callable[..., Any]) -> list[URLPattern]:
    return [
        path("<int:object_id>/pictures/", view(upload), name="catalog_product_pictures"),
        path("picture/<int:picture_id>/", view(image), name="catalog_productpicture_image"),
        path("picture/<int:picture_id>/act/", view(act), name="catalog_productpicture_act"),
    ]


@require_POST
def upload(request: HttpRequest, object_id: int) -> HttpResponse:
    product = get_object_or_404(Product.objects.visible_to(request.user), pk=object_id)
    if not request.user.has_perm(pictures.ADD, product):
        raise PermissionDenied
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise DomainError(_("Choose a picture, and say what it shows and of which kind it is."))
    given = form.cleaned_data
    pictures.add_picture(
        product=product,
        upload=given["file"],
        kind=given["kind"],
        alt_text=given["alt_text"],
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("The picture is here; now somebody judges it."))
    return redirect(_tab_of(product.pk))


@require_safe
def image(request: HttpRequest, picture_id: int) -> FileResponse:
    """The picture as we made it, or its small copy: as a picture and nothing else."""
    picture = _picture(request, picture_id, VIEW)
    is_small = request.GET.get("size") == "small"
    try:
        content = (picture.small if is_small else picture.file).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return shown(content, SMALL if is_small else f"image/{picture.format}")


shown = exports.picture


@require_POST
def act(request: HttpRequest, picture_id: int) -> HttpResponse:
    needed = {
        "up": pictures.CHANGE,
        "down": pictures.CHANGE,
        "describe": pictures.CHANGE,
        "delete": pictures.DELETE,
        "review": pictures.REVIEW,
    }
    verb = request.POST.get("do", "")
    if verb not in needed:
        raise Http404
    picture = _picture(request, picture_id, needed[verb])
    _act(request, picture, verb)
    anchor = "" if verb == "delete" else f"#picture-{picture.pk}"
    return redirect(f"{_tab_of(picture.product_id)}{anchor}")


def _act(request: HttpRequest, picture: ProductPicture, verb: str) -> None:
    actor = request.user
    if verb == "delete":
        pictures.delete_picture(picture=picture, actor=actor)
        messages.success(request, _("The picture is deleted."))
    elif verb == "describe":
        kind = request.POST.get("kind", "")
        alt_text = posted.text_of(request, "alt_text", most=200)
        pictures.describe_picture(picture=picture, kind=kind, alt_text=alt_text, actor=actor)
    elif verb == "review":
        _review(request, picture)
    else:
        step = -1 if verb == "up" else 1
        pictures.move_picture(picture=picture, step=step, actor=actor)


def _review(request: HttpRequest, picture: ProductPicture) -> None:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Clarity is a number from 0 to 5, such as 4.5."))
    pictures.review_picture(
        picture=picture, actor=request.user, at=timezone.now(), **form.cleaned_data
    )
    messages.success(request, _("Your judgement is on record."))


def _picture(request: HttpRequest, picture_id: int, permission: str) -> ProductPicture:
    """The picture, if the person works for its store; else 404. Without the right: refused."""
    visible = ProductPicture.objects.visible_to(request.user).select_related("product")
    picture = get_object_or_404(visible, pk=picture_id)
    if not request.user.has_perm(permission, picture):
        raise PermissionDenied
    return picture


def _tab_of(product_id: int) -> str:
    return f"{reverse('admin:catalog_product_change', args=[product_id])}?tab=pictures"
