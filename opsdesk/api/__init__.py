"""The REST interface's conventions: one store's rows, masked, paged by key, plain errors.

An app's `api.py` takes what it needs from here and registers its resources on the router.
"""

from opsdesk.api.fields import Code, Computed, GivenId, IdField, Moment, Money, Text, Whole
from opsdesk.api.filters import MomentFilter, TextFilter
from opsdesk.api.given import taken
from opsdesk.api.problems import exception_handler, server_error
from opsdesk.api.resources import CreatesOnce, ReadOnlyResource
from opsdesk.api.routes import router, urls

__all__ = [
    "Code",
    "Computed",
    "CreatesOnce",
    "GivenId",
    "IdField",
    "Moment",
    "MomentFilter",
    "Money",
    "ReadOnlyResource",
    "Text",
    "TextFilter",
    "Whole",
    "exception_handler",
    "router",
    "server_error",
    "taken",
    "urls",
]
