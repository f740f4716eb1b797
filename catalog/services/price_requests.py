"""Price changes as requests: what people read, who decides, how they become plans (CAT-6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import PriceChange, PriceChangeLine, Sku
from catalog.services.price_checks import Asked, overlap, planned_already, planned_for
from catalog.services.pricing import VIEW_COST, Floor, Margins, percent_between, price_of
from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.errors import Conflict, DomainError
from opsdesk.stores.models import Channel, Store
from opsdesk.stores.roles import Role
from opsdesk.wording import moment, money

if TYPE_CHECKING:
    from opsdesk.approvals.models import Approval

REQUEST, APPROVE = "catalog.request_price", "catalog.approve_price"
SMALL, LARGE = "catalog.price_change", "catalog.large_price_change"
State = PriceChangeLine.State

# More are on the page of the change; a request is read by people.
SHOWN = 100


def asked_of(change: PriceChange, lines: Sequence[Asked]) -> dict[str, Any]:
    """The request as it is frozen and signed."""
    return {
        "change_id": change.pk,
        "store_id": change.store_id,
        "zone": change.store.timezone,
        "currency": change.store.currency,
        "lines": [
            {
                "sku_id": line.sku.pk,
                "sku": line.sku.code,
                "channel_id": line.channel.pk if line.channel else None,
                "channel": str(line.channel or ""),
                "price": f"{line.amount:.2f}",
                "from": line.starts.isoformat(),
                "until": line.until.isoformat() if line.until else None,
                "reason": line.reason,
            }
            for line in lines
        ],
    }


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What each line is compared with: the price of now, the cost, the least margin on it."""
    lines, store = asked["lines"], Store.objects.get(pk=asked["store_id"])
    skus = Sku.objects.in_bulk([line["sku_id"] for line in lines])
    channels = Channel.objects.in_bulk([line["channel_id"] for line in lines if line["channel_id"]])
    margins = Margins(store, at)
    now = prices_now(((line["sku_id"], channels.get(line["channel_id"])) for line in lines), at)
    floors = [margins.floor(skus[ln["sku_id"]], channels.get(ln["channel_id"])) for ln in lines]
    return {
        "lines": [
            {"before": _text(before), "cost": _text(floor.cost), "margin": f"{floor.margin:f}"}
            for before, floor in zip(now, floors, strict=True)
        ]
    }


def prices_now(places: Iterator[tuple[int, Channel | None]], at: datetime) -> list[Decimal | None]:
    """What each SKU sells for on its channel, in the order given; two queries per channel."""
    wanted = list(places)
    by_channel: dict[Channel | None, list[int]] = {}
    for sku_id, channel in wanted:
        by_channel.setdefault(channel, []).append(sku_id)
    found = {channel: price_of(ids, channel, at) for channel, ids in by_channel.items()}
    return [found[channel][sku_id] for sku_id, channel in wanted]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _describe(approval: Approval) -> Description:
    asked, found = approval.asked, approval.snapshot["found"]
    lines = list(zip(asked["lines"], found["lines"], strict=True))
    changes = [_change(asked, *line) for line in islice(lines, SHOWN)]
    if len(lines) > SHOWN:
        more = _("%(count)s more: see the page of the price change")
        changes.append(Change(more % {"count": len(lines) - SHOWN}, "", ""))
    reasons = dict.fromkeys(line["reason"] for line, _there in lines)
    changes.append(Change(_("Reason"), "", "; ".join(islice(reasons, SHOWN))))
    return Description(summary=_summary(asked, lines), changes=changes)


def _summary(
    asked: dict[str, Any], lines: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> str:
    first, there = lines[0]
    begins = min(datetime.fromisoformat(line["from"]) for line, _there in lines)
    facts = {
        "sku": first["sku"],
        "before": _money(there["before"], asked) or "—",
        "after": _money(first["price"], asked),
        "from": moment(begins, ZoneInfo(asked["zone"])),
        "count": len(lines),
    }
    if len(lines) == 1:
        return _("%(sku)s: %(before)s → %(after)s from %(from)s on") % facts
    return (
        ngettext(
            "%(count)s price from %(from)s on", "%(count)s prices from %(from)s on", len(lines)
        )
        % facts
    )


def _change(asked: dict[str, Any], line: Mapping[str, Any], there: Mapping[str, Any]) -> Change:
    zone = ZoneInfo(asked["zone"])
    begins = moment(datetime.fromisoformat(line["from"]), zone)
    ends = moment(datetime.fromisoformat(line["until"]), zone) if line["until"] else ""
    when = f"{begins} – {ends}" if ends else _("from %(moment)s on") % {"moment": begins}
    label = " · ".join(part for part in (line["sku"], line["channel"], when) if part)
    after = _after(asked, line, there)
    return Change(label, _money(there["before"], asked), after, _floor(asked, there))


def _after(asked: dict[str, Any], line: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """The price, and by how much it changes."""
    price = Decimal(line["price"])
    before = Decimal(there["before"]) if there["before"] else None
    by = percent_between(before, price)
    words = [money(price, asked["currency"]), "" if by is None else f"{by:+.1f} %"]
    return " · ".join(word for word in words if word)


def _floor(asked: dict[str, Any], there: Mapping[str, Any]) -> str:
    """What the price was compared with."""
    cost = None if there["cost"] is None else Decimal(there["cost"])
    floor = Floor(cost, Decimal(there["margin"])).amount
    if floor is None:
        return _("cost unknown")
    return _("floor %(floor)s") % {"floor": money(floor, asked["currency"])}


def _money(amount: str | None, asked: dict[str, Any]) -> str:
    return "" if amount is None else money(Decimal(amount), asked["currency"])


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    """Every line is planned, or none: the database holds that no two plans share a moment."""
    change = PriceChange.objects.select_related("store").get(pk=approval.asked["change_id"])
    lines = list(change.lines.select_related("sku", "channel").locked())
    _refuse_what_no_longer_holds(change, lines, at)
    try:
        with transaction.atomic():
            change.lines.update(state=State.PLANNED)
    except IntegrityError as error:
        raise Conflict(_who_was_first(change, lines)) from error
    return {"change": change.pk}


def _refuse_what_no_longer_holds(
    change: PriceChange, lines: Sequence[PriceChangeLine], at: datetime
) -> None:
    margins = Margins(change.store, at)
    for line in lines:
        if line.valid.lower <= at:
            raise DomainError(
                _("%(sku)s: its moment, %(moment)s, has passed. File the change anew.")
                % {"sku": line.sku, "moment": moment(line.valid.lower, change.store.zone)}
            )
        floor = margins.floor(line.sku, line.channel)
        if floor.refuses(line.amount):
            raise DomainError(
                _("%(sku)s: below the floor: %(reckoning)s.")
                % {"sku": line.sku, "reckoning": floor.reckoning(line.amount)}
            )


def _who_was_first(change: PriceChange, lines: Sequence[PriceChangeLine]) -> str:
    planned = planned_for(line.sku_id for line in lines)
    for line in lines:
        for other in planned.get((line.sku_id, line.channel_id), []):
            if overlap(line.valid, other.valid):
                return planned_already(other, change.store).message
    return _("Another price change was planned for the same time.")


PRICE_CHANGE = Kind(
    code=SMALL,
    title=gettext_lazy("Price change"),
    clause="CAT-6",
    files=REQUEST,
    decides=APPROVE,
    bands=(Band((Role.MARKETING_LEAD, Role.FINANCE)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
    costs_need=VIEW_COST,
)
LARGE_PRICE_CHANGE = Kind(
    code=LARGE,
    title=gettext_lazy("Large price change"),
    clause="CAT-6",
    files=REQUEST,
    decides=APPROVE,
    bands=(Band((Role.FINANCE,)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
    costs_need=VIEW_COST,
)
