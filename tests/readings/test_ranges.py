"""What is usual: by median and MAD, so that single strange days don't move it (INS-8)."""

from decimal import Decimal
from statistics import median

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opsdesk.readings.ranges import usual_range

SCORE, CHANGE = Decimal("3.5"), Decimal(50)
values = st.decimals(0, 1_000_000, places=2)
samples = st.lists(values, min_size=1, max_size=20)


def usual(sample):
    return usual_range(sample, score=SCORE, change=CHANGE)


def test_the_example_of_a_modified_z_score():
    """INS-8: median 10, MAD 1: usual reaches 3.5 ÷ 0.6745 to both sides."""
    found = usual([Decimal(value) for value in (8, 9, 10, 11, 12)])

    assert (found.low, found.middle, found.high) == (
        Decimal("4.8110"),
        Decimal(10),
        Decimal("15.1890"),
    )
    assert found.sample == 5


def test_what_never_changes_is_usual_within_the_number_for_changes():
    """INS-8"""
    found = usual([Decimal(100)] * 4)

    assert (found.low, found.high) == (Decimal(50), Decimal(150))


@pytest.mark.parametrize("sample", [[], [Decimal(0)] * 8])
def test_of_nothing_nothing_is_usual(sample):
    """INS-8: nobody is told that something was found where nothing can be said."""
    assert usual(sample) is None


@given(samples)
def test_the_middle_is_usual_and_nothing_is_negative(sample):
    """INS-8"""
    found = usual(sample)
    assume(found)

    assert 0 <= found.low <= found.middle <= found.high
    assert found.middle in found


@given(samples, st.randoms())
def test_the_order_of_days_is_no_matter(sample, random):
    """INS-8"""
    shuffled = list(sample)
    random.shuffle(shuffled)

    assert usual(shuffled) == usual(sample)


@given(st.lists(values, min_size=4, max_size=20), st.decimals(0, 10**10, places=2))
def test_one_strange_day_moves_the_middle_no_further_than_the_others_lie(sample, strange):
    """INS-8: robust; however strange a day was, the middle stays among the others."""
    found = usual([*sample, strange])
    assume(found)

    assert min(sample) <= found.middle <= max(sample)


@given(samples, st.integers(1, 1_000))
def test_counting_in_another_unit_changes_nothing(sample, times):
    """INS-8: what is unusual in yuan is unusual in cents."""
    found, scaled = usual(sample), usual([value * times for value in sample])
    assume(found)

    assert abs(scaled.high - found.high * times) <= Decimal("0.0001") * times
    assert abs(scaled.low - found.low * times) <= Decimal("0.0001") * times


@given(samples)
def test_at_least_half_of_the_days_are_usual(sample):
    """INS-8: at a score from 0.6745 on the range holds what lies within the MAD."""
    found = usual(sample)
    assume(found)
    middle = median(sample)
    spread = median(abs(value - middle) for value in sample)
    near = [value for value in sample if abs(value - middle) <= spread]

    assert all(found.low - Decimal("0.0001") <= value for value in near)
    assert all(value <= found.high + Decimal("0.0001") for value in near)
