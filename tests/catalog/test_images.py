"""Files of strangers are pictures or nothing; what is kept was made by us (CAT-3)."""

from io import BytesIO
from struct import pack
from zlib import compress, crc32

import pytest
from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

from catalog.images import PictureRefused, clean_picture, sharpness_of, white_border_of
from tests.catalog.pictures import drawing, written

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(document.cookie)</script>"


def png_of(width, height):
    """A PNG that says it is so large and holds next to nothing: a decompression bomb."""

    def chunk(kind, data):
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    header = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        HTML,
        b"",
        b"GIF89a" + HTML,
        b"%PDF-1.7 " + HTML,
        written(drawing(64), "GIF"),
        written(drawing(64), "BMP"),
        written(drawing())[:2000],
        written(drawing(), "JPEG")[:1500],
        png_of(20_000, 20_000),
        png_of(6_000, 6_000),
        png_of(3, 3),
    ],
    ids=[
        "svg",
        "html",
        "empty",
        "html that begins like a gif",
        "html that begins like a pdf",
        "gif",
        "bmp",
        "half a png",
        "half a jpeg",
        "20,000 x 20,000",
        "36 megapixels",
        "nine pixels",
    ],
)
def test_what_is_no_picture_for_a_shop_is_refused(content):
    """CAT-3"""
    with pytest.raises(PictureRefused):
        clean_picture(BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_page_behind_a_picture_does_not_come_along(kind):
    """CAT-3: a polyglot loses what it hid, after its end and in its texts."""
    told = PngInfo()
    told.add_text("Comment", HTML.decode())
    options = {
        "PNG": {"pnginfo": told},
        "JPEG": {"comment": HTML, "exif": Image.Exif()},
        "WEBP": {"xmp": HTML},
    }
    content = written(drawing(200), kind, **options[kind]) + HTML

    clean = clean_picture(BytesIO(content))

    assert HTML in content
    assert b"script" not in clean.content
    assert b"script" not in clean.small
    assert clean.format == kind.lower()


def test_where_a_picture_was_taken_is_not_told():
    """CAT-3: the position goes, the way it was held is kept."""
    told = Image.Exif()
    told[0x0112] = 6  # turned by a quarter
    told.get_ifd(0x8825)[1] = "N"
    content = written(drawing(200, width=300), "JPEG", exif=told)

    clean = clean_picture(BytesIO(content))

    kept = Image.open(BytesIO(clean.content))
    assert not kept.getexif()
    assert (clean.width, clean.height) == kept.size == (200, 300)


def test_a_white_background_is_measured_along_the_border():
    """CAT-3: an off-white sheet counts, a transparent one is laid on white."""
    framed = drawing(400)
    framed.paste("black", (0, 0, 400, 8))

    assert white_border_of(drawing(400)) == 100
    assert white_border_of(drawing(400, paper=(246, 246, 247))) == 100
    assert white_border_of(drawing(400, paper="#d8d8d8")) == 0
    assert 70 <= white_border_of(framed) <= 80

    cut_out = drawing(400).convert("RGBA")
    cut_out.putalpha(Image.new("L", (400, 400), 0))
    assert clean_picture(BytesIO(written(cut_out))).white_border == 100


def test_a_blurred_picture_is_less_sharp_however_much_paper_is_around_it():
    """CAT-3"""
    small_goods = Image.new("RGB", (800, 800), "white")
    small_goods.paste(drawing(320), (240, 240))

    for picture in (drawing(), small_goods):
        blurred = picture.filter(ImageFilter.GaussianBlur(4))
        assert sharpness_of(picture) >= 15 > sharpness_of(blurred)
