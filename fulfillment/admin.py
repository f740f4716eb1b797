"""The staff's screens on parcels, carriers and bins."""

from fulfillment import desk

desk.register()
