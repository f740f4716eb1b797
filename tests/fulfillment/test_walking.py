"""The picker's way: each bin once, up one aisle and down the next (FUL-1)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.models import Bin, Zone
from fulfillment.services.walking import walk

BAYS = 12


def bin_at(number, zone, aisle, bay, level):
    zones = [Zone(pk=1, position=1), Zone(pk=2, position=2)]
    return Bin(pk=number, zone=zones[zone], code=f"{number}", aisle=aisle, bay=bay, level=level)


places = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 6), st.integers(1, BAYS), st.integers(1, 3)),
    min_size=1,
    max_size=25,
    unique=True,
).map(lambda found: [bin_at(number, *place) for number, place in enumerate(found, 1)])


def steps_within(aisle):
    """Bays passed from the first bin of an aisle to its last one, in this order."""
    return sum(abs(later.bay - earlier.bay) for earlier, later in pairwise(aisle))


@given(places)
def test_a_walk_comes_by_each_bin_once(bins):
    """FUL-1: pick lists go by zone and bin; a bin that several orders need is one stop."""
    found = walk([*bins, *bins])

    assert len(found) == len(bins)
    assert set(found) == set(bins)


@given(places)
def test_no_aisle_is_left_and_entered_again(bins):
    aisles = [(place.zone.position, place.aisle) for place in walk(bins)]

    assert aisles == sorted(aisles)


@given(places)
def test_each_aisle_is_walked_one_way_only_and_thus_as_short_as_can_be(bins):
    """FUL-1: shortest walk. From one end of what is needed to the other, no step goes back."""
    by_aisle = {}
    for place in walk(bins):
        by_aisle.setdefault((place.zone.position, place.aisle), []).append(place)

    for (_zone, aisle), found in by_aisle.items():
        bays = [place.bay for place in found]
        assert bays == sorted(bays, reverse=aisle % 2 == 0)
        assert steps_within(found) == max(bays) - min(bays)


def test_one_who_leaves_an_aisle_at_its_far_end_enters_the_next_one_there():
    """FUL-1: with whole aisles to fetch, the way between two of them is one step aside."""
    whole = [bin_at(10 * aisle + bay, 0, aisle, bay, 1) for aisle in (1, 2, 3) for bay in (1, 5, 9)]

    found = walk(whole)

    turns = [(a.bay, b.bay) for a, b in pairwise(found) if a.aisle != b.aisle]
    assert turns == [(9, 9), (1, 1)]
