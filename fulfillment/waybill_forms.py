"""How carriers write their waybills, and which of the digits checks the others (FUL-3).

A carrier is known by its own code or by what sources of tracking call it. Forms are as wide as the
carrier writes them: they catch what was mistyped, cut short or scanned off another carrier's label,
not what the carrier has never issued.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], int]

# Members of the Universal Postal Union issue numbers for items under their own letters.
_UNION = """
    AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BQ BR BS BT BW BY BZ
    CA CD CF CG CH CI CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT
    JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK
    ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NZ OM PA PE PF PG PH PK PL
    PT PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH
    TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS YE YT ZA ZM ZW
"""
_COUNTRIES = frozenset(_UNION.split())
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def upu(serial: str) -> int:
    """The ninth digit of an S10 number (UPU standard S10): 473124829 has 9."""
    rest = 11 - sum(int(d) * w for d, w in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def ups(serial: str) -> int:
    """Letters count as their place from A = 2, on and on through the digits; every second twice."""
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in serial]
    return -sum(values[::2] + [2 * value for value in values[1::2]]) % 10


def gs1(serial: str) -> int:
    """The check digit of GS1: from the right three times, once, three times … (USPS, SSCC)."""
    digits = [int(d) for d in reversed(serial)]
    return -(3 * sum(digits[::2]) + sum(digits[1::2])) % 10


def express(serial: str) -> int:
    """FedEx Express: weights 1, 3, 7 from the right; the rest by 11, of which the last digit."""
    weights = (1, 3, 7)
    total = sum(int(d) * weights[at % 3] for at, d in enumerate(reversed(serial)))
    return total % 11 % 10


def mod7(serial: str) -> int:
    """DHL Express: the number by 7."""
    return int(serial) % 7


@dataclass(frozen=True)
class Form:
    """One way to write a waybill; the groups `serial` and `digit` where a digit checks others."""

    pattern: re.Pattern[str]
    check: Check | None = None
    prefix: str = ""  # counted with the serial, though it may be left out

    def is_right(self, match: re.Match[str]) -> bool:
        """Whether its check digit agrees with what it checks, and its country exists."""
        groups = match.groupdict()
        if "country" in groups and groups["country"] not in _COUNTRIES:
            return False
        if self.check is None:
            return True
        return self.check(self.prefix + groups["serial"]) == int(groups["digit"])


def _form(pattern: str, check: Check | None = None, prefix: str = "") -> Form:
    return Form(re.compile(pattern, re.ASCII), check, prefix)


S10 = _form(r"[A-Z]{2}(?P<serial>\d{8})(?P<digit>\d)(?P<country>[A-Z]{2})", upu)
_ZIP = r"(?:420\d{5}(?:\d{4})?)?"

FORMS: dict[str, tuple[Form, ...]] = {
    "sf": (_form(r"SF\d{10,13}"), _form(r"\d{12}")),
    "yto": (
        _form(r"(?:YT|YS|YG)\d{13}"),
        _form(r"[A-Z]{1,2}\d{8,12}"),
        _form(r"\d{10}|[68]\d{11}|8\d{17}"),
    ),
    "zto": (_form(r"(?:ZT|ZTO)?\d{12,15}"),),
    "sto": (_form(r"(?:STO|ST)?\d{12,15}"),),
    "yunda": (_form(r"(?:YD)?\d{13}|\d{15}|(?:YD|KY)\d{11,16}"),),
    "jd": (_form(r"JD[A-Z0-9]{10,18}(?:-\d{1,4}){0,2}-?"), _form(r"\d{11,15}")),
    "jtexpress": (_form(r"JT\d{13}"),),
    "deppon": (_form(r"DPK\d{12}|\d{8,10}"),),
    "ems": (S10, _form(r"[159]\d{12}")),
    "ups": (
        _form(r"1Z(?P<serial>[0-9A-Z]{15})(?P<digit>\d)", ups),
        _form(r"[AHJKTV](?P<serial>\d{9})(?P<digit>\d)", ups),
    ),
    "fedex": (
        _form(r"(?P<serial>\d{11})(?P<digit>\d)", express),
        _form(r"(?P<serial>\d{14})(?P<digit>\d)", gs1),
        _form(r"\d{2}(?P<serial>\d{15})(?P<digit>\d)", gs1),
        _form(r"96\d{5}(?P<serial>\d{14})(?P<digit>\d)", gs1),
        _form(r"3\d{15}(?P<serial>\d{11})(?P<digit>\d)\d{4}", express),
        _form(r"(?:[0-8]\d|96)\d{18}(?P<serial>\d{13})(?P<digit>\d)", express),
    ),
    "usps": (
        _form(rf"{_ZIP}(?P<serial>9[1-5]\d{{19}}(?:\d{{4}})?)(?P<digit>\d)", gs1),
        _form(rf"{_ZIP}(?P<serial>\d{{19}})(?P<digit>\d)", gs1),
        _form(rf"{_ZIP}(?P<serial>\d{{19}})(?P<digit>\d)", gs1, prefix="91"),
        S10,
    ),
    "dhl": (
        _form(r"(?P<serial>\d{9,10})(?P<digit>\d)", mod7),
        _form(r"J[A-Z]{2,3}\d{9,18}|\d{14}"),
        _form(r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)(?=[A-Z]*\d)[0-9A-Z]{10,39}"),
    ),
}

# What they are called elsewhere, folded to letters and digits.
_ALIASES = {
    "shunfeng": "sf",
    "sfexpress": "sf",
    "yuantong": "yto",
    "zhongtong": "zto",
    "shentong": "sto",
    "yd": "yunda",
    "jdl": "jd",
    "jingdong": "jd",
    "jt": "jtexpress",
    "debangwuliu": "deppon",
    "chinapost": "ems",
    "youzhengguonei": "ems",
    "dhlexpress": "dhl",
}


def forms_of(*names: str) -> tuple[Form, ...]:
    """The forms of the carrier that is called so; none where nobody has told us any."""
    for name in names:
        folded = re.sub("[^a-z0-9]", "", name.lower())
        found = FORMS.get(_ALIASES.get(folded, folded))
        if found:
            return found
    return ()
