"""The store of a million orders that several benches share; made once per run."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from analytics.volume.services import generate
from opsdesk.stores.models import Store

CODE = "million"
DAYS = 365
AT = timezone.now().replace(microsecond=0)


def big_store(*, quick: bool) -> Store:
    store = Store.objects.filter(code=CODE).first()
    if store is None:
        store = generate(
            code=CODE,
            orders=3_000 if quick else 1_000_000,
            skus=100 if quick else 10_000,
            days=DAYS,
            seed=1,
            at=AT,
        )
        with connection.cursor() as cursor:
            # As autovacuum and checkpointer would have done by then: their work is nobody's wait.
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    return store
