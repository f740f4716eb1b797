"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk
from fulfillment.screens import bins, carriers, lateness, prices, store_terms

__all__ = ["bins", "carriers", "lateness", "prices", "store_terms"]
from fulfillment.screens import cases

__all__ = ["bins", "cases", "lateness"]

desk.register()
