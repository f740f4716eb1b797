"""The numbers of the operating procedure: declared in code, overridden per store and channel.

An app declares its numbers once (`register`); `value_of` answers which holds for a channel at a
moment. The most specific wins: channel, store, every store, the platform's promise, the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store


class Unit(models.TextChoices):
    MINUTES = "minutes", _("minutes")
    DAYS = "days", _("days")
    REQUESTS = "requests", _("requests")


@dataclass(frozen=True)
class Setting:
    """One number of the procedure. `platforms` are promises that a platform imposes."""

    key: str
    clause: str
    title: str | Promise
    default: Decimal
    unit: Unit
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(10_000_000)
    platforms: Mapping[str, Decimal] = field(default_factory=dict)


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


def value_of(key: str, *, store: Store, channel: Channel | None = None, at: datetime) -> Decimal:
    """The number that holds for the channel (or the store as a whole) at that moment."""
    return values_for_keys([key], store=store, channel=channel, at=at)[key]


def value_everywhere(key: str, *, at: datetime) -> Decimal:
    """The number that holds where no store has one of its own."""
    setting = get(key)
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [[key], None, at])
        values = [value for _key, store_id, _channel, value in cursor.fetchall() if not store_id]
    return setting.default if not values or values[0] is None else values[0]


def values_for_keys(
    keys: Iterable[str], *, store: Store, channel: Channel | None, at: datetime
) -> dict[str, Decimal]:
    """Key → the number that holds for the channel at that moment. One query."""
    settings = [get(key) for key in keys]
    overrides = _overrides([setting.key for setting in settings], store=store, at=at)
    return {
        setting.key: most_specific(setting, overrides, store=store, channel=channel)
        for setting in settings
    }


# Asked for every order that comes in: the ORM takes ten times as long to write this query as the
# database takes to answer it. Says the same as `SettingOverrideQuerySet.in_force`.
_IN_FORCE = """
SELECT DISTINCT ON (key, store_id, channel_id) key, store_id, channel_id, value
FROM stores_settingoverride
WHERE key = ANY(%s) AND (store_id = %s OR store_id IS NULL) AND valid_from <= %s
ORDER BY key, store_id, channel_id, valid_from DESC, id DESC
"""


def _overrides(
    keys: list[str], *, store: Store, at: datetime
) -> dict[tuple[str, int | None, int | None], Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [keys, store.pk, at])
        return {
            (key, store_id, channel_id): value
            for key, store_id, channel_id, value in cursor.fetchall()
            if value is not None
        }


def most_specific(
    setting: Setting,
    overrides: Mapping[tuple[str, int | None, int | None], Decimal],
    *,
    store: Store,
    channel: Channel | None,
) -> Decimal:
    """Of the overrides in force by (key, store id, channel id), the one closest to the channel."""
    scopes: list[tuple[int | None, int | None]] = [(store.pk, None), (None, None)]
    if channel:
        scopes.insert(0, (store.pk, channel.pk))
    for store_id, channel_id in scopes:
        if (setting.key, store_id, channel_id) in overrides:
            return overrides[(setting.key, store_id, channel_id)]
    promised = setting.platforms.get(channel.platform) if channel else None
    return setting.default if promised is None else promised
