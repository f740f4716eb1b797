"""What programs send, checked against the shape that a resource takes."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Any

from rest_framework.serializers import Serializer


def taken(given_class: type[Serializer], data: Any) -> dict[str, Any]:
    """What was sent, as `given_class` takes it. Raises ValidationError.

    Fields don't change when they check something, so that those of a class are made once per
    process, not with every request. They know no request: who may do what is for services to say.
    """
    given = copy(_shape(given_class))
    given.initial_data = data
    given.is_valid(raise_exception=True)
    return given.validated_data


@cache
def _shape(given_class: type[Serializer]) -> Serializer:
    shape = given_class()
    shape.fields  # noqa: B018 - made now, for all copies
    return shape
