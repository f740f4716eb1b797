"""Limits say what people may do alone, so that one person alone never changes them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import filing
from opsdesk.stores import procedure, services
from opsdesk.stores.models import Channel, SettingOverride, Store, User
from opsdesk.stores.procedure import Unit
from opsdesk.stores.roles import Role
from opsdesk.wording import moment


def change_number(
    *,
    key: str,
    value: Decimal | None,
    store: Store | None,
    channel: Channel | None,
    valid_from: datetime | None,
    actor: User,
    reason: str,
    at: datetime,
    unit: Unit | None = None,
    replaces: int | None = None,
) -> SettingOverride | Approval:
    """The number is set; a limit is asked for instead, and set once another person has agreed.

    Without `valid_from`: from now, or from the agreement on. Raises InvalidNumber, NotAllowed.
    """
    given: dict[str, Any] = {
        "key": key,
        "value": value,
        "store": store,
        "channel": channel,
        "valid_from": valid_from or at,
        "actor": actor,
        "reason": reason,
        "at": at,
        "unit": unit,
    }
    if not procedure.get(key).is_limit:
        return services.set_number(**given)
    services.check_number(**given)
    asked = {
        "key": key,
        "value": None if value is None else shown(value),
        "store_id": store.pk if store else None,
        "channel_id": channel.pk if channel else None,
        "scope": str(channel or store or ""),
        "valid_from": valid_from.isoformat() if valid_from else None,
        "reason": reason.strip(),
    }
    request = _request(asked, store)
    return filing.file_or_edit(request=request, actor=actor, at=at, replaces=replaces)


def _request(asked: dict[str, Any], store: Store | None) -> filing.Request:
    parts = (asked["key"], asked["store_id"], asked["channel_id"])
    return filing.Request(
        kind=LIMIT.code,
        store=store,
        subject_key=":".join(str(part or "") for part in parts),
        subject_label=asked["key"],
        asked=asked,
    )


def shown(value: Decimal) -> str:
    """24, 0.5: without the zeros the column is padded with."""
    return f"{value.normalize():f}"


def _scope(asked: dict[str, Any]) -> tuple[Store | None, Channel | None]:
    store = Store.objects.get(pk=asked["store_id"]) if asked["store_id"] else None
    channel = Channel.objects.get(pk=asked["channel_id"]) if asked["channel_id"] else None
    return store, channel


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    store, channel = _scope(asked)
    value = procedure.value_of(asked["key"], store=store, channel=channel, at=at)
    return {"value": shown(value)}


def _describe(approval: Approval) -> Description:
    asked, before = approval.asked, approval.snapshot["found"]["value"]
    setting = procedure.get(asked["key"])
    after = asked["value"] or _("the wider scope's")
    start = parse_datetime(asked["valid_from"]) if asked["valid_from"] else None
    return Description(
        summary=_("%(number)s: %(before)s → %(after)s %(unit)s")
        % {
            "number": setting.title,
            "before": before,
            "after": after,
            "unit": setting.unit.label,
        },
        changes=[
            Change(str(setting.title), before, str(after)),
            Change(_("Where"), "", asked["scope"] or _("Every store")),
            Change(_("Valid from"), "", moment(start) or _("when it is agreed to")),
            Change(_("Reason"), "", asked["reason"]),
        ],
    )


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    asked = approval.asked
    store, channel = _scope(asked)
    start = parse_datetime(asked["valid_from"]) if asked["valid_from"] else None
    override = services.set_number(
        key=asked["key"],
        value=Decimal(asked["value"]) if asked["value"] is not None else None,
        store=store,
        channel=channel,
        valid_from=max(start or at, at),
        actor=approval.filer,
        reason=asked["reason"],
        at=at,
        approval=approval,
    )
    return {"override": override.pk}


LIMIT = Kind(
    code="stores.limit",
    title=gettext_lazy("Change of a limit"),
    files="stores.add_settingoverride",
    decides="approvals.decide_limits",
    bands=(Band((Role.FINANCE,)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
    form=lambda approval: reverse(
        "admin:stores_settingoverride_number", args=[approval.asked["key"]]
    ),
)
