"""Whose address a request has: what the visitor writes is not believed."""

import pytest
from django.test import RequestFactory

from opsdesk.network import client_address

PROXY, VISITOR, FORGED = "10.0.0.9", "203.0.113.7", "198.51.100.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, PROXY),
        (0, FORGED, PROXY),
        (1, VISITOR, VISITOR),
        (1, f"{FORGED}, {VISITOR}", VISITOR),
        (1, f"{FORGED},{FORGED}, {VISITOR} ", VISITOR),
        (2, f"{FORGED}, {VISITOR}, 10.0.0.8", VISITOR),
        (1, "nonsense", "0.0.0.0"),
        (1, "", "0.0.0.0"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_the_one_our_outermost_proxy_saw(proxies, forwarded, expected, settings):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR=PROXY)

    assert client_address(request) == expected
