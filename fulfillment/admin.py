"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import lateness

__all__ = ["lateness"]

desk.register()
