"""What a parcel costs by the row of a price table, to the cent (FUL-5)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.tariff import Band, Extra, Load, billed_grams, charge, freight, volume_grams

DAY = date(2026, 3, 9)
USUAL = Band(0, None, 1_000, Decimal("10.00"), 500, Decimal("2.50"))
grams = st.integers(1, 100_000)
prices = st.decimals(0, 500, places=2)


def total(extras, load=None, *, regions=("330106", "3301", "33", "CN"), day=DAY):
    load = load or Load(2_300)
    return charge(USUAL, extras, load, grams=load.weight_grams, regions=regions, day=day).total


@pytest.mark.parametrize(
    ("weight", "cost"),
    [(1, "10.00"), (1_000, "10.00"), (1_001, "12.50"), (1_500, "12.50"), (2_300, "17.50")],
)
def test_first_weight_and_begun_steps(weight, cost):
    """FUL-5: 10.00 for the first kilogram, 2.50 for each half begun: 2.3 kg are 17.50."""
    assert freight(USUAL, weight) == Decimal(cost)


def test_size_counts_where_it_is_more_than_weight():
    """FUL-5: 40 × 30 × 20 cm by 6000 are 4 kg."""
    size = (400, 300, 200)

    assert volume_grams(size, 6_000) == 4_000
    assert billed_grams(Load(2_300, size), 6_000) == 4_000
    assert billed_grams(Load(5_000, size), 6_000) == 5_000
    assert billed_grams(Load(2_300, size), None) == 2_300
    assert volume_grams((401, 300, 200), 6_000) == 4_010
    assert volume_grams((1, 1, 1), 6_000) == 1


def test_a_band_has_a_fixed_price_and_its_bounds():
    band = Band(1_000, 3_000, 0, Decimal("15.00"))

    assert freight(band, 1_001) == freight(band, 3_000) == Decimal("15.00")
    assert [band.holds(weight) for weight in (1_000, 1_001, 3_000, 3_001)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_minimum_counts_where_weight_costs_less():
    assert freight(Band(0, None, 500, Decimal("4.00"), minimum=Decimal("6.00")), 200) == 6


@pytest.mark.parametrize(
    ("extra", "cost"),
    [
        (Extra("fuel", "fuel", percent=Decimal("3.5")), "18.11"),  # 17.50 × 3.5 % = 0.6125
        (Extra("remote", "remote", amount=Decimal(8), region="33"), "25.50"),
        (Extra("remote", "remote", amount=Decimal(8), region="54"), "17.50"),
        (Extra("holiday", "holiday", Decimal(20), first_day=DAY, last_day=DAY), "21.00"),
        (
            Extra("holiday", "holiday", Decimal(20), first_day=date(2026, 3, 10), last_day=DAY),
            "17.50",
        ),
        (Extra("cash", "cash", Decimal(2), minimum=Decimal(3)), "17.50"),
        (Extra("insurance", "insurance", Decimal(1)), "17.50"),
    ],
)
def test_surcharges_apply_where_they_should(extra, cost):
    """FUL-5: each is worked out from the freight alone, rounded half up."""
    assert total([extra]) == Decimal(cost)


def test_cash_and_insurance_are_percent_of_the_value_and_never_less_than_their_minimum():
    extras = [
        Extra("cash", "cash", Decimal(2), minimum=Decimal(3)),
        Extra("insurance", "insurance", Decimal("0.5"), minimum=Decimal(1)),
    ]

    load = Load(2_300, insured=Decimal("999.00"), collected=Decimal(100))

    assert total(extras, load) == Decimal("17.50") + 3 + Decimal("5.00")


def test_of_remote_areas_the_smallest_counts():
    extras = [
        Extra("remote", "remote", amount=Decimal(8), region="33"),
        Extra("remote", "remote", amount=Decimal(20), region="330106"),
    ]

    assert total(extras) == Decimal("37.50")


def test_the_breakdown_says_in_words_what_is_charged():
    extras = [Extra("fuel", "fuel", percent=Decimal("3.500"))]

    parts = charge(USUAL, extras, Load(2_300), grams=2_300, regions=["CN"], day=DAY).parts

    assert [part.words for part in parts] == [
        "2.3 kg: first 1 kg 10.00, then 3 × 500 g at 2.50",
        "fuel, 3.5 %",
    ]


@given(grams, grams, prices, prices, st.integers(1, 5_000), st.integers(0, 5_000), prices)
def test_more_weight_never_costs_less(one, other, first, step, step_grams, first_grams, least):
    """FUL-5: whatever the numbers of a row are."""
    band = Band(0, None, first_grams, first, step_grams, step, least)
    extras = [Extra("fuel", "fuel", percent=Decimal("7.25"))]

    def cost(weight):
        load = Load(weight)
        return charge(band, extras, load, grams=weight, regions=["CN"], day=DAY).total

    assert cost(min(one, other)) <= cost(max(one, other))


@given(grams, prices, prices, prices)
def test_every_part_is_whole_cents_and_the_total_their_sum(weight, first, step, value):
    extras = [Extra("fuel", "fuel", Decimal("3.333")), Extra("insurance", "i", Decimal("0.777"))]
    band = Band(0, None, 1_000, first, 500, step)

    made = charge(band, extras, Load(weight, insured=value), grams=weight, regions=["CN"], day=DAY)

    assert all(part.amount == round(part.amount, 2) for part in made.parts)
    assert made.total == sum(part.amount for part in made.parts)
