"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import (
    bins,
    carriers,
    cases,
    lateness,
    misses,
    packaging,
    prices,
    store_terms,
)

__all__ = ["bins", "carriers", "cases", "lateness", "misses", "packaging", "prices", "store_terms"]

desk.register()
