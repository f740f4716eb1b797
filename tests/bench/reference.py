"""Order intake as a good engineer writes it by hand: grouped statements, a transaction per order.

Writes row for row what `place_orders` writes. Stock comes last, guarded; whoever loses the last
piece starts again as a waiting order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from orders import contacts
from orders.services.drafts import OrderDraft
from tests.bench.shop import BenchShop

MOST_ATTEMPTS = 5


class SoldOut(Exception):
    """Somebody took the last pieces since they were looked at."""


@dataclass(frozen=True)
class Rule:
    code: str
    starts: str
    seconds: int
    owner_role: str
    source: str


def rules(shop: BenchShop, *, at: datetime) -> list[Rule]:
    """The clocks to write; read once, a hand-written intake would keep them."""
    from opsdesk.deadlines import promised

    return [
        Rule(r["code"], r["starts"], r["seconds"], r["owner_role"], str(r["source"]))
        for r in promised.for_subject("orders.order", store=shop.store, channel=shop.channel, at=at)
        if r["starts"] in ("placed_at", "paid_at")
    ]


class PlainIntake:
    """One connection that takes orders in, one transaction each."""

    def __init__(self, url: str, shop: BenchShop, rules: Sequence[Rule], order_type: int) -> None:
        self.connection: Connection = psycopg2.connect(url)
        self.shop = shop
        self.rules = rules
        self.order_type = order_type

    def place(self, draft: OrderDraft, *, at: datetime) -> bool:
        """The order is there; True if its stock is reserved. Deadlocks are tried again."""
        hopes = True
        for _attempt in range(MOST_ATTEMPTS):
            try:
                with self.connection, self.connection.cursor() as cursor:
                    return self._place(cursor, draft, at, hopes)
            except SoldOut:
                hopes = False
            except psycopg2.errors.DeadlockDetected:
                continue
        raise RuntimeError("The order could not be placed.")

    def _place(self, cursor: Cursor, draft: OrderDraft, at: datetime, hopes: bool) -> bool:
        store = self.shop.store.pk
        cursor.execute(
            """
            SELECT k.code, k.id, s.warehouse_id, s.available
            FROM catalog_sku k LEFT JOIN catalog_stocklevel s ON s.sku_id = k.id
            WHERE k.store_id = %s AND k.code = ANY(%s)
            """,
            [store, [line.sku_code for line in draft.lines]],
        )
        skus = {code: (pk, place, left) for code, pk, place, left in cursor.fetchall()}
        reserves = hopes and all(
            (skus[line.sku_code][2] or 0) >= line.quantity for line in draft.lines
        )
        order_id = self._insert_order(cursor, draft, at if reserves else None)
        cursor.execute(
            "INSERT INTO orders_orderline (order_id, position, sku_id, sku_code, title, quantity,"
            " unit_price, amount) VALUES "
            + ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(draft.lines))
            + " RETURNING id",
            [
                value
                for position, line in enumerate(draft.lines, start=1)
                for value in (
                    order_id,
                    position,
                    skus[line.sku_code][0],
                    line.sku_code,
                    line.title,
                    line.quantity,
                    line.unit_price,
                    line.amount,
                )
            ],
        )
        line_ids = [pk for (pk,) in cursor.fetchall()]
        self._insert_events(cursor, order_id, draft, at if reserves else None)
        self._insert_clocks(cursor, order_id, draft, at if reserves else None)
        if reserves:
            self._reserve(cursor, order_id, draft, line_ids, skus, at)
        return reserves

    def _insert_order(self, cursor: Cursor, draft: OrderDraft, confirmed: datetime | None) -> int:
        store = self.shop.store
        cursor.execute(
            """
            WITH known AS (
                SELECT id FROM orders_customer WHERE store_id = %(store)s AND external_id = %(cu)s
            ), made AS (
                INSERT INTO orders_customer (store_id, external_id, created_at)
                SELECT %(store)s, %(cu)s, now() WHERE NOT EXISTS (SELECT FROM known)
                ON CONFLICT DO NOTHING RETURNING id
            )
            INSERT INTO orders_order (
                store_id, channel_id, external_number, customer_id, review_state, payment_state,
                fulfilment_state, after_sales_state, is_amount_only, currency, total_amount,
                freight_amount, discount_amount, paid_amount, refunded_amount, placed_at, paid_at,
                confirmed_at, region, sealed_contact, phone_digest, content_hash, version,
                created_at, updated_at
            ) VALUES (
                %(store)s, %(channel)s, %(n)s,
                COALESCE((SELECT id FROM known), (SELECT id FROM made)),
                'waiting', 'paid', %(state)s, 'none', false, %(currency)s, %(ta)s,
                %(fa)s, %(da)s, %(pa)s, %(ra)s, %(t0)s, %(t1)s,
                %(confirmed)s, %(rg)s, %(sc)s, %(pd)s, %(h)s, 1,
                now(), now()
            ) ON CONFLICT (store_id, external_number) DO NOTHING RETURNING id
            """,
            {
                "n": draft.external_number,
                "cu": draft.customer,
                "ta": draft.total_amount,
                "fa": draft.freight_amount,
                "da": draft.discount_amount,
                "pa": draft.paid_amount,
                "ra": draft.refunded_amount,
                "t0": draft.placed_at,
                "t1": draft.paid_at,
                "rg": draft.region,
                "sc": contacts.seal(draft.contact, store_id=store.pk, number=draft.external_number),
                "pd": contacts.phone_digest(draft.phone),
                "h": draft.digest(),
                "store": store.pk,
                "channel": self.shop.channel.pk,
                "currency": store.currency,
                "state": "reserved" if confirmed else "waiting",
                "confirmed": confirmed,
            },
        )
        return cursor.fetchone()[0]

    def _insert_events(
        self, cursor: Cursor, order_id: int, draft: OrderDraft, confirmed: datetime | None
    ) -> None:
        happened = [("placed", draft.placed_at), ("paid", draft.paid_at), ("reserved", confirmed)]
        rows = [(order_id, kind, moment) for kind, moment in happened if moment]
        cursor.execute(
            "INSERT INTO orders_orderevent (order_id, kind, at, recorded_at, data) VALUES "
            + ", ".join(["(%s, %s, %s, now(), '{}')"] * len(rows)),
            [value for row in rows for value in row],
        )

    def _insert_clocks(
        self, cursor: Cursor, order_id: int, draft: OrderDraft, confirmed: datetime | None
    ) -> None:
        values: list[Any] = []
        for rule in self.rules:
            started = getattr(draft, rule.starts)
            span = timedelta(seconds=rule.seconds)
            is_met = rule.code == "orders.confirm" and confirmed is not None
            values += [
                rule.code,
                self.shop.store.pk,
                self.shop.channel.pk,
                self.order_type,
                order_id,
                draft.external_number,
                rule.owner_role,
                draft.total_amount,
                "met" if is_met else "running",
                rule.source,
                started,
                rule.seconds,
                started + span,
                confirmed if is_met else None,
            ]
        row = "(" + ", ".join(["%s"] * 14) + ", 0)"
        cursor.execute(
            "INSERT INTO deadlines_deadline (rule, store_id, channel_id, subject_type_id,"
            " subject_id, subject_label, owner_role, money_at_risk, state, source, started_at,"
            " allowed_seconds, due_at, met_at, paused_seconds) VALUES "
            + ", ".join([row] * len(self.rules))
            + " RETURNING id, rule, state, started_at, due_at",
            values,
        )
        timers = [
            (pk, rule, due, started + (due - started) / 2)
            for pk, rule, state, started, due in cursor.fetchall()
            if state == "running"
        ]
        cursor.execute(
            "INSERT INTO deadlines_deadlinetimer (deadline_id, rule, due_at, next_at) VALUES "
            + ", ".join(["(%s, %s, %s, %s)"] * len(timers)),
            [value for timer in timers for value in timer],
        )

    def _reserve(
        self,
        cursor: Cursor,
        order_id: int,
        draft: OrderDraft,
        line_ids: Sequence[int],
        skus: dict[str, tuple[int, int, int]],
        at: datetime,
    ) -> None:
        wanted = [
            (line_id, *skus[line.sku_code][:2], line.quantity)
            for line_id, line in zip(line_ids, draft.lines, strict=True)
        ]
        cursor.execute(
            "INSERT INTO orders_reservation (line_id, sku_id, warehouse_id, quantity, state,"
            " reserved_at) VALUES " + ", ".join(["(%s, %s, %s, %s, 'open', %s)"] * len(wanted)),
            [value for row in wanted for value in (*row, at)],
        )
        cursor.execute(
            "INSERT INTO catalog_stockmovement (sku_id, warehouse_id, quantity, kind, from_state,"
            " to_state, reference, note, at) VALUES "
            + ", ".join(
                ["(%s, %s, %s, 'reserve', 'available', 'reserved', %s, '', %s)"] * len(wanted)
            ),
            [value for row in wanted for value in (*row[1:], f"order:{order_id}", at)],
        )
        # Locks in SKU order: two orders of the same articles wait, they don't deadlock.
        cursor.execute(
            "WITH wanted (sku_id, warehouse_id, quantity) AS (VALUES "
            + ", ".join(["(%s, %s, %s)"] * len(wanted))
            + """
            ), locked AS (
                SELECT s.id, wanted.quantity
                FROM catalog_stocklevel s JOIN wanted USING (sku_id, warehouse_id)
                ORDER BY s.sku_id
                FOR UPDATE OF s
            )
            UPDATE catalog_stocklevel s
            SET available = s.available - locked.quantity, reserved = s.reserved + locked.quantity
            FROM locked
            WHERE s.id = locked.id AND s.available >= locked.quantity
            """,
            [value for row in wanted for value in row[1:]],
        )
        if cursor.rowcount != len(wanted):
            raise SoldOut
