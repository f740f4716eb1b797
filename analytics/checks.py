"""What the daily inspection looks at in analysis."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import usual
from opsdesk.inspection.checks import CannotCheck, Check, Seen
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role


def _training(_store: Store, _at: datetime) -> Seen:
    raise CannotCheck(_("Who has read the procedure and passed its quiz is not recorded here."))


TRAINING = Check(
    code="INS-9.training",
    title=gettext_lazy("Training on the procedure is done in time"),
    looks_at=gettext_lazy("Who has read the clauses that concern them, and passed the quiz."),
    steps=(gettext_lazy("Ask the people of each role, and put it on the sheet by hand."),),
    owner_role=Role.OPERATIONS_LEAD,
    kinds=(),
    look=_training,
)
CHECKS = (usual.SALES, TRAINING)
