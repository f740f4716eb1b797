"""The weekly sample of live listings: drawn, checked by a person, told of (CAT-13)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256

import pgtrigger
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from catalog.models import (
    Listing,
    ListingSample,
    ListingSampleAnswer,
    ListingSampleItem,
)
from catalog.services import checking, publishing, sampling
from catalog.services.checking import OwnWork, answer_item
from catalog.services.error_rates import ErrorRate, faultless_needed
from catalog.services.sampling import comes_out_again, draw_sample, drawn_from, size_for
from opsdesk.alerts.models import Alert
from opsdesk.audit.context import acting
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.goods import complete_listing
from tests.catalog.pictures import drawing, upload, written
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db
TODAY = MOMENT.date()
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def checker(store):
    return factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)


def live_listings(store, count):
    return factories.ListingFactory.create_batch(
        count, store=store, state="live", published_at=MOMENT
    )


def drawn(store, *, day=TODAY, at=MOMENT):
    return draw_sample(store=store, day=day, at=at)


def answered(item, answer, actor, *, at=MOMENT):
    """`answer` is a verdict, or what is wrong."""
    verdict = answer if answer in ("right", "off") else "wrong"
    error = "" if verdict != "wrong" else answer
    return answer_item(item_id=item.pk, verdict=verdict, error=error, actor=actor, at=at)


def open_alerts(code):
    return Alert.objects.filter(check_code=code, state="open")


def test_a_tenth_of_the_live_listings_is_drawn_and_at_least_one(store):
    """CAT-13: 10 %, rounded up."""
    assert [size_for(count, Decimal(10)) for count in (1, 10, 11, 95)] == [1, 1, 2, 10]
    live_listings(store, 11)
    factories.ListingFactory(store=store)  # a draft is not live

    sample = drawn(store)

    assert (sample.population_size, sample.size, sample.items.count()) == (11, 2, 2)
    assert not Listing.objects.filter(samplings__sample=sample).exclude(state="live").exists()


def test_where_nothing_is_live_nothing_is_drawn(store):
    """CAT-13."""
    assert drawn(store) is None
    assert not ListingSample.objects.exists()


def test_what_is_drawn_can_be_reckoned_by_hand():
    """CAT-13: those with the smallest SHA-256 of "seed:number"."""
    by_hand = sorted((sha256(f"MUYU/2026-W47:{pk}".encode()).hexdigest(), pk) for pk in (5, 6, 7))

    found = drawn_from([7, 5, 6], seed="MUYU/2026-W47", size=2)

    assert found == [pk for _digest, pk in by_hand[:2]]


def test_a_week_is_drawn_once_and_the_next_one_differently_seeded(store):
    """CAT-13: the week of the store's business day, however often the job runs."""
    live_listings(store, 5)

    first = drawn(store)
    again = drawn(store, at=MOMENT + timedelta(hours=1))
    later = drawn(store, day=TODAY + WEEK, at=MOMENT + WEEK)

    assert again is None
    assert {first.week, later.week} == {sampling.week_of(TODAY), sampling.week_of(TODAY + WEEK)}
    assert first.seed != later.seed


def test_the_same_sample_comes_out_again_after_listings_went_and_came(store):
    """CAT-13: the population is kept, so the proof holds later; the database reckons it too."""
    listings = live_listings(store, 30)
    sample = drawn(store)
    Listing.objects.filter(pk__in=[one.pk for one in listings[:9]]).update(state="paused")
    live_listings(store, 4)

    assert comes_out_again(sample)
    assert_invariants_hold()


def test_a_sheet_that_was_tampered_with_does_not_come_out_again(store):
    """CAT-13: the database refuses it; who switches that off is found."""
    live_listings(store, 30)
    sample = drawn(store)
    item = sample.items.first()
    other = next(pk for pk in sample.population if pk not in sampling.redrawn(sample))
    with pytest.raises(DatabaseError), transaction.atomic():
        ListingSampleItem.objects.filter(pk=item.pk).update(listing=other)

    with pgtrigger.ignore("catalog.ListingSampleItem:what_was_drawn_stays"):
        ListingSampleItem.objects.filter(pk=item.pk).update(listing=other)

    assert not comes_out_again(sample)
    with pytest.raises(AssertionError, match="samples-come-out-again"):
        assert_invariants_hold("catalog.samples")


def test_an_item_keeps_what_we_said_when_it_was_drawn(store, checker):
    """CAT-13: title, price, main picture, attributes, stock and promise, as they were."""
    listing = complete_listing(store)
    publishing.publish_listing(listing_id=listing.pk, actor=None, at=MOMENT)
    facts = drawn(store).items.get().facts
    Listing.objects.filter(pk=listing.pk).update(title="Other words")

    assert facts["title"] == "Our title"
    assert [(o["price"], o["in_stock"]) for o in facts["offers"]] == [("39.00", True)]
    assert facts["attributes"]["origin"] == "Ningbo"
    assert facts["picture"]["sha256"]


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_draws(store):
    """CAT-13: the unique key of store and week is the guard."""
    live_listings(store, 12)

    results = run_together([partial(drawn, store) for _run in range(3)])

    assert sum(isinstance(result, ListingSample) for result in results) == 1
    assert ListingSampleItem.objects.count() == 2


def test_a_newer_answer_takes_the_place_of_the_one_before_and_both_stay(store, checker):
    """CAT-13: append-only, with who and when."""
    item = drawn_item(store)

    answered(item, "price", checker)
    answered(item, "right", checker, at=MOMENT + timedelta(hours=1))

    item.refresh_from_db()
    assert (item.verdict, item.error) == ("right", "")
    told = item.answers.values_list("verdict", "error", "answered_by")
    assert list(told) == [("right", "", checker.pk), ("wrong", "price", checker.pk)]
    with pytest.raises(DatabaseError), transaction.atomic():
        ListingSampleAnswer.objects.update(note="never said")


def drawn_item(store, count=1):
    live_listings(store, count)
    return drawn(store).items.first()


def test_who_put_a_listing_live_does_not_check_it(store, checker):
    """CAT-13: somebody else looks; the database holds it too."""
    listing = complete_listing(store)
    with acting(via="page", user=checker):
        publishing.publish_listing(listing_id=listing.pk, actor=checker, at=MOMENT)
    item = drawn(store).items.get()

    with pytest.raises(OwnWork):
        answered(item, "right", checker)
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.ListingSampleAnswerFactory(item=item, answered_by=checker)

    other = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    assert answered(item, "right", other)


def test_only_who_may_check_answers(store):
    """CAT-13."""
    item = drawn_item(store)
    warehouse = factories.UserFactory(role=Role.WAREHOUSE, store=store)

    with pytest.raises(NotAllowed):
        answered(item, "right", warehouse)


def test_a_live_listing_is_not_said_to_be_off(store, checker):
    """CAT-13: what was taken off since counts neither as right nor as wrong."""
    item = drawn_item(store)
    with pytest.raises(DomainError):
        answered(item, "off", checker)

    Listing.objects.update(state="paused")
    answered(item, "off", checker)

    sample = checking.with_counts(ListingSample.objects.all()).get()
    assert (sample.answered, sample.checked, sample.wrong) == (1, 0, 0)
    assert sample.checked_at == MOMENT


def test_a_wrong_listing_is_an_alert_until_it_is_right_again(store, checker):
    """CAT-13: closed by a later answer, in the same moment."""
    item = drawn_item(store)

    answered(item, "price", checker)
    alert = open_alerts("catalog.listing_wrong").get()
    assert (alert.subject_id, alert.owner_role) == (item.listing_id, Role.CATALOG_OPERATOR)

    answered(item, "right", checker, at=MOMENT + timedelta(hours=1))
    assert not open_alerts("catalog.listing_wrong").exists()


def test_a_wrong_listing_that_is_taken_off_is_no_alert_any_more(store, checker):
    """CAT-13."""
    item = drawn_item(store)
    answered(item, "title", checker)
    Listing.objects.filter(pk=item.listing_id).update(state="paused")

    checking.look(store, at=MOMENT + timedelta(minutes=10))

    assert not open_alerts("catalog.listing_wrong").exists()


def test_too_many_wrong_is_an_alert_for_the_operations_lead(store, checker):
    """CAT-13: above 0.1 %; it closes with a later week that keeps the limit."""
    first = drawn_item(store, 10)
    answered(first, "stock", checker)
    alert = open_alerts("catalog.listing_errors").get()
    assert alert.owner_role == Role.OPERATIONS_LEAD
    assert alert.evidence == {"wrong": 1, "checked": 1, "limit": "0.1"}

    later = drawn(store, day=TODAY + WEEK, at=MOMENT + WEEK).items.get()
    answered(later, "right", checker, at=MOMENT + WEEK)

    assert not open_alerts("catalog.listing_errors").exists()


def test_the_sheet_has_a_clock_that_the_last_answer_meets(store, checker):
    """CAT-13: answered within three days, on the catalog operator's desk."""
    live_listings(store, 20)
    sample = drawn(store)
    clock = Deadline.objects.get(rule="catalog.sample_answered")
    assert (clock.subject_id, clock.owner_role) == (sample.pk, Role.CATALOG_OPERATOR)
    assert clock.due_at == MOMENT + timedelta(days=3)

    for item in sample.items.all():
        answered(item, "right", checker)

    clock.refresh_from_db()
    assert (clock.state, clock.met_at) == ("met", MOMENT)


def test_a_sheet_nobody_answers_is_an_alert(store):
    """CAT-13: late is told."""
    drawn_item(store)

    sweep(at=MOMENT + timedelta(days=3, minutes=1))

    assert open_alerts("catalog.sample_answered").exists()


def test_a_photo_is_drawn_anew_and_kept_with_the_answer(store, checker, client):
    """CAT-13."""
    item = drawn_item(store)
    answer = answer_item(
        item_id=item.pk,
        verdict="wrong",
        error="picture",
        photo=upload(written(drawing(64)), "../../evil.html"),
        actor=checker,
        at=MOMENT,
    )
    client.force_login(checker)

    response = client.get(reverse("admin:catalog_listingsample_photo", args=[answer.pk]))

    assert response["Content-Type"] == "image/png"
    assert response.getvalue().startswith(b"\x89PNG")


def test_no_error_among_few_proves_little():
    """CAT-13: 0 of 20 leaves up to 16 %; it takes thousands to show 0.1 %."""
    limit = Decimal("0.1")

    few = ErrorRate(wrong=0, checked=20, population=10_000)
    many = ErrorRate(wrong=0, checked=3_838, population=10_000)

    assert (few.share, few.bounds) == (Decimal("0.00"), (Decimal("0.00"), Decimal("16.11")))
    assert not few.is_above(limit)
    assert not few.is_shown_below(limit)
    assert many.is_shown_below(limit)
    assert faultless_needed(limit, 10_000) == 3_838
    assert faultless_needed(limit, 200) == 200


def test_where_every_listing_was_checked_nothing_is_left_to_guess():
    """CAT-13."""
    assert ErrorRate(wrong=1, checked=8, population=8).bounds == (Decimal("12.50"),) * 2
    assert ErrorRate(wrong=0, checked=0, population=8).bounds is None


def test_the_sheet_is_answered_one_listing_after_the_other(store, checker, client):
    """CAT-13: a button per answer; the next one waiting follows."""
    live_listings(store, 20)
    sample = drawn(store)
    first, second = sample.items.order_by("place")
    client.force_login(checker)
    page = reverse("admin:catalog_listingsample_change", args=[sample.pk])
    address = reverse("admin:catalog_listingsample_answer", args=[first.pk])
    assert client.get(page).context["item"] == first

    client.post(address, {"answer": "price", "note": "49 there"})

    assert client.get(page).context["item"] == second
    told = first.answers.get()
    assert (told.error, told.note, told.answered_by) == ("price", "49 there", checker)
    result = client.get(page, {"tab": "result"}).content.decode()
    assert "1 of 1 checked listings are wrong; 20 were live." in result
    assert "drawn again: the same listings" in client.get(page, {"tab": "proof"}).content.decode()
