"""A small real shop on loopback: pages by path, each a status, headers and a body."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.receivers import Receiver, Reply, Request, receiver

PRODUCT = """<html><head><title>{title} | Shop</title>
<script type="application/ld+json">
{{"@type": "Product", "name": "{title}", "offers": {{"@type": "Offer", "price": "{price}"}}}}
</script></head><body><h1>{title}</h1><p>{text}</p>
<a href="/">Home</a><a href="{link}">More</a><img src="{picture}"></body></html>"""


def product(
    title: str = "Tea pot",
    price: str = "129.00",
    text: str = "",
    link: str = "/about",
    picture: str = "/pot.png",
) -> Reply:
    page = PRODUCT.format(title=title, price=price, text=text, link=link, picture=picture)
    return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()


def moved(to: str) -> Reply:
    return 302, {"Location": to}, b""


class Shop:
    """`pages` may be changed while it is open; what is not among them is 404."""

    def __init__(self, here: Receiver) -> None:
        self._here = here
        self.pages: dict[str, Reply] = {
            "/": (200, {}, b"<html><body><h1>Shop</h1></body></html>"),
            "/about": (200, {}, b"<html><body>About</body></html>"),
            "/pot.png": (200, {"Content-Type": "image/png"}, b"png"),
            "/pot": product(),
        }
        here.reply = self._answer

    def _answer(self, request: Request) -> Reply:
        return self.pages.get(request.path, (404, {}, b"nothing here"))

    def at(self, path: str) -> str:
        return f"{self._here.address}{path}"

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self._here.requests]


@contextmanager
def shop() -> Iterator[Shop]:
    with receiver() as here:
        yield Shop(here)


@contextmanager
def byte_a_second() -> Iterator[str]:
    """The address of a server that says one byte a second."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def drip() -> None:
            while not ended.is_set():
                try:
                    visitor, _address = server.accept()
                except OSError:
                    return
                threading.Thread(target=_drip_to, args=(visitor, ended), daemon=True).start()

        threading.Thread(target=drip, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        ended.set()


def _drip_to(visitor: socket.socket, ended: threading.Event) -> None:
    with visitor:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000:
            if ended.is_set():
                return
            try:
                visitor.sendall(bytes([byte]))
            except OSError:
                return
            time.sleep(1)
