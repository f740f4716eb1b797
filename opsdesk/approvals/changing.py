"""Changing an approval rule takes two people itself: the request for it is of this kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.approvals import kinds, words
from opsdesk.approvals.kinds import Band, Change, Description, Kind
from opsdesk.approvals.models import Approval, ApprovalPolicy
from opsdesk.approvals.services import filing, policies
from opsdesk.errors import DomainError
from opsdesk.stores.auth import permissions_by_role
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import User


class InvalidRule(DomainError):
    """The bands leave a gap, or name people who may not decide."""

    code = "invalid_rule"


def request_rule(
    *,
    kind: Kind,
    store: Store | None,
    bands: Sequence[Band],
    reason: str,
    actor: User,
    at: datetime,
) -> Approval:
    """The new rule is asked for; it holds once another person has agreed. Raises InvalidRule."""
    _check(kind, bands)
    if not reason.strip():
        raise InvalidRule(_("Say why the rule changes."))
    request = filing.Request(
        kind=RULE.code,
        store=store,
        subject_key=f"{kind.code}:{store.pk if store else ''}",
        subject_label=kind.code,
        asked={
            "kind": kind.code,
            "store_id": store.pk if store else None,
            "bands": [_as_json(band) for band in bands],
            "reason": reason.strip(),
        },
    )
    return filing.file_approval(request=request, filer=actor, at=at)


def words_of(band: dict[str, Any], currency: str) -> tuple[str, str]:
    """(from which amount, who decides) in the reader's language."""
    decided_by = words.who_decides(band["roles"], band["voices"], band["from_different_roles"])
    return words.from_amount(Decimal(band["from_amount"]), currency), decided_by


def _as_json(band: Band | policies.Rule) -> dict[str, Any]:
    return {
        "from_amount": f"{band.from_amount:.2f}",
        "roles": [str(role) for role in band.roles],
        "voices": band.voices,
        "from_different_roles": band.from_different_roles,
    }


def _check(kind: Kind, bands: Sequence[Band]) -> None:
    starts = [band.from_amount for band in bands]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise InvalidRule(_("The first band starts at 0, and each further one higher."))
    able = permissions_by_role({role for band in bands for role in band.roles})
    for band in bands:
        for role in band.roles:
            if kind.decides not in able.get(role, set()):
                raise InvalidRule(
                    _("%(role)s may not decide on “%(kind)s”.")
                    % {"role": Role(role).label, "kind": kind.title}
                )
        most = len(band.roles) if band.from_different_roles else band.voices
        if not band.roles or not 1 <= band.voices <= most:
            raise InvalidRule(_("Each band names at least as many roles as it needs people."))


def _found(asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    store = Store.objects.get(pk=asked["store_id"]) if asked["store_id"] else None
    rules = policies.rules_of(kinds.get(asked["kind"]), store=store, at=at)
    return {"bands": [_as_json(rule) for rule in rules]}


def _describe(approval: Approval) -> Description:
    asked, currency = approval.asked, approval.store.currency if approval.store else ""
    before = dict(words_of(band, currency) for band in approval.snapshot["found"]["bands"])
    after = dict(words_of(band, currency) for band in asked["bands"])
    return Description(
        summary=_("Other people decide on “%(kind)s”") % {"kind": kinds.get(asked["kind"]).title},
        changes=[
            Change(amount, before.get(amount, ""), after.get(amount, ""))
            for amount in {**before, **after}
        ]
        + [Change(_("Reason"), "", asked["reason"])],
    )


def _carry_out(approval: Approval, at: datetime) -> dict[str, Any]:
    bands = approval.asked["bands"]
    ends = [band["from_amount"] for band in bands[1:]] + [None]
    rows = ApprovalPolicy.objects.bulk_create(
        ApprovalPolicy(
            kind=approval.asked["kind"],
            store=approval.store,
            from_amount=band["from_amount"],
            below_amount=end,
            roles=band["roles"],
            voices=band["voices"],
            from_different_roles=band["from_different_roles"],
            valid_from=at,
            set_by=approval.filer,
            reason=approval.asked["reason"],
        )
        for band, end in zip(bands, ends, strict=True)
    )
    return {"policies": [row.pk for row in rows]}


RULE = Kind(
    code="approvals.rule",
    title=gettext_lazy("Change of an approval rule"),
    files="approvals.add_approvalpolicy",
    decides="approvals.decide_limits",
    bands=(Band((Role.FINANCE,)),),
    found=_found,
    describe=_describe,
    carry_out=_carry_out,
)
