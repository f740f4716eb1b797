"""Log-ins that fail wait longer each time, before any password is looked at.

An attempt takes its turn first (`take_turn`) and is counted as failed; the right password gives
the turn back (`give_back`). Of attempts made at once only one gets each turn, so a burst tries no
more passwords than a queue. Somebody who attacks an account slows down themselves: its owner comes
in from elsewhere. A name that does not exist waits like one that does.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac

from opsdesk.access.models import Guard

FORGOTTEN_AFTER = timedelta(days=1)
# A provider hands a customer a network of this size: within it an address costs nothing.
_V6_NETWORK = 64


@dataclass(frozen=True)
class Limit:
    """So many failures are free; then the wait doubles from 2 s up to `longest`."""

    free: int
    longest: timedelta


# Typing errors are free, guessing is not. An address may be a whole office behind one router.
OF_ACCOUNT_AND_ADDRESS = Limit(free=5, longest=timedelta(hours=1))
OF_ADDRESS = Limit(free=100, longest=timedelta(minutes=1))
# By person alone: a million codes are soon tried from ten thousand addresses, and whoever is here
# knows the password already.
OF_SECOND_STEP = Limit(free=5, longest=timedelta(minutes=15))
# Links that we signed are not guessed; an address that tries is not in a hurry.
OF_LINKS = Limit(free=30, longest=timedelta(minutes=15))

Keys = list[tuple[str, Limit]]


@dataclass(frozen=True)
class Rate:
    """So many at once, and one more after each `every`."""

    burst: int
    every: timedelta


# A page that whoever has its link may look at, as people look: again and again, and never like a
# program. Behind one address of a mobile network are thousands of people.
OF_PAGE = Rate(burst=20, every=timedelta(seconds=3))
OF_PAGE_ADDRESS = Rate(burst=120, every=timedelta(milliseconds=500))


def log_in_keys(account: str, address: str) -> Keys:
    name = unicodedata.normalize("NFKC", account).casefold()
    network = _network(address)
    return [
        (_digest("account", name, network), OF_ACCOUNT_AND_ADDRESS),
        (_digest("address", network), OF_ADDRESS),
    ]


def second_step_keys(user_id: int) -> Keys:
    return [(_digest("second step", str(user_id)), OF_SECOND_STEP)]


def link_keys(address: str) -> Keys:
    return [(_digest("link", _network(address)), OF_LINKS)]


def page_rates(page: str, address: str) -> list[tuple[str, Rate]]:
    """Of looking at a page from an address; `page` is what tells it from others."""
    return [
        (_digest("page", page), OF_PAGE),
        (_digest("page address", _network(address)), OF_PAGE_ADDRESS),
    ]


# `free_at` is when all that came would have come at its rate: how far it lies ahead is how much of
# the burst is used. Two at once wait for each other here.
_COUNT = """
INSERT INTO access_guard AS guard (key, failures, free_at, last_at)
VALUES (%(key)s, 0, %(at)s + %(every)s, %(at)s)
ON CONFLICT (key) DO UPDATE
SET free_at = greatest(guard.free_at, %(at)s) + %(every)s, last_at = %(at)s
WHERE guard.free_at <= %(at)s + %(ahead)s
RETURNING key
"""


def count(rates: list[tuple[str, Rate]], *, at: datetime) -> timedelta | None:
    """None: it is within every rate, and counted. Else how long to wait, which costs nothing."""
    for key, rate in rates:
        ahead = rate.every * (rate.burst - 1)
        values: dict[str, Any] = {"key": key, "at": at, "every": rate.every, "ahead": ahead}
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, values)
            if cursor.fetchone() is not None:
                continue
        free_at = Guard.objects.filter(key=key).values_list("free_at", flat=True).first() or at
        return max(free_at - ahead - at, timedelta(seconds=1))
    return None


# A turn is the row's update: two attempts at once wait for each other here, and the second sees
# that it comes too early.
_TAKE = """
INSERT INTO access_guard AS guard (key, failures, free_at, last_at)
VALUES (%(key)s, 1, %(at)s, %(at)s)
ON CONFLICT (key) DO UPDATE
SET failures = CASE WHEN guard.last_at < %(forgotten)s THEN 1 ELSE guard.failures + 1 END,
    free_at = %(at)s + CASE
        WHEN guard.last_at < %(forgotten)s OR guard.failures < %(free)s THEN interval '0'
        ELSE LEAST(
            %(longest)s::interval,
            interval '1 second' * power(2, LEAST(guard.failures + 1 - %(free)s, 20))
        )
    END,
    last_at = %(at)s
WHERE guard.free_at <= %(at)s
RETURNING failures
"""


def take_turn(keys: Keys, *, at: datetime) -> timedelta | None:
    """None: the attempt may be made, and counts as failed until it is given back.

    Else how long it has to wait; by the key that makes it wait nothing is counted then.
    """
    for key, limit in keys:
        values: dict[str, Any] = {
            "key": key,
            "at": at,
            "forgotten": at - FORGOTTEN_AFTER,
            "free": limit.free,
            "longest": limit.longest,
        }
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, values)
            if cursor.fetchone() is not None:
                continue
        free_at = Guard.objects.filter(key=key).values_list("free_at", flat=True).first() or at
        return max(free_at - at, timedelta(seconds=1))
    return None


def give_back(keys: Keys) -> None:
    """The attempt was right: failures by the first key are forgotten, by others it alone."""
    (first, _limit), *others = keys
    Guard.objects.filter(key=first).delete()
    Guard.objects.filter(key__in=[key for key, _limit in others]).update(
        failures=Greatest(F("failures") - 1, 0), free_at=F("last_at")
    )


def forget(*, at: datetime) -> int:
    """Guards nobody met for a day are gone. Returns how many; a re-run is harmless."""
    count, _by_model = Guard.objects.filter(last_at__lt=at - FORGOTTEN_AFTER).delete()
    return count


def _network(address: str) -> str:
    parsed = ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    if parsed.version == 4 or mapped:
        return str(mapped or parsed)
    return str(ip_network(f"{parsed}/{_V6_NETWORK}", strict=False))


def _digest(*parts: str) -> str:
    return salted_hmac("opsdesk.access.throttle", "\0".join(parts), algorithm="sha256").hexdigest()
