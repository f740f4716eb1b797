"""CAT-5: no live listing holds a forbidden word, before it goes live, and every night."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import gates
from catalog.models import Listing
from catalog.services.word_watch import FORBIDDEN, NIGHTLY, TOLERATED, look_over, scan
from opsdesk.alerts.models import Alert
from opsdesk.schedule import jobs
from opsdesk.schedule.services import run_slot
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    """Where 极好 is forbidden, and harmless in 极好看."""
    store = factories.StoreFactory()
    words = factories.WordListFactory(store=store, name="Ours")
    factories.ForbiddenWordFactory(list=words, text="极好", source="Law 9", kind="absolute")
    factories.ForbiddenWordFactory(list=words, text="极好看", is_exception=True)
    return store


def listing_in(store, **texts):
    product = factories.ProductFactory(store=store, name="面霜")
    return factories.ListingFactory(store=store, product=product, **texts)


def test_a_forbidden_word_keeps_a_listing_from_going_live(store):
    """CAT-5: every text is looked at before publication, attributes among them."""
    bad = listing_in(store, title="极好的面霜", attributes={"功效": ["保湿", "极-好"]})
    good = listing_in(store, title="极好看的面霜")

    blockers = gates.blockers_of([bad, good], MOMENT)

    mine = [each for each in blockers[bad.pk] if each.code == "forbidden_word"]
    assert [(each.clause, each.field) for each in mine] == [
        ("CAT-5", "title"),
        ("CAT-5", "attributes"),
    ]
    assert "“极好” in title: absolute term · Law 9 · Ours" in str(mine[0].message)
    assert not [each for each in blockers[good.pk] if each.code == "forbidden_word"]


def test_the_gate_asks_no_more_of_a_hundred_listings_than_of_two(store):
    few = [listing_in(store, title="极好") for _ in range(2)]
    many = few + [listing_in(store, title="极好") for _ in range(98)]
    gates.blockers_of(few, MOMENT)

    def statements(listings):
        listings = list(Listing.objects.filter(pk__in=[each.pk for each in listings]))
        with CaptureQueriesContext(connection) as asked:
            gates.blockers_of(listings, MOMENT)
        return len(asked)

    assert statements(many) == statements(few)


def live(store, **texts):
    return listing_in(store, state="live", published_at=MOMENT, **texts)


def test_an_alert_per_live_listing_opens_and_closes_itself(store):
    """CAT-5: no live listing with a hit stays unseen; drafts are nobody's to see."""
    bad = live(store, title="极好的面霜", usage="极好用，极好")
    live(store, title="面霜")
    listing_in(store, title="极好的面霜")

    first = look_over(store=store, at=MOMENT)
    alert = Alert.objects.get(check_code=FORBIDDEN.code)
    Listing.objects.filter(pk=bad.pk).update(title="面霜", usage="")
    second = look_over(store=store, at=MOMENT)

    assert first == {"listings": 2, "with_hits": 1, "alerts": 1}
    assert (alert.key, alert.subject, alert.clause) == (str(bad.pk), bad, "CAT-5")
    assert alert.evidence == {"words": "极好", "fields": "title, usage", "hits": 3}
    assert second["alerts"] == 0
    assert not Alert.objects.filter(check_code=FORBIDDEN.code).open().exists()


def test_so_many_as_the_number_lets_pass_raise_nothing(store):
    live(store, title="极好的面霜")
    factories.SettingOverrideFactory(key=TOLERATED.key, store=store, value=1)

    assert look_over(store=store, at=MOMENT) == {"listings": 1, "with_hits": 1, "alerts": 0}


def test_the_nightly_run_looks_over_its_own_store(store):
    live(store, title="极好的面霜")
    slot = factories.SlotFactory(
        store=store, job=NIGHTLY.code, slot_at=MOMENT, business_date=MOMENT.date()
    )

    assert jobs.get(NIGHTLY.code).is_per_store
    run_slot(slot.pk, at=MOMENT)

    slot.refresh_from_db()
    assert slot.result == {"listings": 1, "with_hits": 1, "alerts": 1}


def scanned(capsys, store, *more):
    try:
        call_command("scan_words", "--store", store.code, "--json", *more)
        code = 0
    except SystemExit as ending:
        code = ending.code
    return json.loads(capsys.readouterr().out), code


def test_every_hit_in_names_and_texts_is_listed_with_its_place(store, capsys):
    product = factories.ProductFactory(store=store, code="P1", name="极 好面霜")
    row = factories.ListingFactory(store=store, product=product, title="看，极好")

    answer, code = scanned(capsys, store)

    assert code == 3
    assert (answer["products"], answer["listings"]) == (1, 1)
    place = {"product": "P1", "term": "极好", "list": "Ours", "source": "Law 9", "exception": None}
    assert answer["hits"] == [
        {**place, "listing": None, "field": "name", "start": 0, "end": 3, "text": "极 好"},
        {**place, "listing": row.pk, "field": "title", "start": 2, "end": 4, "text": "极好"},
    ]


def test_what_is_allowed_is_told_only_with_all(store, capsys):
    factories.ProductFactory(store=store, name="极好看的杯子")

    assert scanned(capsys, store)[0]["hits"] == []
    answer, code = scanned(capsys, store, "--all")
    assert code == 0
    assert [hit["exception"] for hit in answer["hits"]] == ["极好看"]


def test_products_that_are_off_are_read_with_all(store):
    factories.ProductFactory(store=store, name="极好", is_active=False)

    assert scan(store=store).hits == []
    assert len(scan(store=store, everything=True).hits) == 1


def test_an_unknown_store_is_a_bad_argument():
    with pytest.raises(CommandError) as refusal:
        call_command("scan_words", "--store", "nowhere")

    assert refusal.value.returncode == 2
