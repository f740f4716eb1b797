from __future__ import annotations

from typing import Any

from django.db import models
from django.forms import Field


class WebAddressField(models.URLField):
    """An address on the web; one that is given without a scheme is taken for https."""

    def formfield(self, **kwargs: Any) -> Field | None:
        return super().formfield(**{"assume_scheme": "https", **kwargs})
