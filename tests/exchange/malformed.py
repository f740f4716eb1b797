"""Forty files as they really arrive: damaged, mangled by Excel, or no table at all.

Each says what must become of it: refused as a whole (code, line), one row rejected (code, column,
line) while the good ones stay, or accepted with so many orders.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl

HEADER = "order_number,placed_at,total_amount,region"
GOOD = "A100,2026-02-20 10:00:00,12.50,上海"
ALSO_GOOD = "A102,2026-02-20 12:00:00,7.00,北京"
LINES_HEADER = "order_number,placed_at,sku_code,quantity,unit_price"
LINES_GOOD = "A100,2026-02-20 10:00:00,SKU1,1,5.00"


@dataclass(frozen=True)
class Malformed:
    number: int
    name: str
    content: Callable[[], bytes]
    file_name: str = "orders.csv"
    # Of the file as a whole.
    refused: str = ""
    # Of one row; the other ones are good.
    rejected: str = ""
    column: str = ""
    line: int | None = None
    created: int = 0

    def __str__(self) -> str:
        return f"{self.number:02d} {self.name}"


def text(*lines: str, encoding: str = "utf-8", end: str = "\n") -> Callable[[], bytes]:
    return lambda: (end.join(lines) + end).encode(encoding)


def row(line: str) -> Callable[[], bytes]:
    """A good row, the row in question on line 3, another good row."""
    return text(HEADER, GOOD, line, ALSO_GOOD)


def order_line(line: str) -> Callable[[], bytes]:
    return text(LINES_HEADER, LINES_GOOD, line)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for cells in (HEADER.split(","), GOOD.split(",")):
        book.active.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def bomb(megabytes: int = 300) -> bytes:
    """A workbook of a few hundred KB that would unpack to hundreds of MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(megabytes):
                sheet.write(b"<row/>" * (1024 * 1024 // 6))
    return file.getvalue()


def _mixed() -> bytes:
    return (
        f"{HEADER}\n{GOOD}\n".encode()
        + "A101,2026-02-20 11:00:00,3.00,广东省深圳市\n".encode("gbk")
        + f"{ALSO_GOOD}\n".encode()
    )


def _damaged() -> bytes:
    return f"{HEADER}\n{GOOD}\n".encode() + b"A101,2026-02-20 11:00:00,3.00,\xe4\xb8\xff\xfe\n"


LONG_LINE = 50 * 1024 * 1024

MALFORMED = [
    Malformed(1, "UTF-8 with BOM", text(HEADER, GOOD, encoding="utf-8-sig"), created=1),
    Malformed(2, "UTF-16LE", text(HEADER, GOOD, encoding="utf-16"), created=1),
    Malformed(3, "GBK", text(HEADER, GOOD, ALSO_GOOD, encoding="gbk"), created=2),
    Malformed(
        4,
        "GB 18030 with an emoji",
        text(HEADER, GOOD, f"{ALSO_GOOD}市朝阳区😀", encoding="gb18030"),
        created=2,
    ),
    Malformed(
        5,
        "Latin-1",
        text(HEADER, "A100,2026-02-20 10:00:00,1.00,Müller Straße, Köln", encoding="latin-1"),
        refused="latin1",
        line=2,
    ),
    Malformed(6, "mixed encodings", _mixed, refused="mixed_encodings", line=3),
    Malformed(
        7,
        "NUL byte",
        text(HEADER, GOOD, "A101,2026-02-20\0 11:00:00,3.00,上海"),
        refused="nul_byte",
        line=3,
    ),
    Malformed(8, "invalid UTF-8", _damaged, refused="invalid_utf8", line=3),
    Malformed(9, "empty", lambda: b"", refused="empty_file", line=1),
    Malformed(10, "header only", text(HEADER), refused="no_rows", line=1),
    Malformed(11, "no header", text(GOOD, ALSO_GOOD), refused="no_header", line=1),
    Malformed(
        12,
        "duplicate header",
        text(f"{HEADER},Total", f"{GOOD},12.50"),
        refused="duplicate_column",
        column="Total",
        line=1,
    ),
    Malformed(
        13,
        "unknown column",
        text(f"{HEADER},mood", f"{GOOD},fine"),
        refused="unknown_column",
        column="mood",
        line=1,
    ),
    Malformed(
        14,
        "missing column",
        text("order_number,total_amount", "A100,1.00"),
        refused="missing_column",
        column="placed_at",
        line=1,
    ),
    Malformed(
        15,
        "columns in another order",
        text("total_amount,region,order_number,placed_at", "5,上海,A100,2026-02-20 10:00:00"),
        created=1,
    ),
    Malformed(16, "semicolons", text(HEADER.replace(",", ";"), GOOD.replace(",", ";")), created=1),
    Malformed(17, "tabs", text(HEADER.replace(",", "\t"), GOOD.replace(",", "\t")), created=1),
    Malformed(18, "CR only", text(HEADER, GOOD, ALSO_GOOD, end="\r"), created=2),
    Malformed(
        19,
        "line end inside quotes",
        text(HEADER, 'A100,2026-02-20 10:00:00,12.50,"上海\n浦东"', ALSO_GOOD),
        created=2,
    ),
    Malformed(
        20,
        "unclosed quote",
        text(HEADER, GOOD, 'A101,2026-02-20 11:00:00,3.00,"上海', ALSO_GOOD),
        refused="unclosed_quote",
        line=3,
    ),
    Malformed(
        21,
        "ragged row",
        row("A101,2026-02-20 11:00:00"),
        rejected="ragged_row",
        line=3,
        created=2,
    ),
    Malformed(22, "trailing commas", text(f"{HEADER},,", f"{GOOD},,", f"{ALSO_GOOD},,"), created=2),
    Malformed(
        23,
        "a line of 50 MB",
        lambda: f"{HEADER}\n{GOOD}\n".encode() + b"A" * LONG_LINE,
        refused="line_too_long",
        line=3,
    ),
    Malformed(
        24,
        "100,000 columns",
        lambda: ",".join(f"c{i}" for i in range(100_000)).encode() + b"\n1,2\n",
        refused="too_many_columns",
        line=1,
    ),
    Malformed(25, "workbook called .csv", workbook, refused="workbook_called_csv", line=1),
    Malformed(
        26,
        "log-in page called .csv",
        lambda: b"<!DOCTYPE html><html><body><form action='/login'></form></body></html>",
        refused="web_page",
        line=1,
    ),
    Malformed(
        27,
        "1,234.50",
        row('A101,2026-02-20 11:00:00,"1,234.50",上海'),
        rejected="thousands_separator",
        column="total_amount",
        line=3,
        created=2,
    ),
    Malformed(
        28,
        "1.234,50",
        row('A101,2026-02-20 11:00:00,"1.234,50",上海'),
        rejected="decimal_comma",
        column="total_amount",
        line=3,
        created=2,
    ),
    Malformed(
        29,
        "1E+05",
        row("A101,2026-02-20 11:00:00,1E+05,上海"),
        rejected="scientific",
        column="total_amount",
        line=3,
        created=2,
    ),
    Malformed(
        30,
        "order number 6.2E+17",
        row("6.2E+17,2026-02-20 11:00:00,3.00,上海"),
        rejected="lost_digits",
        column="order_number",
        line=3,
        created=2,
    ),
    Malformed(
        31,
        "lost leading zero",
        text(
            HEADER,
            "0012345,2026-02-20 11:00:00,3.00,上海",
            "12346,2026-02-20 11:00:00,3.00,上海",
            "0012347,2026-02-20 11:00:00,3.00,上海",
        ),
        rejected="lost_leading_zero",
        column="order_number",
        line=3,
        created=2,
    ),
    Malformed(
        32,
        "negative quantity",
        order_line("A101,2026-02-20 11:00:00,SKU1,-2,5.00"),
        rejected="negative_quantity",
        column="quantity",
        line=3,
        created=1,
    ),
    Malformed(
        33,
        "quantity 0",
        order_line("A101,2026-02-20 11:00:00,SKU1,0,5.00"),
        rejected="zero_quantity",
        column="quantity",
        line=3,
        created=1,
    ),
    Malformed(
        34,
        "NaN and Infinity",
        text(
            HEADER,
            "A101,2026-02-20 11:00:00,NaN,上海",
            GOOD,
            "A103,2026-02-20 11:00:00,-Infinity,上海",
        ),
        rejected="not_finite",
        column="total_amount",
        line=2,
        created=1,
    ),
    Malformed(
        35,
        "three decimals",
        row("A101,2026-02-20 11:00:00,12.345,上海"),
        rejected="too_precise",
        column="total_amount",
        line=3,
        created=2,
    ),
    Malformed(
        36,
        "currency sign",
        row("A101,2026-02-20 11:00:00,¥12.50,上海"),
        rejected="currency_sign",
        column="total_amount",
        line=3,
        created=2,
    ),
    Malformed(
        37,
        "31/02/2026",
        row("A101,31/02/2026,12.50,上海"),
        rejected="no_such_moment",
        column="placed_at",
        line=3,
        created=2,
    ),
    Malformed(
        37,
        "02-03-26",
        row("A101,02-03-26,12.50,上海"),
        rejected="ambiguous_date",
        column="placed_at",
        line=3,
        created=2,
    ),
    Malformed(
        38,
        "full-width digits",
        row("A101,2026-02-20 11:00:00,１２.50,上海"),
        rejected="full_width",
        column="total_amount",
        line=3,
        created=2,
    ),
    Malformed(
        38,
        "invisible characters around a value",
        row("\u200bA101\u00a0,2026-02-20 11:00:00,\u00a012.50\u3000,上海"),
        created=3,
    ),
    Malformed(
        38,
        "invisible character inside a number",
        row("A1\u200b01,2026-02-20 11:00:00,12.50,上海"),
        rejected="full_width",
        column="order_number",
        line=3,
        created=2,
    ),
    Malformed(
        39,
        "=cmd|…",
        row("A101,2026-02-20 11:00:00,12.50,=cmd|' /C calc'!A0"),
        rejected="formula",
        column="region",
        line=3,
        created=2,
    ),
    Malformed(
        40,
        "the same number twice",
        text(HEADER, GOOD, ALSO_GOOD, GOOD),
        rejected="repeated_key",
        column="order_number",
        line=4,
        created=2,
    ),
]
