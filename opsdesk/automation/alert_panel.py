"""On an alert's page: the rules that raised it, or handed it to somebody, and that acted on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext as _

from opsdesk.alerts import panels
from opsdesk.alerts.models import Alert
from opsdesk.automation import showing
from opsdesk.automation.models import Firing, FiringEffect

if TYPE_CHECKING:
    from opsdesk.stores.models import User

VIEW_RUNS = "automation.view_firing"
MOST = 10


def runs_of(alert: Alert, user: User) -> dict[str, Any] | None:
    """(run, how it ended, what it has to do with the alert), the last first. Three queries."""
    if not user.has_perm(VIEW_RUNS, alert):
        return None
    kind = ContentType.objects.get_for_model(Alert)
    did = FiringEffect.objects.filter(effect_type=kind, effect_id=alert.pk)
    about = Q(subject_type=kind, subject_id=alert.pk)
    # Their ids first: either half of the condition is then found by its index.
    raised = list(did.order_by("-pk").values_list("firing_id", flat=True)[:MOST])
    found = (
        Firing.objects.filter(about | Q(pk__in=raised), rule__store=alert.store_id)
        .select_related("rule", "version")
        .order_by("-pk")[:MOST]
    )
    runs = [(firing, showing.outcome_of(firing.outcome), _words(firing, alert)) for firing in found]
    return {"runs": runs} if runs else None


def _words(firing: Firing, alert: Alert) -> str:
    kind = ContentType.objects.get_for_model(Alert)
    is_about = (firing.subject_type_id, firing.subject_id) == (kind.pk, alert.pk)
    if is_about:
        return _("acted on this alert")
    return _("raised it for %(subject)s") % {"subject": firing.subject_label}


def register() -> None:
    panels.register(panels.Panel("automation/alert_panel.html", runs_of))
