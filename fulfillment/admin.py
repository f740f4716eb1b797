"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import (
    bins,
    carriers,
    cases,
    channel_push,
    lanes,
    lateness,
    manifests,
    misses,
    paces,
    packaging,
    parcels,
    picks,
    prices,
    short_picks,
    store_terms,
    waves,
)

__all__ = [
    "bins",
    "carriers",
    "cases",
    "channel_push",
    "lanes",
    "lateness",
    "manifests",
    "misses",
    "paces",
    "packaging",
    "parcels",
    "picks",
    "prices",
    "short_picks",
    "store_terms",
    "waves",
]

desk.register()
