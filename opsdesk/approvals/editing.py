"""A form that files requests edits them, too: its address then names the one it replaces."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from opsdesk import posted
from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval
from opsdesk.stores.auth import is_allowed_in

REPLACES = "replaces"


def link_to_edit(request: HttpRequest, approval: Approval) -> str:
    """The form it was filed with, filled in; empty where the person may not ask for this."""
    kind = kinds.get(approval.kind)
    if kind.form is None or not is_allowed_in(request.user, kind.files, approval.store):
        return ""
    return f"{kind.form(approval)}?{REPLACES}={approval.pk}"


def replaced_by(request: HttpRequest, kind: str) -> Approval | None:
    """The request this form was opened to edit, if any. Raises Http404 for one that isn't there."""
    pk = posted.id_of(request.GET.get(REPLACES, ""))
    if pk is None:
        return None
    return get_object_or_404(Approval.objects.visible_to(request.user), pk=pk, kind=kind)
