"""Regions are told by code or by name, and kept as short as they are."""

import pytest

from fulfillment import regions


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("330000", "33"),
        ("330100", "3301"),
        ("3301", "3301"),
        ("330106", "330106"),
        ("浙江省", "33"),
        ("浙江杭州", "3301"),
        ("浙江省杭州市西湖区文三路", "330106"),
        ("上海市浦东新区", "310115"),
        ("cn", "CN"),
        (" DE ", "DE"),
    ],
)
def test_a_region_is_told_by_code_or_name(text, code):
    assert regions.code_of(text) == code


@pytest.mark.parametrize("text", ["", "999999", "33010", "Atlantis", "３３"])
def test_what_nobody_knows_is_refused_with_its_words(text):
    with pytest.raises(regions.UnknownRegion, match="is no region"):
        regions.code_of(text)
    assert regions.found_in(text) == ""


def test_a_place_lies_in_what_its_code_begins_with():
    assert regions.around("330106") == ["330106", "3301", "33", "CN"]
    assert regions.around("DE") == ["DE"]
    assert regions.around("") == []


def test_a_region_is_called_by_its_name():
    assert regions.name_of("3301") == "浙江省 杭州市"
    assert regions.name_of("CN") == "all of China"
    assert regions.name_of("DE") == "DE"
