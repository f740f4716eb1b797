"""Whom does it go to, can they be called, and what did the buyer write?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import phonenumbers
from django.utils.translation import gettext_lazy as _

from catalog import folding
from opsdesk import privacy
from opsdesk.stores.roles import Role
from orders.review.looking import Facts, Look
from orders.review.registry import Findings, ReviewCheck
from orders.review.values import Words, YesNo

_MASKED = re.compile(r"[*＊•●]")
# A number of the platform's that rings the buyer's phone: 184 1234 5678-1234, 18412345678转1234.
_EXTENSION = re.compile(r"^(?P<number>.*\d)\s*(?:-|,|转|轉|#|ext\.?|x)\s*\d{2,6}$", re.I)
_LEAST_DIGITS = 9
_SAME_DIGIT = re.compile(r"(\d)\1{7}")


def keeps_contact(facts: Facts) -> bool:
    """The channel gives an alias, and passes on to the person what is sent there."""
    return facts.order.channel.masks_recipients


def _consignee(look: Look, values: Mapping[str, Any]) -> Findings:
    words = [folding.fold(word) for word in values["words"]]
    found: Findings = {}
    for facts in look.facts:
        if facts.contact is None:
            found[facts.pk] = {"problem": "unreadable"}
            continue
        problem = _wrong_name(facts, facts.contact.recipient.strip(), words)
        if problem:
            shown = privacy.mask_name(facts.contact.recipient.strip())
            found[facts.pk] = {"problem": problem, "recipient": shown}
    return found


def _wrong_name(facts: Facts, name: str, words: list[str]) -> str:
    if not name or _MASKED.search(name):
        return "" if keeps_contact(facts) else ("masked" if name else "missing")
    folded = folding.fold(name)
    if not any(letter.isalpha() for letter in folded):
        return "no_letters"
    if any(letter.isdecimal() for letter in folded) and not keeps_contact(facts):
        return "digits"
    return "test" if folded in words else ""


def _phone(look: Look, values: Mapping[str, Any]) -> Findings:
    found: Findings = {}
    for facts in look.facts:
        if facts.contact is None:
            continue
        phone = unicodedata.normalize("NFKC", facts.contact.phone).strip()
        problem = _wrong_number(facts, phone, look.country, is_strict=values["is_strict"])
        if problem:
            found[facts.pk] = {
                "problem": problem,
                "phone": privacy.mask_phone(phone),
                "country": look.country,
            }
    return found


def _wrong_number(facts: Facts, phone: str, country: str, *, is_strict: bool) -> str:
    if not phone or _MASKED.search(phone):
        return "" if keeps_contact(facts) else ("masked" if phone else "missing")
    number = without_extension(phone)
    if _SAME_DIGIT.search(re.sub(r"\D", "", number)):
        return "same_digit"
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return "no_number"
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return "length"
    return "nobodys" if is_strict and not phonenumbers.is_valid_number(parsed) else ""


def without_extension(phone: str) -> str:
    """The number to dial first. 021-61234567 has none: what would be left is no whole number."""
    parted = _EXTENSION.match(phone)
    if parted is None:
        return phone
    number = parted["number"]
    return number if sum(letter.isdecimal() for letter in number) >= _LEAST_DIGITS else phone


def _memo(look: Look, values: Mapping[str, Any]) -> Findings:
    words = [(folding.fold(word), word) for word in values["words"]]
    found: Findings = {}
    for facts in look.facts:
        memo = facts.contact.buyer_memo if facts.contact else ""
        if not memo:
            continue
        text = folding.fold(memo)
        met = [
            word
            for folded, word in words
            if folded in text and (not folded.isascii() or folding.stands_in(folded, memo))
        ]
        if met:
            found[facts.pk] = {"words": met}
    return found


_PROBLEMS = {
    "missing": _("missing"),
    "masked": _("masked, and the channel keeps no contact"),
    "unreadable": _("sealed with a key that is gone"),
    "no_letters": _("no letters in it"),
    "digits": _("digits in it"),
    "test": _("a test word"),
    "same_digit": _("the same digit over and over"),
    "no_number": _("no phone number"),
    "length": _("too short or too long"),
    "nobodys": _("belongs to no operator"),
}

CHECKS = (
    ReviewCheck(
        code="consignee",
        title=_("Recipient's name"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Ask the customer for the name the parcel shall bear."),
        evidence={"problem": _("what is wrong"), "recipient": _("recipient")},
        words={"problem": _PROBLEMS},
        position=30,
        judge=_consignee,
        values=(
            Words(
                "words",
                _("Names that nobody has"),
                (
                    "test",
                    "testing",
                    "asdf",
                    "qwer",
                    "abc",
                    "测试",
                    "测试单",
                    "勿发",
                    "无名",
                    "匿名",
                ),
            ),
        ),
    ),
    ReviewCheck(
        code="phone",
        title=_("Phone number"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Ask the customer by the channel's messages for a number that can be called."),
        evidence={
            "problem": _("what is wrong"),
            "phone": _("phone"),
            "country": _("numbers of"),
        },
        words={"problem": _PROBLEMS},
        position=40,
        judge=_phone,
        values=(YesNo("is_strict", _("Only numbers that an operator has given out"), True),),
    ),
    ReviewCheck(
        code="memo",
        title=_("Buyer's memo"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Read the memo and do what it asks for, or tell the customer why not."),
        evidence={"words": _("words in it")},
        position=90,
        judge=_memo,
        values=(
            Words(
                "words",
                _("Words that want a person"),
                (
                    "改地址",
                    "换地址",
                    "不要发货",
                    "先不发",
                    "暂不发货",
                    "取消",
                    "退款",
                    "发票",
                    "联系我",
                    "打电话",
                    "换货",
                    "定制",
                    "刻字",
                    "cancel",
                    "refund",
                    "invoice",
                    "call me",
                    "change address",
                ),
            ),
        ),
    ),
)
