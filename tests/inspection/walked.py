"""One check of the inspection, walked in a store as the worker walks it."""

from __future__ import annotations

from datetime import datetime

from opsdesk.alerts.models import Alert
from opsdesk.inspection.checks import Check
from opsdesk.inspection.models import CheckResult
from opsdesk.inspection.services.walking import ask_for_inspection, walk
from opsdesk.stores.models import Store
from tests.factories import MOMENT


def inspected(store: Store, check: Check, *, at: datetime = MOMENT) -> CheckResult:
    """Its result; reasons are in English, whatever is translated by now."""
    Store.objects.filter(pk=store.pk).update(language="en")
    run = ask_for_inspection(
        store=store, actor=None, at=at, codes=[check.code], waits_for_worker=False
    )
    assert walk(run.pk, at=at) == "done"
    return run.results.get()


def found(result: CheckResult) -> list[Alert]:
    """The alerts that it saw, the gravest first."""
    return [row.alert for row in result.rows.select_related("alert").order_by("pk")]
