"""A warehouse's day by REST alone: waves, picking, packing, shipping, tracking, delivered.

    python examples/day.py https://opsdesk.example od_4f1c09aa_… --warehouse main --carrier sf

It works off the orders that are ready, at most `--orders` of them, as people and conveyors would.
Run it twice: what is done stays done.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from opsdesk_client import GivenEvent, OpsDesk, Order, Pick, Refused, Shipment


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("site")
    parser.add_argument("token")
    parser.add_argument("--warehouse", default="main", help="its code")
    parser.add_argument("--carrier", default="sf", help="its code")
    parser.add_argument("--orders", type=int, default=5)
    asked = parser.parse_args()
    desk = OpsDesk(asked.site, asked.token)
    orders = [desk.order(number) for number in pick(desk, asked.warehouse)]
    here = [order for order in orders if order.fulfilment_state == "reserved"]
    shipped = [ship(desk, order, asked) for order in here[: asked.orders]]
    for shipment in filter(None, shipped):
        follow(desk, shipment)
    return 0 if all(shipped) else 1


def pick(desk: OpsDesk, warehouse: str) -> list[str]:
    """Waves are planned and released, every open list is walked; returns ids of picked orders."""
    desk.plan_waves(warehouse)
    for wave in desk.waves(state="planned"):
        print(f"{wave.number}: {wave.order_count} orders, {wave.piece_count} pieces")
        desk.release_wave(wave.id)
    for one in [*desk.picks(state="open")]:
        walk(desk, one)
    # Also what was picked before this day began, and has not left.
    picked = {
        line.order
        for wave in desk.waves(state="picked")
        for one in desk.picks(wave=wave.id, state="done")
        for line in one.lines
        if line.state == "picked"
    }
    return sorted(picked, key=int)


def walk(desk: OpsDesk, one: Pick) -> None:
    """Every line is fetched where the list says, scanned and put into its tote."""
    taken = desk.assign_pick(one.id)
    lines = sorted(taken.lines, key=lambda line: line.position)
    settled = desk.confirm_lines(
        taken.id,
        [
            {"line": line.id, "picked": line.wanted - line.picked, "sku_code": line.sku_code}
            for line in lines
            if line.state == "open"
        ],
    )
    refused = [each for each in settled if each.outcome == "refused"]
    print(f"{taken.number}: {len(settled) - len(refused)} lines picked, {len(refused)} refused")
    for each in refused:
        print(f"  line {each.line}: {each.detail}")


def ship(desk: OpsDesk, order: Order, asked: argparse.Namespace) -> Shipment | None:
    """The order's goods are in a box with a waybill, and gone; None where that is refused."""
    try:
        told = desk.ship(
            {
                "orders": [order.external_number],
                "warehouse": asked.warehouse,
                "carrier": asked.carrier,
                "waybill": f"SF77{int(order.id):011d}",
                "weight_grams": 640,
            },
            key=f"day-ship-{order.id}",
        )
    except Refused as refused:
        print(f"{order.external_number}: {refused.detail}")
        return None
    print(f"{order.external_number}: {told.number} {told.waybill} {told.state}")
    return desk.shipment(told.id)


def follow(desk: OpsDesk, shipment: Shipment) -> None:
    """The carrier's words, as they come in; the last one delivers the order."""
    left = shipment.handed_over_at or datetime.now(UTC)
    words = (
        ("picked_up", "Picked up"),
        ("in_transit", "Left the sorting centre"),
        ("out_for_delivery", "With the courier"),
        ("delivered", "Signed for"),
    )
    events: list[GivenEvent] = [
        {"at": (left + timedelta(seconds=place)).isoformat(), "state": state, "text": text}
        for place, (state, text) in enumerate(words, start=1)
    ]
    state, _taken = desk.tell_tracking(shipment.id, events, key=f"day-track-{shipment.id}")
    latest = next(desk.tracking(shipment.id))
    order = desk.order(shipment.orders[0].order)
    print(f"{shipment.waybill}: {state}, “{latest.text}”, order {order.fulfilment_state}")


if __name__ == "__main__":
    sys.exit(main())
