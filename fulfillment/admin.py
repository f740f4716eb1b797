"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import bins, lateness, misses

__all__ = ["bins", "lateness", "misses"]

desk.register()
