"""Tables of stores, one module per subject."""

from opsdesk.stores.models.calendars import (
    OfACalendarQuerySet,
    Weekday,
    WorkCalendar,
    WorkDay,
    WorkException,
    WorkHours,
    WorkLayout,
    WorkSpan,
)
from opsdesk.stores.models.people import (
    Membership,
    MembershipQuerySet,
    PersonManager,
    PersonQuerySet,
    User,
)
from opsdesk.stores.models.places import (
    Channel,
    ChannelQuerySet,
    Platform,
    Store,
    StoreQuerySet,
    validate_timezone,
)
from opsdesk.stores.models.rights import PersonGroup, PersonRight, RightQuerySet, RoleRight
from opsdesk.stores.models.scope import (
    LOOKING,
    ScopedQuerySet,
)
from opsdesk.stores.models.settings import (
    SettingOverride,
    SettingOverrideQuerySet,
)

__all__ = [
    "Channel",
    "ChannelQuerySet",
    "LOOKING",
    "Membership",
    "MembershipQuerySet",
    "OfACalendarQuerySet",
    "PersonGroup",
    "PersonManager",
    "PersonQuerySet",
    "PersonRight",
    "Platform",
    "RightQuerySet",
    "RoleRight",
    "ScopedQuerySet",
    "SettingOverride",
    "SettingOverrideQuerySet",
    "Store",
    "StoreQuerySet",
    "User",
    "Weekday",
    "WorkCalendar",
    "WorkDay",
    "WorkException",
    "WorkHours",
    "WorkLayout",
    "WorkSpan",
    "validate_timezone",
]
