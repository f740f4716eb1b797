from fulfillment.shipments_api import ShipmentViewSet
from opsdesk.api import router

router.register("shipments", ShipmentViewSet, basename="shipments")
