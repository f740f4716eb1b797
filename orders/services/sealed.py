"""The contacts of orders follow the keys they are sealed with."""

from __future__ import annotations

import pgtrigger
from django.db import connection, transaction

from opsdesk import sealing
from orders import contacts

BATCH = 2_000
_AUDIT = "orders.Order:audit_update"

_OLD = """
SELECT id, store_id, external_number, sealed_contact FROM orders_order
WHERE id > %s AND sealed_contact <> '' AND substring(sealed_contact FROM 1 FOR %s) <> %s
ORDER BY id LIMIT %s
FOR UPDATE
"""
_STORE = """
UPDATE orders_order o SET sealed_contact = new.sealed, phone_digest = new.digest
FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS new (id, sealed, digest)
WHERE o.id = new.id
"""


def reseal_contacts() -> int:
    """Contacts and their digests are of the newest key. Returns how many orders had an older one.

    In batches that commit on their own, by id; what was broken off goes on where it was. Nothing
    of an order changes by it, so it is no entry of the audit trail. Raises Unreadable.
    """
    total, last = 0, 0
    while True:
        count, last = _reseal_after(last)
        total += count
        if count < BATCH:
            return total


@transaction.atomic
def _reseal_after(last: int) -> tuple[int, int]:
    """How many were sealed anew, and the last of their ids."""
    newest = sealing.marks()[0]
    with connection.cursor() as cursor:
        cursor.execute(_OLD, [last, sealing.MARK, newest, BATCH])
        rows = cursor.fetchall()
        if not rows:
            return 0, last
        found = [_resealed(*row) for row in rows]
        with pgtrigger.ignore(_AUDIT):
            cursor.execute(_STORE, [list(column) for column in zip(*found, strict=True)])
    return len(rows), rows[-1][0]


def _resealed(
    pk: int, store_id: int, number: str, sealed: memoryview
) -> tuple[int, bytes, bytes | None]:
    contact = contacts.unseal(sealed, store_id=store_id, number=number)
    resealed = contacts.seal(contact, store_id=store_id, number=number)
    return pk, resealed, contacts.phone_digest(contact.phone)


_OLD_FORMER = """
SELECT f.id, o.store_id, o.external_number, f.sealed_contact
FROM orders_formercontact f JOIN orders_order o ON o.id = f.order_id
WHERE f.sealed_contact <> '' AND substring(f.sealed_contact FROM 1 FOR %s) <> %s
ORDER BY f.id LIMIT %s
FOR UPDATE OF f
"""
_STORE_FORMER = """
UPDATE orders_formercontact f SET sealed_contact = new.sealed
FROM unnest(%s::bigint[], %s::bytea[]) AS new (id, sealed)
WHERE f.id = new.id
"""


def reseal_former_contacts() -> int:
    """Contacts that orders had before are of the newest key. Returns how many had an older one.

    As `reseal_contacts`; a batch leaves none behind that it has seen.
    """
    total = 0
    while count := _reseal_former():
        total += count
    return total


@transaction.atomic
def _reseal_former() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OLD_FORMER, [sealing.MARK, sealing.marks()[0], BATCH])
        rows = cursor.fetchall()
        found = [_resealed(*row)[:2] for row in rows]
        if found:
            cursor.execute(_STORE_FORMER, [list(column) for column in zip(*found, strict=True)])
    return len(rows)


FORMER_CONTACTS = sealing.Sealed("orders.former_contacts", reseal_former_contacts)
CONTACTS = sealing.Sealed("orders.contacts", reseal_contacts)
