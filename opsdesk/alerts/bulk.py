"""Many alerts at once: first a page that says what would happen, then a result per row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services
from opsdesk.alerts.checks import title_of
from opsdesk.alerts.models import Alert
from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import Action, BulkList, Words
from opsdesk.bulk.services import Done
from opsdesk.errors import DomainError
from opsdesk.stores.models import User

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

MORNING = time(9)
HOUR = timedelta(hours=1)


def next_morning(store: Store, at: datetime) -> datetime:
    """Nine o'clock of the store's next day."""
    day = store.business_date(at) + timedelta(days=1)
    return datetime.combine(day, MORNING, tzinfo=store.zone)


def people_of(store_ids: Sequence[int]) -> list[User]:
    """Who may be given alerts: active people who work for one of the stores."""
    people = User.objects.filter(is_active=True, memberships__store__in=store_ids)
    return list(people.distinct().order_by("username"))


def _acknowledge(ids: Sequence[int], user: User, at: datetime, _note: str) -> Done:
    return Done(services.acknowledge(alert_ids=ids, actor=user, at=at))


def _snooze_hour(ids: Sequence[int], user: User, at: datetime, _note: str) -> Done:
    return Done(services.snooze(alert_ids=ids, until=at + HOUR, actor=user, at=at))


def _snooze_tomorrow(ids: Sequence[int], user: User, at: datetime, _note: str) -> Done:
    """Each until the morning of its own store."""
    by_store: dict[Store, list[int]] = defaultdict(list)
    for alert in Alert.objects.visible_to(user).filter(pk__in=ids).select_related("store"):
        by_store[alert.store].append(alert.pk)
    changed = [
        pk
        for store, mine in sorted(by_store.items(), key=lambda pair: pair[0].pk)
        for pk in services.snooze(alert_ids=mine, until=next_morning(store, at), actor=user, at=at)
    ]
    return Done(changed)


def _assign(ids: Sequence[int], user: User, at: datetime, username: str) -> Done:
    """Those of stores where the person doesn't work say so."""
    assignee = User.objects.filter(username=username, is_active=True).first()
    if assignee is None:
        raise DomainError(gettext("Choose somebody who works for this store."))
    changed = services.assign(alert_ids=ids, assignee=assignee, actor=user, at=at)
    others = Alert.objects.visible_to(user).open().filter(pk__in=ids).exclude(pk__in=changed)
    elsewhere = (
        others.none() if assignee.is_superuser else others.exclude(store__in=assignee.store_ids)
    )
    said = gettext("%(person)s does not work for this store.") % {"person": assignee}
    return Done(changed, dict.fromkeys(elsewhere.values_list("pk", flat=True), said))


def _resolve(ids: Sequence[int], user: User, at: datetime, note: str) -> Done:
    return Done(services.resolve(alert_ids=ids, note=note, actor=user, at=at))


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s alert was left alone.", "%(count)s alerts were left alone.", count
    ) % {"count": count}


def _open(rows: QuerySet) -> QuerySet:
    return rows.exclude(state=Alert.State.RESOLVED)


ASSIGN = Action(
    code="assign",
    title=_("Assign"),
    permission=services.ACT,
    fitting=_open,
    run=_assign,
    done=_("Assigned: %(count)s."),
    needs_reason=True,
    asks=_("Assign to"),
)
ACTIONS = (
    Action(
        code="acknowledge",
        title=_("Acknowledge"),
        permission=services.ACT,
        fitting=lambda rows: rows.filter(state=Alert.State.OPEN),
        run=_acknowledge,
        done=_("Acknowledged: %(count)s."),
    ),
    Action(
        code="snooze_hour",
        title=_("Snooze for an hour"),
        permission=services.ACT,
        fitting=_open,
        run=_snooze_hour,
        done=_("Asleep for an hour: %(count)s."),
    ),
    Action(
        code="snooze_tomorrow",
        title=_("Snooze until tomorrow morning"),
        permission=services.ACT,
        fitting=_open,
        run=_snooze_tomorrow,
        done=_("Asleep until tomorrow morning: %(count)s."),
    ),
    ASSIGN,
    Action(
        code="resolve",
        title=_("Resolve"),
        permission=services.ACT,
        fitting=_open,
        run=_resolve,
        done=_("Resolved: %(count)s."),
        needs_reason=True,
        asks=_("How it was settled"),
    ),
)
ALERTS = BulkList(
    model=Alert,
    actions={action.code: action for action in ACTIONS},
    name=lambda alert: f"{title_of(alert)} · {alert.subject_label}".removesuffix(" · "),
    state=lambda alert: alert.get_state_display(),
    directly=500,
    most=50_000,
    words=Words(
        tick_one=_("Tick at least one alert."),
        too_many=_("That is more than %(most)s alerts. Narrow the selection first."),
        none_chosen=_("No alerts were chosen."),
        say_why=_("Fill in what is asked for."),
        left_alone=_left_alone,
        why=_(
            "Left alone are alerts that are past this step already, and those of stores where you "
            "may not act."
        ),
        back=_("Back to the alerts"),
    ),
)
bulk.register(*ALERTS.verbs())
