"""Pictures on a product's page: who brings them, who sees them, in which order (CAT-3)."""

import os
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from catalog import files, rules
from catalog.images import PictureRefused
from catalog.models import PictureReview, ProductPicture
from catalog.services import completeness, pictures
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.pictures import drawing, upload, written
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
Kind = ProductPicture.Kind


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def product(store):
    return factories.ProductFactory(store=store)


@pytest.fixture
def operator(client, store):
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    return person


def bring(client, product, content, *, name="cup.png", kind="main"):
    address = reverse("admin:catalog_product_pictures", args=[product.pk])
    given = {"file": upload(content, name), "kind": kind, "alt_text": "A cup"}
    return client.post(address, given, follow=True)


def kept(product, *, kind=Kind.DETAIL, colour="#b5482f"):
    """A picture of the product, brought by code."""
    return pictures.add_picture(
        product=product,
        upload=upload(written(drawing(colour=colour))),
        kind=kind,
        alt_text="A cup",
        actor=None,
        at=MOMENT,
    )


def stored(media):
    return sorted(path for path in Path(media).rglob("*") if path.is_file())


def test_an_uploaded_picture_is_measured_and_shown(client, operator, product):
    """CAT-3"""
    page = bring(client, product, written(drawing()), name="../../cup.php").content.decode()

    picture = ProductPicture.objects.get()
    assert (picture.width, picture.height, picture.white_border) == (800, 800, 100)
    assert picture.uploaded_by == operator
    assert picture.file.name.startswith(f"pictures/{product.store_id}/{product.pk}-")
    assert "nobody has judged it yet" in page
    assert reverse("admin:catalog_productpicture_image", args=[picture.pk]) in page


def test_a_file_that_lies_about_its_type_is_refused_on_the_page(client, operator, product, media):
    """CAT-3"""
    page = bring(client, product, b"<svg onload='alert(1)'/>", name="cup.png")

    assert "This is no whole picture" in page.content.decode()
    assert not ProductPicture.objects.exists()
    assert stored(media) == []


def test_the_same_picture_is_there_once(product):
    """CAT-3"""
    kept(product)

    with pytest.raises(PictureRefused):
        kept(product)


def test_a_new_main_picture_makes_a_detail_of_the_one_before(product):
    """CAT-3"""
    first = kept(product, kind=Kind.MAIN)
    second = kept(product, kind=Kind.MAIN, colour="navy")

    first.refresh_from_db()
    assert (first.kind, second.kind) == (Kind.DETAIL, Kind.MAIN)


def test_a_picture_is_sent_as_a_picture_and_nothing_else(client, operator, product):
    """CAT-3, Y7"""
    picture = kept(product)
    address = reverse("admin:catalog_productpicture_image", args=[picture.pk])

    for query, kind in (("", "image/png"), ("?size=small", "image/webp")):
        answer = client.get(address + query)
        assert answer.getvalue()
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cache-Control"].startswith("private")


def test_another_stores_picture_is_not_there(client, operator):
    """CAT-3: neither to look at nor to change, whatever the role elsewhere."""
    picture = kept(factories.ProductFactory())

    shown = client.get(reverse("admin:catalog_productpicture_image", args=[picture.pk]))
    changed = client.post(
        reverse("admin:catalog_productpicture_act", args=[picture.pk]), {"do": "delete"}
    )

    assert shown.status_code == changed.status_code == 404
    assert ProductPicture.objects.exists()


def test_looking_is_not_changing(client, store, product):
    """CAT-3"""
    client.force_login(factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=store))
    picture = kept(product)

    page = client.get(reverse("admin:catalog_product_change", args=[product.pk]) + "?tab=pictures")

    assert 'name="do"' not in page.content.decode()
    assert bring(client, product, written(drawing(colour="navy"))).status_code == 403
    act = reverse("admin:catalog_productpicture_act", args=[picture.pk])
    assert client.post(act, {"do": "delete"}).status_code == 403


def test_pictures_are_moved_one_place_at_a_time(client, operator, product):
    """CAT-3"""
    one, two, three = (kept(product, colour=colour) for colour in ("red", "green", "blue"))

    for picture, verb in ((three, "up"), (one, "up"), (two, "down")):
        address = reverse("admin:catalog_productpicture_act", args=[picture.pk])
        assert client.post(address, {"do": verb}).status_code == 302

    assert list(product.pictures.order_by("place")) == [one, three, two]


def test_what_no_measure_tells_is_asked_of_a_person(client, operator, product, store):
    """CAT-3: clarity from 4.5, no watermark, shows the goods; the newest word counts."""
    picture = kept(product, kind=Kind.MAIN)
    numbers = rules.numbers_for(store, MOMENT)
    address = reverse("admin:catalog_productpicture_act", args=[picture.pk])

    def is_good():
        return completeness.pictures_of([product.pk], numbers)[product.pk][0].is_good

    assert not is_good()
    client.post(address, {"do": "review", "clarity": "4.5", "shows_goods": "1"})
    assert is_good()
    client.post(
        address, {"do": "review", "clarity": "4.9", "shows_goods": "1", "has_watermark": "1"}
    )
    assert not is_good()
    assert PictureReview.objects.filter(reviewed_by=operator).count() == 2


@pytest.mark.parametrize("clarity", ["5.1", "-1", "", "good", "NaN"])
def test_a_clarity_outside_of_five_is_refused(clarity, client, operator, product):
    """CAT-3"""
    picture = kept(product)
    address = reverse("admin:catalog_productpicture_act", args=[picture.pk])

    client.post(address, {"do": "review", "clarity": clarity})

    assert not PictureReview.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"width": 900}, "square"),
        ({"width": 799, "height": 799}, "size"),
        ({"white_border": 94}, "white"),
        ({"sharpness": 14}, "sharp"),
    ],
)
def test_a_main_picture_is_held_to_what_was_measured(changes, code, store):
    """CAT-3: square, 800 × 800, white background, sharp; a detail need not be square or white."""
    picture = factories.ProductPictureFactory(store=store, kind=Kind.MAIN, **changes)
    review = factories.PictureReviewFactory(picture=picture)
    numbers = rules.numbers_for(store, MOMENT)

    (judged,) = rules.judge_pictures([picture], {picture.pk: review}, numbers)
    picture.kind = Kind.DETAIL
    (as_detail,) = rules.judge_pictures([picture], {picture.pk: review}, numbers)

    assert [verdict.code for verdict in judged.failed] == [code]
    assert as_detail.is_good == (code != "sharp")


def test_a_judgement_is_never_edited_and_goes_with_its_picture_only(store):
    """CAT-3: what a person said stays on record."""
    review = factories.PictureReviewFactory(picture__store=store)
    rows = PictureReview.objects.filter(pk=review.pk)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        rows.update(clarity=5)
    with transaction.atomic():
        rows.delete()
        pytest.raises(DatabaseError, connection.check_constraints)
        transaction.set_rollback(True)
    review.picture.delete()

    connection.check_constraints()
    assert not rows.exists()


def test_the_numbers_are_the_stores_own(store):
    """CAT-3: another least side holds where a store says so."""
    factories.SettingOverrideFactory(
        store=store, key=rules.MAIN_SIDE.key, value=Decimal(1200), valid_from=MOMENT
    )
    picture = factories.ProductPictureFactory(store=store, kind=Kind.MAIN)
    review = factories.PictureReviewFactory(picture=picture)

    (judged,) = rules.judge_pictures(
        [picture], {picture.pk: review}, rules.numbers_for(store, MOMENT)
    )

    assert [verdict.code for verdict in judged.failed] == ["size"]


@pytest.mark.parametrize(
    ("seconds", "is_subtitled", "failed"),
    [(60, True, []), (61, True, ["seconds"]), (30, False, ["subtitled"])],
)
def test_a_video_is_short_and_subtitled(seconds, is_subtitled, failed, store):
    """CAT-3"""
    video = factories.ProductVideoFactory(seconds=seconds, is_subtitled=is_subtitled)

    verdicts = rules.judge_video(video, rules.numbers_for(store, MOMENT))

    assert [verdict.code for verdict in verdicts if not verdict.holds] == failed


def test_files_that_no_row_refers_to_are_deleted_a_day_later(product, media):
    """CAT-3: also those of an upload whose transaction failed; fresh ones may be under way."""
    gone, stays = kept(product), kept(product, colour="navy")
    pictures.delete_picture(picture=gone, actor=factories.UserFactory(is_superuser=True))
    now = timezone.now()

    assert files.delete_strays(at=now) == 0
    assert files.delete_strays(at=now + timedelta(days=2)) == 2
    assert files.delete_strays(at=now + timedelta(days=2)) == 0
    assert [path.name for path in stored(media)] == sorted(
        os.path.basename(field.name) for field in (stays.file, stays.small)
    )


@pytest.mark.django_db(transaction=True)
def test_two_main_pictures_at_once_leave_one(product, monkeypatch):
    """CAT-3"""
    monkeypatch.setattr(pictures, "ContentFile", slowly(ContentFile))
    calls = [partial(kept, product, kind=Kind.MAIN, colour=colour) for colour in ("red", "navy")]

    results = run_together(calls)

    assert all(isinstance(result, ProductPicture) for result in results), results
    assert product.pictures.filter(kind=Kind.MAIN).count() == 1
    assert sorted(product.pictures.values_list("place", flat=True)) == [1, 2]
