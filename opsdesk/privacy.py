"""Personal data as it may be shown: masked here, on the server, before it reaches any page."""

import re
import unicodedata

MASK = "*"
# As people write it: with or without the country's prefix, in groups or in one piece.
_GAP = r"[\s\-\u2010-\u2015]?"
_MOBILE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?(1[3-9]\d)(?:{_GAP}\d){{4}}{_GAP}((?:\d{_GAP}){{3}}\d)(?!\d)"
)
# Ids as programs write them: what lies within is nobody's number.
_HEX = "[0-9a-fA-F]"
_ID = (
    rf"(?<![0-9A-Za-z])(?:{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"
    rf"|(?=[0-9]*[a-fA-F])(?:{_HEX}{{64}}|{_HEX}{{40}}|{_HEX}{{32}}))(?![0-9A-Za-z])"
)
_ID_OR_MOBILE = re.compile(rf"({_ID})|{_MOBILE.pattern}")


def mask_name(name: str) -> str:
    """张三 → 张*. The first character stays, whatever the length."""
    return f"{name[:1]}{MASK}" if name else ""


def mask_identifier(identifier: str) -> str:
    """tb8812345 → tb***45: enough to tell two buyers apart, not to find them elsewhere."""
    if len(identifier) < 6:
        return mask_name(identifier)
    return f"{identifier[:2]}{MASK * 3}{identifier[-2:]}"


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678. Four digits or more are hidden; of short numbers all but two."""
    if not phone:
        return ""
    if _digits(phone[3:-4]) >= 4:
        return f"{phone[:3]}{MASK * 4}{phone[-4:]}"
    return f"{MASK * 4}{phone[-2:]}" if _digits(phone[:-2]) >= 4 else MASK * 4


def normal_phone(phone: str) -> str:
    """Its digits, however it is written: +86 138-1234-5678 → 13812345678. What a platform adds to
    a mainland mobile number (13812345678-1234) is left out."""
    if phone.isascii() and phone.isdigit() and len(phone) == 11:
        return phone
    text = unicodedata.normalize("NFKC", phone)
    mobile = _MOBILE.search(text)
    if mobile:
        return "".join(filter(str.isdecimal, text[mobile.start(1) : mobile.end()]))
    return "".join(filter(str.isdecimal, text)).removeprefix("00")


def _digits(text: str) -> int:
    return sum(letter.isdecimal() for letter in text)


def mask_address(region: str, address: str) -> str:
    """Province, city and district stay; street and number do not."""
    return f"{region} {MASK * 3}".strip() if region or address else ""


def mask_mobiles(text: str) -> str:
    """Any mainland mobile number inside free text, masked.

    Full-width digits, spaces, dashes and +86 don't hide it; a text without one stays as it is, and
    so do UUIDs and digests, whose digits may look like one.
    """
    plain = unicodedata.normalize("NFKC", text)
    masked = _ID_OR_MOBILE.sub(_masked, plain)
    return text if masked == plain else masked


def _masked(found: re.Match[str]) -> str:
    return found[1] or f"{found[2]}{MASK * 4}{found[3]}"


def error_summary(error: BaseException) -> str:
    """What went wrong as it may be kept: the kind and the first line, mobile numbers masked.

    The further lines of a database's refusal quote the row, with whatever stands in it.
    """
    first = str(error).partition("\n")[0].partition("DETAIL:")[0].strip()
    return mask_mobiles(f"{type(error).__name__}: {first}")
