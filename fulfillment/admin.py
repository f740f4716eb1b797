"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import bins, lateness

__all__ = ["bins", "lateness"]

desk.register()
