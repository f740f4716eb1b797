"""Purchase orders at every stage, made the way people make them."""

from datetime import timedelta

from catalog.services.purchase_drafts import Draft, Wanted, draft_purchase_order
from catalog.services.purchase_receiving import Came, receive_purchase
from catalog.services.purchase_requests import ask_for_purchase
from catalog.services.purchase_sending import send_purchase_order
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

HOUR = timedelta(hours=1)


class Desk:
    """A store with a supplier, a warehouse and the people a purchase order takes."""

    def __init__(self, store=None):
        self.store = store or factories.StoreFactory()
        self.supplier = factories.SupplierFactory(store=self.store, lead_days=5)
        self.warehouse = factories.WarehouseFactory(store=self.store)
        self.operator = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=self.store)
        self.lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=self.store)
        self.clerk = factories.UserFactory(role=Role.WAREHOUSE, store=self.store)

    def sku(self, code="A-1", cost="12.50"):
        return factories.SkuFactory(store=self.store, code=code, cost=cost)

    def draft(self, *lines, at=MOMENT, actor=None):
        """`lines` are (SKU, pieces); without any 24 pieces of a new SKU."""
        wanted = [Wanted(sku.pk, pieces) for sku, pieces in lines or [(self.sku(), 24)]]
        draft = Draft(self.supplier.pk, self.warehouse.pk, wanted, "Runs out")
        return draft_purchase_order(draft=draft, actor=actor or self.operator, at=at)

    def ask(self, order, at=MOMENT, actor=None):
        return ask_for_purchase(order_id=order.pk, actor=actor or self.operator, at=at)

    def decide(self, order, verdict="approve", *, by=None, at=MOMENT + HOUR):
        """Decided, and carried out as the worker does. Returns the request."""
        order.refresh_from_db()
        approval = decide(
            approval_id=order.approval_id,
            verdict=verdict,
            actor=by or self.lead,
            reason="as planned",
            at=at,
        )
        carrying.carry_out(approval_id=approval.pk, at=at)
        order.refresh_from_db()
        approval.refresh_from_db()
        return approval

    def approved(self, *lines):
        order = self.ask(self.draft(*lines))
        self.decide(order)
        return order

    def sent(self, *lines, expected_on=None):
        return send_purchase_order(
            order_id=self.approved(*lines).pk,
            expected_on=expected_on,
            actor=self.operator,
            at=MOMENT + 2 * HOUR,
        )

    def receive(self, order, note="DN-1", *, at=MOMENT + 24 * HOUR, **pieces):
        """`good` and `damaged` pieces of the first line; all of it unless they are named."""
        line = order.lines.first()
        came = Came(line.sku_id, pieces.get("good", line.missing), pieces.get("damaged", 0))
        return receive_purchase(
            order_id=order.pk, delivery_note=note, came=[came], actor=self.clerk, at=at
        )
