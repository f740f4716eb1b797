"""An A4 sheet with Chinese letters in it: the same bytes for the same content, on any machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pylopdf_fonts_zh_cn
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

FONT = Path(pylopdf_fonts_zh_cn.__file__).with_name("NotoSansSC-Regular.otf")
_NAME = "sans"
_LINE = 6
_GREY = (95, 95, 95)
_RED = (176, 0, 32)


class Sheet:
    """Written from top to bottom; goes on on the next page where one is full."""

    def __init__(self, *, made_at: datetime, language: str, title: str) -> None:
        self.pdf = FPDF(format="A4")
        # By itself the file would tell the moment it was written, and differ each time.
        self.pdf.set_creation_date(made_at)
        self.pdf.set_lang(language)
        self.pdf.set_title(title)
        self.pdf.set_margin(18)
        self.pdf.set_auto_page_break(True, margin=18)
        self.pdf.add_font(_NAME, "", FONT)
        self.pdf.add_page()

    def heading(self, text: str, *, is_red: bool = False) -> None:
        self.pdf.set_text_color(*(_RED if is_red else (0, 0, 0)))
        self._text(text, size=18, height=12)
        self.pdf.set_text_color(0)
        self.pdf.ln(2)

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """A name in grey and its value, a line each; without a value it is left out."""
        for name, value in pairs:
            if not value:
                continue
            self.pdf.set_font(_NAME, size=10)
            self.pdf.set_text_color(*_GREY)
            self.pdf.cell(38, _LINE, name)
            self.pdf.set_text_color(0)
            self._text(value, size=10, height=_LINE)
        self.pdf.ln(4)

    def table(
        self, header: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]
    ) -> None:
        """The first column is text, the others are numbers."""
        self.pdf.set_font(_NAME, size=9)
        align = ("LEFT", *("RIGHT",) * (len(header) - 1))
        # There is one weight of the font: a heading is told by its place.
        with self.pdf.table(
            col_widths=tuple(widths),
            text_align=align,
            line_height=_LINE,
            headings_style=FontFace(),
        ) as table:
            for cells in (header, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        self.pdf.ln(4)

    def note(self, text: str) -> None:
        self._text(text, size=9, height=5)

    def content(self) -> bytes:
        return bytes(self.pdf.output())

    def _text(self, text: str, *, size: int, height: float) -> None:
        self.pdf.set_font(_NAME, size=size)
        self.pdf.multi_cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="LEFT")
