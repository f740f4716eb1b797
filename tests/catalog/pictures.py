"""Pictures as people bring them: drawn here, deterministically."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw


def drawing(side=800, *, width=None, colour="#b5482f", paper="white"):
    """A disc on paper."""
    picture = Image.new("RGB", (width or side, side), paper)
    edge = side // 4
    ImageDraw.Draw(picture).ellipse((edge, edge, side - edge, side - edge), fill=colour)
    return picture


def written(picture, kind="PNG", **options):
    content = BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def upload(content, name="cup.png"):
    return SimpleUploadedFile(name, content)
