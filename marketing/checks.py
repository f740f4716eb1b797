"""What the daily inspection looks at in marketing."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.inspection.checks import CannotCheck, Check, Seen
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role


def _promotions(_store: Store, _at: datetime) -> Seen:
    raise CannotCheck(_("Campaigns and coupons are not kept here."))


PROMOTIONS = Check(
    code="INS-1.promotions",
    title=gettext_lazy("Campaigns and coupons are as approved"),
    looks_at=gettext_lazy("Times, conditions and amounts of campaigns and coupons."),
    steps=(
        gettext_lazy("Compare them with their approval on the channel's own pages."),
        gettext_lazy("Put what you found on the sheet by hand."),
    ),
    owner_role=Role.MARKETING_OPERATOR,
    kinds=(),
    look=_promotions,
)
CHECKS = (PROMOTIONS,)
