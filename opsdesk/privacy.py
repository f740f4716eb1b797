"""Personal data as it may be shown: masked here, on the server, before it reaches any page."""

import re

MASK = "*"
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def mask_name(name: str) -> str:
    """张三 → 张*. The first character stays, whatever the length."""
    return f"{name[:1]}{MASK}" if name else ""


def mask_identifier(identifier: str) -> str:
    """tb8812345 → tb***45: enough to tell two buyers apart, not to find them elsewhere."""
    if len(identifier) < 6:
        return mask_name(identifier)
    return f"{identifier[:2]}{MASK * 3}{identifier[-2:]}"


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678. Short numbers keep their last two digits."""
    if not phone:
        return ""
    if len(phone) < 8:
        return f"{MASK * 4}{phone[-2:]}"
    return f"{phone[:3]}{MASK * 4}{phone[-4:]}"


def mask_address(region: str, address: str) -> str:
    """Province, city and district stay; street and number do not."""
    return f"{region} {MASK * 3}".strip() if region or address else ""


def mask_mobiles(text: str) -> str:
    """Any mainland mobile number inside free text, masked."""
    return _MOBILE.sub(r"\1****\2", text)
