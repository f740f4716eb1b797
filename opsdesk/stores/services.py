"""Stores, people's roles, and the procedure's numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from opsdesk.deadlines import retiming
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure, tasks
from opsdesk.stores.auth import is_allowed_in
from opsdesk.stores.layout import lay_out
from opsdesk.stores.models import (
    Channel,
    Membership,
    Platform,
    SettingOverride,
    Store,
    WorkLayout,
)
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval
    from opsdesk.stores.models import User


# Longer than any intake takes from reading a number to its commit.
SETTLING = timedelta(minutes=10)


class InvalidNumber(DomainError):
    """The value lies outside what the setting allows, or its scope or moment makes no sense."""

    code = "invalid_number"


class InvalidValue(InvalidNumber):
    """The value itself is wrong, not the moment or the reason."""


class NeedsApproval(DomainError):
    """The number is a limit, and nobody but the actor has agreed to change it."""

    code = "needs_approval"


def create_store(
    *, code: str, platform: str, timezone: str, currency: str, name: str = ""
) -> Store:
    """The store exists, with its first channel. Raises ValidationError on bad input."""
    with transaction.atomic():
        store = Store(code=code, name=name or code, timezone=timezone, currency=currency)
        store.full_clean()
        store.save()
        channel = Channel(
            store=store, code=platform, name=str(Platform(platform).label), platform=platform
        )
        channel.full_clean()
        channel.save()
    return store


def grant_role(
    *, user: User, store: Store, role: str, actor: User | None, at: datetime
) -> Membership:
    """The person has the role in the store. Safe to repeat; nobody grants a role to themselves."""
    if actor is not None:
        if not actor.has_perm("stores.add_membership", store):
            raise NotAllowed(_("You may not grant roles in %(store)s.") % {"store": store})
        if actor.pk == user.pk:
            raise NotAllowed(_("Nobody grants a role to themselves."))
    membership, _created = Membership.objects.get_or_create(
        user=user, store=store, role=role, defaults={"granted_by": actor, "granted_at": at}
    )
    return membership


def set_number(
    *,
    key: str,
    value: Decimal | None,
    store: Store | None,
    channel: Channel | None,
    valid_from: datetime,
    actor: User | None,
    reason: str,
    at: datetime,
    unit: Unit | None = None,
    approval: Approval | None = None,
) -> SettingOverride:
    """From `valid_from` on the number has this value in this scope; None ends an override.

    Without a `unit` it is in the setting's own. A promise may be given in minutes, in minutes of
    working time or in working days. The row is never edited. Open clocks follow in the same
    transaction, or when its moment comes.
    """
    unit = unit or procedure.get(key).unit
    check_number(
        key=key,
        value=value,
        unit=unit,
        store=store,
        channel=channel,
        valid_from=valid_from,
        actor=actor,
        reason=reason,
        at=at,
    )
    _refuse_one_alone(key, actor, approval)
    with transaction.atomic():
        override = SettingOverride.objects.create(
            key=key,
            store=store,
            channel=channel,
            value=value,
            unit=unit if value is not None and procedure.get(key).has_clock else "",
            valid_from=valid_from,
            set_by=actor,
            set_at=at,
            reason=reason.strip(),
        )
        apply_due_numbers(at=at)
    return override


def check_number(
    *,
    key: str,
    value: Decimal | None,
    store: Store | None,
    channel: Channel | None,
    valid_from: datetime,
    actor: User | None,
    reason: str,
    at: datetime,
    unit: Unit | None = None,
) -> None:
    """Raises InvalidNumber or NotAllowed where `set_number` would."""
    setting = procedure.get(key)
    if channel is not None and (store is None or channel.store_id != store.pk):
        raise InvalidNumber(_("The channel belongs to another store."))
    if value is not None:
        _check_value(setting, value, unit or setting.unit)
    if valid_from < at:
        raise InvalidNumber(
            _("A number can't change in the past: choose %(now)s or later.")
            % {"now": at.isoformat(timespec="minutes")}
        )
    if not reason.strip():
        raise InvalidNumber(_("Say why the number changes."))
    if actor is not None and not may_set_number(actor, store):
        raise NotAllowed(_("You may not change the numbers of this scope."))


def _check_value(setting: Setting, value: Decimal, unit: Unit) -> None:
    if unit not in setting.units:
        raise InvalidValue(
            _("%(title)s can't be given in %(unit)s.")
            % {"title": setting.title, "unit": Unit(unit).label}
        )
    minimum, maximum = setting.limits(unit)
    if not minimum <= value <= maximum:
        raise InvalidValue(
            _("%(title)s: choose a value from %(minimum)s to %(maximum)s.")
            % {"title": setting.title, "minimum": minimum, "maximum": maximum}
        )
    if unit == Unit.WORKING_DAYS and value % 1:
        raise InvalidValue(_("Working days are whole: choose 1, 2, 3 …"))


def _refuse_one_alone(key: str, actor: User | None, approval: Approval | None) -> None:
    """A person sets a limit by an approval of just that; the system seeds and restores."""
    agreed = approval is not None and approval.asked["key"] == key
    if procedure.get(key).is_limit and actor is not None and not agreed:
        raise NeedsApproval(_("A limit is changed by two people: ask for it."))


def may_set_number(actor: User, store: Store | None) -> bool:
    """Numbers for every store are set by those who administer every store."""
    return is_allowed_in(actor, "stores.add_settingoverride", store)


def apply_due_numbers(*, at: datetime) -> int:
    """Numbers whose moment has come reach the open clocks. Returns how many were applied.

    Numbers applied a short while ago are looked at again: an intake that read the old number may
    have committed since. Safe to repeat and to run twice at once: the rows are locked while their
    clocks are moved.
    """
    with transaction.atomic():
        due = list(
            SettingOverride.objects.not_yet_applied(at)
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        settling = list(SettingOverride.objects.filter(applied_at__gte=at - SETTLING))
        for key in sorted({override.key for override in [*due, *settling]}):
            stores = _concerned([row for row in [*due, *settling] if row.key == key])
            for store in stores:
                channels: list[Channel | None] = [None, *store.channels.all()]
                retiming.recalculate(key, store=store, channels=channels, at=at)
        SettingOverride.objects.filter(pk__in=[override.pk for override in due]).update(
            applied_at=at
        )
    return len(due)


def _concerned(overrides: Iterable[SettingOverride]) -> list[Store]:
    ids = {override.store_id for override in overrides}
    stores = Store.objects.active().prefetch_related("channels")
    if None not in ids:
        stores = stores.filter(pk__in=[pk for pk in ids if pk is not None])
    return list(stores)


def keep_work_time(store: Store, *, at: datetime) -> None:
    """The store's calendar or time zone has changed, or may have: its clocks follow in a moment."""
    if lay_out(store, at=at):
        hint(tasks.follow_work_time)


def follow_work_time(*, at: datetime) -> int:
    """Open clocks that count working time are due by the calendars in force.

    A calendar laid out a short while ago is followed again: an intake that read the old one may
    have committed since. Safe to repeat and to run twice at once. Returns how many moved.
    """
    moved = 0
    settled = Q(followed_at__gte=F("laid_out_at") + SETTLING)
    for layout in WorkLayout.objects.exclude(settled).order_by("pk").select_related("store"):
        moved += retiming.follow_work_time(layout.store, at=at)
        # Laid out again meanwhile: then the next round follows that.
        WorkLayout.objects.filter(pk=layout.pk, digest=layout.digest).update(followed_at=at)
    return moved
