"""Codes that scanners read, as SVG to print: sized in millimetres, without a font of their own."""

from __future__ import annotations

import segno
from barcode import Code128
from barcode.errors import BarcodeError
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError

# By ISO/IEC 15417: ten modules of white on either side, or a scanner finds no beginning.
QUIET_MODULES = 10
LETTER_MM = 3.2
MOST_LETTERS = 60


class NotPrintable(DomainError):
    """The text has a character that Code 128 has no bars for, or is too long for one label."""

    code = "not_printable"


def code128(text: str, *, height_mm: float = 14, module_mm: float = 0.33) -> SafeString:
    """The text as Code 128 with the words below it, `module_mm` to the narrowest bar.

    Raises NotPrintable: ASCII only, 60 characters at most.
    """
    modules = _modules(text)
    width = (len(modules) + 2 * QUIET_MODULES) * module_mm
    bars = "".join(
        f"M{(QUIET_MODULES + start) * module_mm:.2f} 0h{length * module_mm:.2f}"
        f"v{height_mm:g}h-{length * module_mm:.2f}z"
        for start, length in _bars(modules)
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="code128" role="img" aria-label="{text}"'
        ' width="{width}mm" height="{total}mm" viewBox="0 0 {width} {total}">'
        '<rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="{bars}"/>'
        '<text x="50%" y="{below}" text-anchor="middle" font-family="monospace"'
        ' font-size="{letter}" fill="#000">{text}</text></svg>',
        text=text,
        width=f"{width:.2f}",
        total=f"{height_mm + LETTER_MM * 1.4:.2f}",
        bars=bars,
        below=f"{height_mm + LETTER_MM:.2f}",
        letter=LETTER_MM,
    )


def _modules(text: str) -> str:
    """A character per module: 1 for black. Check digit and stop are among them."""
    if not text or len(text) > MOST_LETTERS:
        raise NotPrintable(_("A bar code holds 1 to %(most)s characters.") % {"most": MOST_LETTERS})
    try:
        return Code128(text).build()[0]
    except (BarcodeError, KeyError) as error:
        raise NotPrintable(
            _("%(text)s can't be printed as a bar code: letters, digits and signs of ASCII only.")
            % {"text": text}
        ) from error


def _bars(modules: str) -> list[tuple[int, int]]:
    """(first module, modules) of each black bar."""
    found: list[tuple[int, int]] = []
    for place, module in enumerate(modules):
        if module != "1":
            continue
        if found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((place, 1))
    return found


def qr(text: str, *, size_mm: float = 18) -> SafeString:
    """The text as a QR code, quiet zone included, so wide and high. It holds any characters.

    Raises NotPrintable for what no QR code can hold.
    """
    if not text:
        raise NotPrintable(_("There is nothing to make a QR code of."))
    try:
        code = segno.make_qr(text, error="m")
    except segno.DataOverflowError as error:
        raise NotPrintable(_("This is too long for a QR code.")) from error
    border = 4
    scale = size_mm / code.symbol_size(border=border)[0]
    picture = code.svg_inline(unit="mm", scale=scale, border=border, light="#fff", dark="#000")
    label = format_html('<svg class="qr" role="img" aria-label="{}" ', text)
    # Drawn by segno from modules: nothing of the text is in it.
    return mark_safe(picture.replace("<svg ", label, 1).replace(' class="segno"', "", 1))
