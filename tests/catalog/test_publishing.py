"""A listing goes live complete or not at all, and once (CAT-2)."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import profiles
from catalog.gates import blockers_of
from catalog.models import Listing, ProductPicture, StockLevel
from catalog.services import completeness, listing_texts, publishing, watching
from catalog.services.publishing import Blocked
from opsdesk.alerts.models import Alert
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.goods import codes, complete_listing, main_picture_of
from tests.concurrency import run_together
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def listing(store):
    return complete_listing(store)


@pytest.fixture
def operator(client, store):
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    return person


def publish(listing, actor=None):
    publishing.publish_listing(listing_id=listing.pk, actor=actor, at=MOMENT)


def blockers(listing):
    return blockers_of([Listing.objects.get(pk=listing.pk)], MOMENT)[listing.pk]


def entries_on(listing):
    return AuditEntry.objects.of(listing).filter(verb="changed")


def test_a_complete_listing_goes_live(listing, operator):
    """CAT-2"""
    found = completeness.completeness_of([listing], MOMENT)[listing.pk]

    publish(listing, operator)

    listing.refresh_from_db()
    assert (found.score, found.missing) == (100, [])
    assert (listing.state, listing.published_at) == ("live", MOMENT)
    assert entries_on(listing).get().after == {"state": "live"}


def _without_stock(listing):
    StockLevel.objects.filter(sku__product=listing.product).delete()


def _with_a_long_video(listing):
    factories.ProductVideoFactory(product=listing.product, seconds=61)


def _unjudged(listing):
    ProductPicture.objects.filter(product=listing.product, kind="scene").delete()
    factories.ProductPictureFactory(store=listing.store, product=listing.product, kind="scene")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda one: Listing.objects.update(description="  "), "text"),
        (lambda one: Listing.objects.update(after_sales=""), "text"),
        (lambda one: Listing.objects.update(attributes={"model": "M", "standard": 1}), "attribute"),
        (lambda one: Listing.objects.update(freight=None), "freight"),
        (lambda one: type(one.product).objects.update(brand=""), "brand"),
        (lambda one: one.product.skus.update(list_price=None), "price"),
        (lambda one: one.product.skus.update(list_price=0), "price"),
        (lambda one: factories.SkuFactory(store=one.store, product=one.product), "options"),
        (_without_stock, "stock"),
        (_unjudged, "pictures"),
        (_with_a_long_video, "video"),
    ],
)
def test_a_listing_with_something_missing_stays_off_and_says_what(spoil, code, listing):
    """CAT-2, CAT-3"""
    spoil(listing)

    with pytest.raises(Blocked) as refusal:
        publish(listing)

    listing.refresh_from_db()
    assert codes(refusal.value.blockers) == [code]
    assert str(refusal.value.blockers[0].message) in refusal.value.message
    assert listing.state == "draft"
    found = completeness.completeness_of([listing], MOMENT)[listing.pk]
    assert 90 <= found.score < 100


def test_all_that_is_missing_is_said_at_once(store):
    """CAT-2"""
    bare = factories.ListingFactory(store=store)

    found = completeness.completeness_of([bare], MOMENT)[bare.pk]

    assert found.score == 0
    assert {"text", "attribute", "brand", "options", "price", "freight", "stock"} <= set(
        codes(found.missing)
    )


def test_a_main_picture_that_fails_blocks_with_its_reason(listing):
    """CAT-3"""
    picture = main_picture_of(listing)
    type(picture).objects.filter(pk=picture.pk).update(width=640, height=640)

    found = blockers(listing)

    assert codes(found) == ["main_picture", "pictures"]
    assert "640 × 640 pixels; at least 800" in str(found[0].message)


def test_what_is_asked_depends_on_the_platform(store):
    """CAT-2: one's own site asks for no attributes, JD for others than Tmall."""
    on_tmall, on_jd = complete_listing(store), complete_listing(store, platform="jd")
    own = complete_listing(store, platform="own")
    Listing.objects.filter(pk=own.pk).update(attributes={})

    assert blockers(on_tmall) == blockers(own) == []
    assert [one.field for one in blockers(on_jd)] == [
        "attribute_manufacturer",
        "attribute_package",
    ]


def test_the_closest_profile_of_the_store_holds(store, listing):
    """CAT-2: an edited profile counts at once, the channel's before the platform's."""
    food = complete_listing(store, category="Food/Tea")

    def asked(one):
        one = Listing.objects.select_related("product", "channel").get(pk=one.pk)
        return list(profiles.profiles_of([one])[one.pk].attributes)

    def profile(attributes, **scope):
        factories.ListingProfileFactory(store=store, required_attributes=attributes, **scope)

    profile(["a"], category="")
    profile(["b"], category="Food")
    assert (asked(listing), asked(food)) == (["a"], ["b"])

    profile(["c"], platform="", channel=food.channel, category="")
    profile(["d"], platform="", channel=listing.channel, category="Cup")
    assert (asked(listing), asked(food)) == (["a"], ["c"])
    assert codes(blockers(food)) == ["attribute"]


def test_a_profile_may_ask_for_more_pictures(store, listing):
    """CAT-2, CAT-3"""
    factories.ListingProfileFactory(store=store, category="", minimum_pictures=4)

    assert codes(blockers(listing)) == ["pictures"]


def test_a_live_listing_is_never_edited_into_less(listing, operator):
    """CAT-2: it is taken off first; a draft may be as empty as one likes."""
    change = partial(listing_texts.change_listing, listing_id=listing.pk, actor=operator, at=MOMENT)
    publish(listing)

    with pytest.raises(Blocked):
        change(values={"cautions": ""})
    change(values={"title": "Another title"})

    listing.refresh_from_db()
    assert (listing.cautions, listing.title) == ("Our cautions", "Another title")
    publishing.take_off_listing(listing_id=listing.pk, reason="Photos", actor=operator, at=MOMENT)
    change(values={"cautions": ""})


def test_taking_off_is_on_record_with_its_reason(listing, operator):
    """CAT-2"""
    publish(listing)

    publishing.take_off_listing(listing_id=listing.pk, reason="Recall", actor=operator, at=MOMENT)

    entry = entries_on(listing).latest("pk")
    assert (entry.after, entry.reason) == ({"state": "paused"}, "Recall")
    with pytest.raises(Conflict):
        publishing.take_off_listing(
            listing_id=listing.pk, reason="Again", actor=operator, at=MOMENT
        )


def test_publishing_needs_its_right_in_the_listings_store(listing):
    """CAT-2"""
    finance = factories.UserFactory(role=Role.FINANCE, store=listing.store)
    elsewhere = factories.UserFactory(role=Role.CATALOG_OPERATOR)

    with pytest.raises(NotAllowed):
        publish(listing, finance)
    with pytest.raises(Conflict):
        publish(listing, elsewhere)
    assert not entries_on(listing).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does(listing):
    """CAT-2: one change of its state; the other learns that it is live."""
    results = run_together([partial(publish, listing)] * 3)

    assert [type(result) for result in results].count(Conflict) == 2, results
    assert entries_on(listing).count() == 1


def test_many_are_looked_at_in_as_many_questions_as_few(store):
    """CAT-2"""
    listings = [complete_listing(store) for _ in range(2)]
    blockers_of(fresh(listings), MOMENT)  # the words in force are kept from here on
    with CaptureQueriesContext(connection) as few:
        assert not any(blockers_of(fresh(listings), MOMENT).values())
    listings += [complete_listing(store) for _ in range(6)]
    with CaptureQueriesContext(connection) as many:
        blockers_of(fresh(listings), MOMENT)

    assert len(many) == len(few) <= 17


def fresh(listings):
    return list(Listing.objects.filter(pk__in=[one.pk for one in listings]).order_by("pk"))


def test_what_blocks_a_live_listing_later_is_an_alert_that_closes_itself(store, listing):
    """CAT-2: found at night; what is only incomplete stays live."""
    publish(listing)
    assert watching.look(store, at=MOMENT)["incomplete"] == 0

    Listing.objects.update(freight=None)
    assert watching.look(store, at=MOMENT)["incomplete"] == 1
    alert = Alert.objects.get(check_code="catalog.listing_incomplete")
    assert (alert.state, alert.subject_id) == ("open", listing.pk)

    Listing.objects.update(freight=9)
    watching.look(store, at=MOMENT)
    alert.refresh_from_db()
    listing.refresh_from_db()
    assert (alert.state, alert.resolution, listing.state) == ("resolved", "self", "live")


def test_the_page_of_a_listing_saves_publishes_and_takes_off(client, operator, listing):
    """CAT-2"""
    page = reverse("admin:catalog_listing_change", args=[listing.pk])
    act = reverse("admin:catalog_listing_act", args=[listing.pk])
    told = {"title": "T", "freight": "5", "attribute_origin": "Hangzhou", "more": "glaze: blue"}
    texts = {name: "Words" for name in Listing.TEXTS if name != "title"}

    client.post(page, {**texts, **told, "attribute_model": "M", "attribute_standard": "S"})
    client.post(act, {"do": "publish"})

    listing.refresh_from_db()
    assert (listing.state, listing.title, listing.freight) == ("live", "T", 5)
    assert listing.attributes == {
        "glaze": "blue",
        "origin": "Hangzhou",
        "model": "M",
        "standard": "S",
    }
    client.post(act, {"do": "take_off", "reason": ""})
    assert Listing.objects.get().state == "live"
    client.post(act, {"do": "take_off", "reason": "Recall"})
    assert Listing.objects.get().state == "paused"


def test_a_refused_publication_shows_the_whole_list(client, operator, listing):
    """CAT-2"""
    Listing.objects.update(freight=None, cautions="")
    act = reverse("admin:catalog_listing_act", args=[listing.pk])
    page = reverse("admin:catalog_listing_change", args=[listing.pk])

    shown = client.post(
        act, {"do": "publish"}, follow=True, headers={"Referer": f"http://testserver{page}"}
    ).content.decode()

    assert "can&#x27;t go live" in shown
    assert "Freight is missing" in shown
    assert "Cautions is missing" in shown


def test_many_are_published_after_a_page_that_says_which(client, operator, store, listing):
    """CAT-2: a blocked one is left alone, with its reasons."""
    bare = factories.ListingFactory(store=store)
    ticked = {"ids": [listing.pk, bare.pk], "bulk": "publish"}

    preview = client.post(reverse("admin:catalog_listing_changelist"), ticked)
    client.post(
        reverse("admin:catalog_listing_bulk"), {"bulk": "publish", "ids": preview.context["ids"]}
    )

    assert preview.context["ids"] == str(listing.pk)
    assert "There is no main picture." in preview.content.decode()
    assert set(Listing.objects.live()) == {listing}


def test_the_list_says_how_complete_each_listing_is(client, store, listing):
    """CAT-2: of several stores at once."""
    half = factories.ListingFactory(title="x")
    client.force_login(factories.UserFactory(is_superuser=True))

    rows = client.get(reverse("admin:catalog_listing_changelist")).context["page"].rows

    found = {row.pk: row.completeness for row in rows}
    assert (found[listing.pk].score, found[listing.pk].missing) == (100, [])
    assert 0 < found[half.pk].score < 100


def test_a_listing_is_made_once_per_channel(client, operator, store):
    """CAT-2"""
    product, channel = factories.ProductFactory(store=store), store.channels.first()
    channel = channel or factories.ChannelFactory(store=store)
    address = reverse("admin:catalog_listing_add")
    given = {"code": product.code, "channel": channel.pk}

    made = client.post(address, given)
    again = client.post(address, given)

    assert made.status_code == 302
    assert "has a listing on this channel already" in again.content.decode()
    assert Listing.objects.get().title == product.name
    foreign = {"code": product.code, "channel": factories.ChannelFactory().pk}
    assert client.post(address, foreign).context["form"].errors
