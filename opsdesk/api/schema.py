"""What the description says of every operation: how to sign in, what may go wrong."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from opsdesk.api import idempotency
from opsdesk.api.problems import MEDIA_TYPE

_FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "detail"],
    "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; further members state facts.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "code", "detail", "request_id")},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
}
READING = {
    "400": "A filter or the size of the page is not valid.",
    "401": "No token, or one that opens nothing any more.",
    "403": "The token's scopes, or the roles of its person, do not allow this.",
    "404": "There is no such thing in the token's store.",
    "405": "This can't be done here.",
    "406": "Only JSON is written here.",
    "429": "The requests of this minute are used up: see Retry-After.",
    "503": "The database did not answer: see Retry-After.",
}
# Said by the web server before the request reaches us, and so in its own words.
TOO_LONG = {
    "description": "The address is longer than 8,190 bytes.",
    "content": {"text/html": {"schema": {"type": "string"}}},
}
WRITING = READING | {
    "400": "The key is missing, or some fields are not valid.",
    "409": "The business does not allow it, or a request with this key is still running.",
    "413": "The body is too large.",
    "415": "Only JSON is read here.",
    "422": "The key was used for another request.",
}


class Operation(AutoSchema):
    def get_override_parameters(self) -> list[OpenApiParameter]:
        if self.method != "POST":
            return []
        return [
            OpenApiParameter(
                idempotency.HEADER,
                {"type": "string", "pattern": idempotency.PATTERN},
                OpenApiParameter.HEADER,
                required=True,
                description="A new one for each thing to do; the same one to do it again safely.",
            )
        ]

    def get_request_serializer(self) -> Any:
        if self.method == "POST":
            return self.view.given_class
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        if self.method != "POST":
            listed = self.view.lists_class
            return listed(many=True) if listed else super().get_response_serializers()
        answer = self.view.answer_class or self.view.serializer_class
        return dict.fromkeys(self.view.answers, answer)


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "opsdesk.tokens.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> Any:
    """Every operation names the problem documents it can answer with."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in result["paths"].values():
        for method, operation in methods.items():
            known = WRITING if method == "post" else READING
            for status, description in known.items():
                answer = {"description": description, "content": content}
                operation["responses"].setdefault(status, answer)
            operation["responses"].setdefault("414", TOO_LONG)
    return result
