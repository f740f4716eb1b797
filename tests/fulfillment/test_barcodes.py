"""Codes on paper say what they are to say, in a size that scanners read (FUL-1)."""

import re

import pytest
from barcode.charsets.code128 import CODES
from django.template.loader import render_to_string
from django.utils.html import escape

from fulfillment.barcodes import NotPrintable, code128, qr

STOP = "1100011101011"


def symbols(picture):
    """The values of the symbols that are drawn, without the stop."""
    module = 0.33
    places = [
        (round(float(start) / module) - 10, round(float(length) / module))
        for start, length in re.findall(r"M([\d.]+) 0h([\d.]+)v", picture)
    ]
    drawn = ["0"] * (places[-1][0] + places[-1][1])
    for start, length in places:
        drawn[start : start + length] = "1" * length
    text = "".join(drawn)
    assert text.endswith(STOP)
    body = text.removesuffix(STOP)
    return [CODES.index(body[at : at + 11]) for at in range(0, len(body), 11)]


@pytest.mark.parametrize("text", ["K000000001", "P000000042", "2026-A/7", "a b~c", "1234567890123"])
def test_code_128_carries_its_check_digit(text):
    """FUL-1: pick lists and delivery notes have codes that scanners accept."""
    start, *data, check = symbols(code128(text))

    assert 103 <= start <= 105
    assert (start + sum(at * value for at, value in enumerate(data, 1))) % 103 == check


def test_code_128_is_sized_in_millimetres_with_white_on_either_side():
    picture = code128("K000000001", height_mm=12, module_mm=0.5)

    assert re.search(r'width="[\d.]+mm" height="[\d.]+mm"', picture)
    assert picture.count("v12h") > 10
    assert 'd="M5.00 0h' in picture


@pytest.mark.parametrize("text", ["", "订单", "x" * 61])
def test_what_has_no_bars_is_refused_in_words(text):
    with pytest.raises(NotPrintable):
        code128(text)


def test_a_qr_code_holds_any_characters_and_is_as_large_as_asked():
    picture = qr("货号-红 <XL> & co", size_mm=20)

    assert 'width="20.0mm"' in picture
    assert picture.startswith("<svg ")


@pytest.mark.parametrize("text", ["", "x" * 5_000])
def test_what_no_qr_code_holds_is_refused_in_words(text):
    with pytest.raises(NotPrintable):
        qr(text)


@pytest.mark.parametrize("draw", [code128, qr])
def test_texts_are_escaped(draw):
    text = '"><script>alert(1)</script>'

    picture = draw(text)

    assert "<script" not in picture
    assert escape(text) in picture


@pytest.mark.parametrize(
    ("template", "size"),
    [("fulfillment/print.html", "size: A4"), ("fulfillment/label.html", "size: 100mm 150mm")],
)
def test_papers_name_their_size_and_load_nothing(template, size):
    page = render_to_string(template, {"title": "K000000001", "zone": "Asia/Shanghai"})

    assert size in page
    assert "PingFang SC" in page
    assert "http" not in page
    assert "<link" not in page
