from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from opsdesk import wording


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (Decimal("1234.5"), "CNY", "¥1,234.50"),
        (Decimal("0"), "USD", "$0.00"),
        (Decimal("7"), "SEK", "SEK 7.00"),
        (None, "CNY", ""),
    ],
)
def test_money_is_read_with_its_currency(amount, currency, words):
    assert wording.money(amount, currency) == words


def test_large_sums_on_a_card_have_no_cents():
    assert wording.whole_money(Decimal("12345.67"), "CNY") == "¥12,346"
    assert wording.whole_money(Decimal("999.50"), "CNY") == "¥999.50"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=30), "in 30 s"),
        (timedelta(minutes=45, seconds=59), "in 45 min"),
        (timedelta(hours=3, minutes=5), "in 3 h 5 min"),
        (timedelta(days=2, hours=3), "in 2 d 3 h"),
        (timedelta(days=12), "in 12 d"),
        (-timedelta(minutes=1), "1 min over"),
    ],
)
def test_time_left_is_said_in_its_two_largest_units(span, words):
    assert wording.time_left(span) == words


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_money_looks_the_same_in_both_languages(language):
    with translation.override(language):
        assert wording.money(Decimal("1234.5"), "CNY") == "¥1,234.50"
