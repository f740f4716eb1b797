"""Cells become values, strictly: what is not certain is refused with how to mend it.

Every function takes the cell as text, answers at once for what is plainly right and raises
`BadValue` else. Blanks around a value, invisible marks, Excel's `="…"` and a leading apostrophe
are no part of it.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from opsdesk.exchange.problems import BadValue

_MONEY = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?").fullmatch
_QUANTITY = re.compile(r"[1-9][0-9]{0,6}").fullmatch
_IDENTIFIER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-#/]*").fullmatch
# Most texts: they begin and end with a letter or digit and hold nothing strange in between.
_PLAIN = re.compile(
    r"\w(?:[^\x00-\x1f\x7f\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffd]*\w)?"
).fullmatch
_EDGES = re.compile(
    "^[\\s\u00a0\u3000\ufeff\u200b-\u200f\u2060]+|[\\s\u00a0\u3000\ufeff\u200b-\u200f\u2060]+$"
)
_QUOTED_FORMULA = re.compile(r'="([^"]*)"').fullmatch
_FORMULA = re.compile(r"=|@\w+\(|[+\-@][^|]*\|").match
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INVISIBLE = re.compile("[\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+?-?[0-9]+", re.I).fullmatch
_EXCEL_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|#+)").fullmatch
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?|∞)", re.I).fullmatch
_CURRENCY = re.compile(r"[¥￥$€£₹₽]|(?:CNY|RMB|USD|EUR|GBP|元|R\$)", re.I).search
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?").fullmatch
_DECIMAL_COMMA = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+").fullmatch


def trim(text: str) -> str:
    """The cell without what stands around its value."""
    clean = _EDGES.sub("", text)
    if clean.startswith("="):
        quoted = _QUOTED_FORMULA(clean)
        if quoted:
            return _EDGES.sub("", quoted[1])
    return clean


def money(text: str) -> str:
    """An amount, not negative, at most two decimals; as plain text (`178.8`)."""
    if _MONEY(text):
        return text
    clean = trim(text)
    if _MONEY(clean):
        return clean
    raise _bad_number(clean) or _bad_money(clean)


def quantity(text: str) -> int:
    """Pieces: a whole number from 1 on."""
    if _QUANTITY(text):
        return int(text)
    clean = trim(text)
    whole = clean.partition(".")[0] if re.fullmatch(r"[0-9]+\.0+", clean) else clean
    if _QUANTITY(whole):
        return int(whole)
    raise _bad_number(clean) or _bad_quantity(clean)


def identifier(text: str, *, limit: int = 80) -> str:
    """A number or code that stays text: leading zeros and 19 digits are kept."""
    if _IDENTIFIER(text) and len(text) <= limit:
        return text
    clean = trim(text).removeprefix("'")
    if _SCIENTIFIC(clean) and ("+" in clean or "." in clean or "," in clean):
        raise BadValue(
            "lost_digits",
            _(
                "Excel has cut “%(value)s” to 15 digits; the original can't be told. "
                "Format the column as text and export again."
            )
            % {"value": clean[:40]},
        )
    if re.fullmatch(r"[0-9]+\.0+", clean):
        raise BadValue(
            "number_as_decimal",
            _("“%(value)s” was saved as a decimal number. Format the column as text.")
            % {"value": clean[:40]},
        )
    if "\n" in clean or "\r" in clean or "\t" in clean:
        raise BadValue("line_end", _("A number or code can't hold line ends or tabs."))
    if _INVISIBLE.search(clean) or _FULL_WIDTH.search(clean):
        raise _full_width(clean)
    return _checked(clean, limit)


def text(value: str, *, limit: int) -> str:
    """Free text, at most `limit` characters. Formulas and control characters are refused."""
    if _PLAIN(value) and len(value) <= limit:
        return value
    return _checked(trim(value), limit)


def shortened(value: str, *, limit: int) -> str:
    """Free text of which the beginning is enough, such as an article's title."""
    return _checked(trim(value)[:limit], limit)


def _checked(clean: str, limit: int) -> str:
    if _FORMULA(clean):
        raise BadValue(
            "formula",
            _("The cell holds a formula (“%(value)s”). Put its value there.")
            % {"value": clean[:20]},
        )
    if _EXCEL_ERROR(clean):
        raise _excel_error(clean)
    if _CONTROL.search(clean):
        raise BadValue("control_character", _("The cell holds control characters."))
    if "\ufffd" in clean:
        raise BadValue(
            "damaged_text",
            _("The text was damaged by a wrong encoding (�). Export the file again, as UTF-8."),
        )
    if len(clean) > limit:
        raise BadValue(
            "too_long",
            _("The text has %(length)d characters; at most %(limit)d fit.")
            % {"length": len(clean), "limit": limit},
        )
    return clean


def _excel_error(clean: str) -> BadValue:
    return BadValue(
        "excel_error",
        _("The cell holds the Excel error %(value)s. Put the value there.") % {"value": clean[:20]},
    )


def _full_width(clean: str) -> BadValue:
    return BadValue(
        "full_width",
        _("“%(value)s” holds full-width or invisible characters. Type it with ordinary ones.")
        % {"value": clean[:40]},
    )


def _bad_number(clean: str) -> BadValue | None:
    """What can be wrong with any number. None where it is something else."""
    facts = {"value": clean[:40]}
    if _NOT_FINITE(clean):
        return BadValue("not_finite", _("“%(value)s” is no number.") % facts)
    if _EXCEL_ERROR(clean):
        return _excel_error(clean)
    if _FORMULA(clean) and not re.fullmatch(r"[+-][0-9.,]+", clean):
        return BadValue(
            "formula",
            _("The cell holds a formula (“%(value)s”). Put its value there.") % facts,
        )
    if _SCIENTIFIC(clean):
        return BadValue(
            "scientific",
            _("Excel shortened the number to “%(value)s”. Format the column as a number.") % facts,
        )
    if _CURRENCY(clean):
        return BadValue(
            "currency_sign",
            _("“%(value)s” holds a currency. Write the number alone, such as 12.50.") % facts,
        )
    if _INVISIBLE.search(clean) or _FULL_WIDTH.search(clean):
        return _full_width(clean)
    return None


def _bad_money(clean: str) -> BadValue:
    facts = {"value": clean[:40]}
    if re.fullmatch(r"-[0-9.,]+|\([0-9.,]+\)", clean):
        return BadValue("negative", _("The amount %(value)s is negative.") % facts)
    if _THOUSANDS(clean):
        facts["plain"] = clean.replace(",", "")
        return BadValue(
            "thousands_separator",
            _("“%(value)s” has a comma in it. If it parts thousands, write %(plain)s.") % facts,
        )
    if _DECIMAL_COMMA(clean):
        facts["plain"] = clean.replace(".", "").replace(",", ".")
        return BadValue(
            "decimal_comma",
            _("“%(value)s” has a decimal comma. Write %(plain)s.") % facts,
        )
    if re.fullmatch(r"[0-9]+\.[0-9]{3,}", clean):
        return BadValue(
            "too_precise",
            _("“%(value)s” has more than two decimals; money has two at most.") % facts,
        )
    if re.fullmatch(r"[0-9]{13,}(\.[0-9]*)?", clean):
        return BadValue("too_large", _("The amount %(value)s is too large.") % facts)
    return BadValue("not_an_amount", _("“%(value)s” is no amount. Write it as 1234.50.") % facts)


def _bad_quantity(clean: str) -> BadValue:
    facts = {"value": clean[:40]}
    if re.fullmatch(r"-[0-9.]+|\([0-9.]+\)", clean):
        return BadValue(
            "negative_quantity",
            _("The quantity %(value)s is negative. A return is no order.") % facts,
        )
    if re.fullmatch(r"0+(\.0+)?", clean):
        return BadValue("zero_quantity", _("The quantity is 0."))
    if re.fullmatch(r"[0-9]+[.,][0-9]+", clean):
        return BadValue(
            "fraction", _("The quantity %(value)s is no whole number of pieces.") % facts
        )
    if re.fullmatch(r"[0-9]{8,}", clean):
        return BadValue("too_large", _("The quantity %(value)s is too large.") % facts)
    return BadValue("not_a_quantity", _("“%(value)s” is no number of pieces.") % facts)
