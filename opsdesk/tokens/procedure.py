"""Who looks after tokens, the numbers that hold for them, how long answers are kept."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from opsdesk import retention
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant
from opsdesk.tokens.numbers import ANSWERS_KEPT, NUMBERS


def _old_answers(before: datetime) -> QuerySet:
    from opsdesk.tokens.models import KeptAnswer

    return KeptAnswer.objects.filter(created_at__lt=before)


def register() -> None:
    procedure.register(*NUMBERS)
    retention.register(retention.Kept("kept answers", ANSWERS_KEPT, _old_answers))
    grant(["tokens.view_apitoken"], to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR])
    grant(["tokens.add_apitoken", "tokens.change_apitoken"], to=[Role.ADMINISTRATOR])
