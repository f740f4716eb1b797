from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from fulfillment import regions

# A region may be typed by its name, which is longer than its code.
_MOST_TYPED = 60


class RegionField(models.CharField):
    """A region, kept as short as it is: 330000 or 浙江省 are kept as 33."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", regions.MOST)
        kwargs.setdefault("validators", [regions.region_code])
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """In the database it is text like any other."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return regions.found_in(text) or text if text else text

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return regions.shortened(text) if text else text

    def formfield(self, **kwargs: Any) -> Any:
        field = super().formfield(**kwargs)
        if isinstance(field, forms.CharField):
            field.max_length = _MOST_TYPED
            field.widget.attrs["maxlength"] = _MOST_TYPED
            field.validators = []
        return field
