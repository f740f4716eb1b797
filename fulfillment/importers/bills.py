"""`carriers.bills`: what carriers billed for parcels, told by their waybills (FUL-5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.importers import base
from fulfillment.models import Carrier, Parcel, ParcelCharge
from fulfillment.services import billing
from fulfillment.services.billing import Billed
from fulfillment.waybills import folded
from opsdesk.exchange import values
from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Applied, Pending
from opsdesk.exchange.problems import Problem
from opsdesk.exchange.services import checks
from opsdesk.exchange.sheets import Readers

if TYPE_CHECKING:
    from opsdesk.exchange.models import ImportSession
    from opsdesk.stores.models import Store, User


class BillImporter(base.CarrierImporter):
    name = "carriers.bills"
    permission = billing.BILL
    title = gettext_lazy("Bills of carriers (CSV or XLSX)")
    description = gettext_lazy(
        "Columns carrier, waybill, amount, perhaps bill. The amount is what the carrier asks for "
        "the parcel, in the store's currency; one that is there is told anew."
    )
    columns = (
        base.CARRIER,
        Column(
            "waybill",
            gettext_lazy("waybill"),
            ("waybill", "tracking number", "运单号", "快递单号", "运单编号"),
            is_required=True,
        ),
        Column(
            "amount",
            gettext_lazy("billed cost"),
            ("amount", "billed", "cost", "金额", "运费", "应付金额", "结算金额"),
            is_required=True,
        ),
        Column("bill", gettext_lazy("number of the bill"), ("bill", "invoice", "账单号", "账单")),
    )
    model = ParcelCharge
    key_fields = ("carrier", "waybill")

    def readers(self) -> Readers:
        return {
            "carrier": values.identifier,
            "waybill": lambda cell: folded(values.identifier(cell)),
            "amount": values.money,
            "bill": lambda cell: values.text(cell, limit=billing.MOST_BILL),
        }

    def owners(self, store: Store) -> dict[str, int]:
        return dict(Carrier.objects.filter(store=store).values_list("code", "pk"))

    def owner_of(self, data: dict[str, Any], owners: Any) -> Problem | None:
        carrier = owners.get(data["carrier"])
        if carrier is None:
            words = _("The store has no carrier %(carrier)s.") % {"carrier": data["carrier"]}
            return Problem("unknown_carrier", "carrier", words)
        data["carrier_id"] = carrier
        return None

    def check(self, session: ImportSession) -> None:
        reason = _("Line %(line)s tells the same. One file tells it once.")
        checks.reject_repeated_keys(session, column="waybill", reason=reason)

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        """Rows whose parcel is not known, or in a warehouse that is not the person's, say so."""
        parcels = self._parcels(rows, session.store, actor)
        lines = {
            row.row_id: Billed(parcel, Decimal(row.data["amount"]), row.data.get("bill", ""))
            for row in rows
            if (parcel := parcels.get((row.data["carrier_id"], row.data["waybill"])))
        }
        outcomes = billing.put_down(
            list(lines.values()), actor=actor, at=timezone.now(), session_id=session.pk
        )
        charges = dict(
            ParcelCharge.objects.filter(parcel__in=outcomes).values_list("parcel_id", "pk")
        )
        applied = []
        for row in rows:
            if row.row_id in lines:
                parcel = lines[row.row_id].parcel_id
                applied.append(Applied(row.row_id, outcomes[parcel], charges[parcel]))
            else:
                words = _("The carrier has no parcel %(waybill)s of this store.") % {
                    "waybill": row.data["waybill"]
                }
                applied.append(
                    Applied(row.row_id, "rejected", None, "unknown_parcel", words, "waybill")
                )
        return applied

    def _parcels(
        self, rows: Sequence[Pending], store: Store, actor: User | None
    ) -> dict[tuple[int, str], int]:
        """(carrier, waybill) → the parcel, locked; a cancelled one only where there is no other."""
        if actor is not None and not actor.has_perm(self.permission, store):
            return {}
        found = Parcel.objects.filter(
            store=store,
            carrier__in={row.data["carrier_id"] for row in rows},
            waybill__in={row.data["waybill"] for row in rows},
        )
        seen = found if actor is None else found.visible_to(actor)
        standing: dict[tuple[int, str], int] = {}
        cancelled: dict[tuple[int, str], int] = {}
        for parcel in seen.locked().only("carrier_id", "waybill", "state"):
            kind = cancelled if parcel.state == Parcel.State.CANCELLED else standing
            kind[parcel.carrier_id or 0, parcel.waybill] = parcel.pk
        return cancelled | standing

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: Any
    ) -> set[int]:
        """What was put down and not corrected since is not on record any more."""
        return billing.take_back(target_ids, session_id=session.pk)
