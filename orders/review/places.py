"""Where does it go: is the address one, and does the store send there?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from opsdesk.stores.roles import Role
from orders.models import BlockedRegion
from orders.review import regions
from orders.review.looking import Facts, Look
from orders.review.people import keeps_contact
from orders.review.registry import Findings, ReviewCheck
from orders.review.values import Number, YesNo

_PO_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b|post(?:al)?\s+office\s+box|邮政信箱|信箱", re.I)
_STREET_NUMBER = re.compile(r"[号號弄巷幢栋棟座室楼樓层層单元單元]")


def whole_address(facts: Facts) -> str:
    """Region and detail as one text; the detail may say the region once more."""
    detail = facts.contact.address if facts.contact else ""
    region = facts.order.region
    return detail if region and _plain(detail).startswith(_plain(region)) else f"{region} {detail}"


def folded_address(text: str, country: str) -> str:
    """One way of writing for many: 杭州西湖区文三路 100 号 and 浙江省杭州市西湖区文三路100.

    In China the region is folded to its code. Blanks, marks and words for number, house and floor
    count for nothing.
    """
    place = regions.place_of(text) if country == "CN" else regions.Place(rest=text)
    rest = _STREET_NUMBER.sub("", _plain(place.rest))
    return f"{place.code}{rest}"


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _address(look: Look, values: Mapping[str, Any]) -> Findings:
    found: Findings = {}
    for facts in look.facts:
        if facts.contact is None:
            continue
        problem, more = _wrong_address(facts, look.country, values)
        if problem:
            found[facts.pk] = {"problem": problem, "region": facts.order.region, **more}
    return found


def _wrong_address(
    facts: Facts, country: str, values: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """What is wrong, if something is, and the values beside the region that tell it."""
    detail = facts.contact.address.strip() if facts.contact else ""
    text = whole_address(facts).strip()
    if not text:
        return ("" if keeps_contact(facts) else "missing"), {}
    if not values["allows_boxes"] and _PO_BOX.search(text):
        return "po_box", {}
    rest = detail
    if country == "CN":
        place = regions.place_of(text)
        rest = place.rest
        if place.province is None:
            return "unknown", {}
        if place.stray:
            return "elsewhere", {"named": place.stray, "known": regions.name_of(place.code)}
        if place.city is None and place.district is None and place.province.parts:
            return "no_city", {"known": place.province.name}
    hidden = sum(letter == privacy.MASK for letter in rest)
    if hidden and keeps_contact(facts):
        return "", {}
    if len(_plain(rest)) < values["least_detail"]:
        return "no_detail", {"least": values["least_detail"]}
    return "", {}


def _blocked(look: Look, _values: Mapping[str, Any]) -> Findings:
    blocked = list(BlockedRegion.objects.filter(store=look.store).in_force(look.at))
    if not blocked:
        return {}
    found: Findings = {}
    for facts in look.facts:
        code = regions.place_of(whole_address(facts)).code
        for region in blocked:
            if regions.lies_in(code, region.code):
                found[facts.pk] = {
                    "region": regions.name_of(code),
                    "blocked": region.name,
                    "reason": region.reason,
                }
                break
    return found


_PROBLEMS = {
    "missing": _("missing"),
    "unknown": _("no province, city or district of China is recognised"),
    "no_city": _("neither city nor district is recognised"),
    "elsewhere": _("the district is in another city"),
    "no_detail": _("no street and number"),
    "po_box": _("a post office box"),
}

CHECKS = (
    ReviewCheck(
        code="address",
        title=_("Address"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Ask the customer for the whole address and change it on the order."),
        evidence={
            "problem": _("what is wrong"),
            "region": _("region"),
            "known": _("recognised"),
            "named": _("named, and lies in"),
            "least": _("letters and digits at least"),
        },
        words={"problem": _PROBLEMS},
        position=50,
        judge=_address,
        values=(
            Number("least_detail", _("Letters and digits of street and number"), 4, 0, 100),
            YesNo("allows_boxes", _("Post office boxes are delivered to"), False),
        ),
    ),
    ReviewCheck(
        code="blocked_region",
        title=_("Blocked region"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Tell the customer that nothing is sent there now: another address or a refund."),
        evidence={
            "region": _("region"),
            "blocked": _("blocked region"),
            "reason": _("why it is blocked"),
        },
        position=60,
        judge=_blocked,
    ),
)
