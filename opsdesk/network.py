"""Where a request comes from. What a visitor writes into a header is not believed."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that our own outermost proxy saw; without proxies the connection's own.

    Each of the `TRUSTED_PROXIES` proxies adds one address to the right of X-Forwarded-For: what
    stands left of theirs is the visitor's own claim.
    """
    seen = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        seen = [*(part.strip() for part in forwarded), *seen]
    trusted = seen[-1 - settings.TRUSTED_PROXIES :]
    try:
        return str(ip_address(trusted[0]))
    except ValueError:
        # A proxy that adds none, or a unix socket: nobody in particular.
        return "0.0.0.0"  # noqa: S104
