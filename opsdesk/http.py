"""Requests to addresses that people enter: sent to public machines only, within set limits.

A name is resolved once. Every address it has must be a public one, and the connection goes to an
address that was looked at, whatever the name says a moment later. Redirects are answers like any
other: nobody follows them. What may be private is named by `OUTBOUND_PRIVATE_NETWORKS`.
"""

from __future__ import annotations

import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from http import client
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Iterable[str]]

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MOST_BYTES = 256 * 1024
LONGEST_URL = 2_000
PORTS = {"http": 80, "https": 443}

# Beyond what `is_global` knows in every Python that runs this: ways from IPv6 into private IPv4
# (6to4, Teredo, NAT64), and what is reserved for protocols and documents.
_NOBODYS = [
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
]
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
# 2130706433, 0x7f.1, 127.1: old ways to write an address that only some programs read.
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


class RefusedTarget(DomainError):
    """The address is not one to send anything to. Nothing was sent."""

    code = "refused_target"


class NotSent(Exception):
    """The receiver could not be reached: it has seen nothing of the request."""


class OutcomeUnknown(Exception):
    """The request went out, and no whole answer came back: it may have been carried out."""


@dataclass(frozen=True)
class Answer:
    """`body` holds the first `MOST_BYTES` at most; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def resolve(host: str, port: int) -> list[str]:
    """The addresses the system knows for a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    resolver: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
    seconds: float | None = None,
) -> Answer:
    """What the receiver answered, whatever its status.

    All of it, from the connection on, takes `seconds` at most, by default `TOTAL_SECONDS`. Raises
    RefusedTarget and NotSent where nothing arrived, OutcomeUnknown where something may have.
    """
    return _request("POST", url, body, headers, resolver=resolver, tls=tls, seconds=seconds)


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    resolver: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
    seconds: float | None = None,
) -> Answer:
    """What the receiver answered to a question, within the limits of `post`; raises as that."""
    return _request("GET", url, None, headers, resolver=resolver, tls=tls, seconds=seconds)


def _request(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str] | None,
    *,
    resolver: Resolve,
    tls: ssl.SSLContext | None,
    seconds: float | None,
) -> Answer:
    parts = checked(url)
    host, port = _name_of(parts), parts.port or PORTS[parts.scheme]
    addresses = _public_addresses(host, port, resolver)
    until = time.monotonic() + (seconds or TOTAL_SECONDS)
    context = (tls or _trusted()) if parts.scheme == "https" else None
    with closing(_connect(addresses, host, port, context, until)) as connected:
        return _exchange(_TimedSocket(connected, until), method, parts, host, body, headers or {})


def checked(url: str) -> SplitResult:
    """The parts of an address that is written as one should be. Raises RefusedTarget."""
    parts = _split(url)
    if parts is None or parts.scheme not in PORTS or not parts.hostname:
        raise RefusedTarget(_("Write a whole address that begins with https:// or http://."))
    if parts.username is not None or parts.password is not None:
        raise RefusedTarget(_("An address with a user name or a password in it is not used."))
    _name_of(parts)
    return parts


def _split(url: str) -> SplitResult | None:
    if len(url) > LONGEST_URL or _UNPRINTABLE.search(url):
        return None
    try:
        parts = urlsplit(url)
        # Read here, since both raise when they make no sense.
        return parts if parts.port != 0 and parts.hostname else None
    except ValueError:
        return None


def _name_of(parts: SplitResult) -> str:
    """The host as it is looked up and put into the request. Raises RefusedTarget."""
    host = (parts.hostname or "").rstrip(".")
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        # An address with a zone is one of this machine's own links.
        if "%" not in host:
            return str(address)
    last = host.rpartition(".")[2]
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not name or "%" in host or ":" in host or _NUMBER.fullmatch(last):
        raise RefusedTarget(_("%(host)s is not the name of a machine.") % {"host": host})
    return name


def _public_addresses(host: str, port: int, resolver: Resolve) -> list[Address]:
    """Where a connection may go, each address looked at. Raises RefusedTarget and NotSent."""
    try:
        found = [ipaddress.ip_address(text) for text in dict.fromkeys(resolver(host, port))]
    except (OSError, UnicodeError) as error:
        raise NotSent(f"{host}: {error}") from error
    except ValueError as error:
        raise RefusedTarget(_("%(host)s has an unusable address.") % {"host": host}) from error
    if not found:
        raise NotSent(f"{host}: no address")
    private = private_networks()
    if not all(is_public(address) or _is_in(address, private) for address in found):
        raise RefusedTarget(
            _("%(host)s is not a public machine: messages don't go there.") % {"host": host}
        )
    return found


def is_public(address: Address) -> bool:
    """Does it belong to one machine of the internet, and to nobody's own network?"""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id is not None:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or _is_in(address, _NOBODYS)
    )


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def private_networks() -> list[Network]:
    return [ipaddress.ip_network(text) for text in settings.OUTBOUND_PRIVATE_NETWORKS]


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connect(
    addresses: Iterable[Address],
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    until: float,
) -> socket.socket:
    """A connection to the first address that takes one, for https in the name's own right."""
    trouble: Exception = NotSent(host)
    for address in addresses:
        left = min(CONNECT_SECONDS, until - time.monotonic())
        if left <= 0:
            break
        try:
            connected = socket.create_connection((str(address), port), timeout=left)
        except OSError as error:
            trouble = error
            continue
        try:
            return context.wrap_socket(connected, server_hostname=host) if context else connected
        except OSError as error:
            connected.close()
            trouble = error
    raise NotSent(f"{host}: {trouble}") from trouble


def _exchange(
    connected: _TimedSocket,
    method: str,
    parts: SplitResult,
    host: str,
    body: bytes | None,
    headers: Mapping[str, str],
) -> Answer:
    """Send the request and read the answer, over a connection that is there."""
    port = parts.port or PORTS[parts.scheme]
    name = f"[{host}]" if ":" in host else host
    connection = client.HTTPConnection(host, port)
    connection.sock = connected
    target = iri_to_uri(parts._replace(scheme="", netloc="", fragment="").geturl())
    own = {
        "Host": name if port == PORTS[parts.scheme] else f"{name}:{port}",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    try:
        connection.request(
            method,
            target if target.startswith("/") else f"/{target}",
            body=body,
            headers={**headers, **own},
        )
        response = connection.getresponse()
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=response.read(MOST_BYTES),
        )
    except (OSError, client.HTTPException) as error:
        raise OutcomeUnknown(f"{host}: {type(error).__name__} {error}".rstrip()) from error


class _TimedSocket:
    """A connection on which everything together ends by one moment.

    A timeout of the socket's own starts again with every byte: a receiver that sends one a second
    would hold its sender for hours.
    """

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._connected = connected
        self._until = until

    def sendall(self, data: Any) -> None:
        self.timed().sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self))

    def close(self) -> None:
        """The connection lets go of it while the answer is still read: `post` closes it."""

    def timed(self) -> socket.socket:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        self._connected.settimeout(left)
        return self._connected


class _TimedReader(io.RawIOBase):
    def __init__(self, source: _TimedSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.timed().recv_into(buffer)
