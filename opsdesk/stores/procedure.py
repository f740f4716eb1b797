"""The numbers of the operating procedure: declared in code, overridden per store and channel.

An app declares its numbers once (`register`); `number_of` answers which holds for a channel at a
moment. The most specific wins: channel, store, every store, the platform's promise, the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store


class Unit(models.TextChoices):
    """What a number counts: time by the clock on the wall, or as the store works."""

    MINUTES = "minutes", _("minutes")
    WORKING_MINUTES = "working_minutes", _("minutes of working time")
    WORKING_DAYS = "working_days", _("working days")
    DAYS = "days", _("days")
    TIMES = "times", _("times")
    TIMES_A_DAY = "times_a_day", _("times a day")
    REQUESTS = "requests", _("requests")
    PIECES = "pieces", _("pieces")
    PERCENT = "percent", _("percent")
    LETTERS = "letters", _("letters, a Chinese one counts as two")
    MONEY = "money", _("in the store's currency")
    PIXELS = "pixels", _("pixels")
    POINTS = "points", _("points")
    SECONDS = "seconds", _("seconds")
    HOUR = "hour", _("o'clock")
    SWITCH = "switch", _("1 for yes, 0 for no")


# In which a promise may be given: by the clock on the wall, or as the store works.
OF_TIME = (Unit.MINUTES, Unit.WORKING_MINUTES, Unit.WORKING_DAYS)
CHOICES_OF_TIME = [(unit.value, unit.label) for unit in OF_TIME]
MOST_DAYS = Decimal(366)


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal
    unit: Unit


@dataclass(frozen=True)
class Setting:
    """One number of the procedure. `platforms` are promises that a platform imposes.

    Default, limits and promises are in its own `unit`; one with a clock (`has_clock`) may also be
    given in working time. A limit says what people may do alone: it is never changed by one person.
    """

    key: str
    clause: str
    title: str | Promise
    default: Decimal
    unit: Unit
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(10_000_000)
    platforms: Mapping[str, Decimal] = field(default_factory=dict)
    is_limit: bool = False
    has_clock: bool = False

    @property
    def units(self) -> tuple[Unit, ...]:
        """In which the number may be given, its own first."""
        others = OF_TIME if self.has_clock else ()
        return (self.unit, *(unit for unit in others if unit != self.unit))

    def limits(self, unit: Unit) -> tuple[Decimal, Decimal]:
        """The smallest and the largest value in that unit."""
        if unit == Unit.WORKING_DAYS and self.unit != unit:
            return Decimal(1), MOST_DAYS
        return self.minimum, self.maximum


# Key, store id, channel id: both empty is every store.
Scope = tuple[str, int | None, int | None]


class UnknownSetting(LookupError):
    """No app declares a setting with this key."""


_settings: dict[str, Setting] = {}


def register(*settings: Setting) -> None:
    for setting in settings:
        known = _settings.setdefault(setting.key, setting)
        if known != setting:
            raise ValueError(f"Two settings are called {setting.key}.")


def all_settings() -> list[Setting]:
    return sorted(_settings.values(), key=lambda setting: (setting.clause, setting.key))


def get(key: str) -> Setting:
    try:
        return _settings[key]
    except KeyError as error:
        raise UnknownSetting(f"No setting is called {key}.") from error


def value_of(
    key: str, *, store: Store | None, channel: Channel | None = None, at: datetime
) -> Decimal:
    """The value of `number_of`, for numbers that have one unit only."""
    return number_of(key, store=store, channel=channel, at=at).value


def number_of(
    key: str, *, store: Store | None, channel: Channel | None = None, at: datetime
) -> Number:
    """What holds for the channel, the store as a whole, or every store, at that moment."""
    return numbers_of([key], store=store, channel=channel, at=at)[key]


def numbers_of(
    keys: Iterable[str], *, store: Store | None, channel: Channel | None, at: datetime
) -> dict[str, Number]:
    """Key → what holds for the channel at that moment. One query."""
    settings = [get(key) for key in keys]
    overrides = _overrides([setting.key for setting in settings], store=store, at=at)
    return {
        setting.key: most_specific(setting, overrides, store=store, channel=channel)
        for setting in settings
    }


def values_by_store(key: str, *, stores: Iterable[Store], at: datetime) -> dict[int, Decimal]:
    """Store id → what holds for the store as a whole at that moment. One query.

    For numbers that have one unit only.
    """
    from opsdesk.stores.models import SettingOverride

    setting, stores = get(key), list(stores)
    mine = SettingOverride.objects.filter(key=key, channel=None)
    overrides: dict[Scope, Number] = {
        (key, row.store_id, None): row.number
        for row in mine.filter(Q(store__in=stores) | Q(store=None)).in_force(at)
        if row.number is not None
    }
    return {
        store.pk: most_specific(setting, overrides, store=store, channel=None).value
        for store in stores
    }


# Asked for every order that comes in: the ORM takes ten times as long to write this query as the
# database takes to answer it. Says the same as `SettingOverrideQuerySet.in_force`.
_IN_FORCE = """
SELECT DISTINCT ON (key, store_id, channel_id) key, store_id, channel_id, value, unit
FROM stores_settingoverride
WHERE key = ANY(%s) AND (store_id = %s OR store_id IS NULL) AND valid_from <= %s
ORDER BY key, store_id, channel_id, valid_from DESC, id DESC
"""


def _overrides(keys: list[str], *, store: Store | None, at: datetime) -> dict[Scope, Number]:
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [keys, store.pk if store else None, at])
        return {
            (key, store_id, channel_id): Number(value, Unit(unit) if unit else get(key).unit)
            for key, store_id, channel_id, value, unit in cursor.fetchall()
            if value is not None
        }


def most_specific(
    setting: Setting,
    overrides: Mapping[Scope, Number],
    *,
    store: Store | None,
    channel: Channel | None,
) -> Number:
    """Of the overrides in force by (key, store id, channel id), the one closest to the channel."""
    scopes: list[tuple[int | None, int | None]] = [(None, None)]
    if store:
        scopes.insert(0, (store.pk, None))
    if store and channel:
        scopes.insert(0, (store.pk, channel.pk))
    for store_id, channel_id in scopes:
        if (setting.key, store_id, channel_id) in overrides:
            return overrides[(setting.key, store_id, channel_id)]
    promised = setting.platforms.get(channel.platform) if channel else None
    return Number(setting.default if promised is None else promised, setting.unit)
