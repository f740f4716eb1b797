from fulfillment.carriers_api import CarrierViewSet
from fulfillment.quotes_api import QuoteViewSet
from fulfillment.shipments_api import ShipmentViewSet
from fulfillment.short_picks_api import ShortPickViewSet
from fulfillment.waves_api import PickViewSet, WaveViewSet
from opsdesk.api import router

router.register("shipments", ShipmentViewSet, basename="shipments")
router.register("waves", WaveViewSet, basename="waves")
router.register("picks", PickViewSet, basename="picks")
router.register("short-picks", ShortPickViewSet, basename="short-picks")
router.register("quotes", QuoteViewSet, basename="quotes")
router.register("carriers", CarrierViewSet, basename="carriers")
