"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import bins, channel_push, lateness, manifests, parcels

__all__ = ["bins", "channel_push", "lateness", "manifests", "parcels"]

desk.register()
