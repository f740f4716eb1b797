"""What a page may load and run: our own files, and nothing that stands in the page itself."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# A script that somebody gets into a page does not run: no inline scripts, no handlers in
# attributes, no other hosts. The theme asks for two things: Alpine makes functions of the
# expressions in its attributes, and colours and widths stand in style attributes.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


class PolicyMiddleware:
    """Every answer says it; one that has a stricter policy of its own, a download, keeps that."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
