"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import (
    bins,
    carriers,
    cases,
    channel_push,
    lateness,
    manifests,
    misses,
    packaging,
    parcels,
    prices,
    store_terms,
)

__all__ = [
    "bins",
    "carriers",
    "cases",
    "channel_push",
    "lateness",
    "manifests",
    "misses",
    "packaging",
    "parcels",
    "prices",
    "store_terms",
]

desk.register()
