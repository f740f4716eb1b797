"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import bins, cases, lateness, misses

__all__ = ["bins", "cases", "lateness", "misses"]

desk.register()
