"""Nothing is sent where a person's address leads by mistake or by malice (Y10)."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from opsdesk import http
from tests.receivers import receiver

HOSTILE = [
    "http://127.0.0.1/",
    "http://127.8.9.10/",
    "http://localhost/",
    "http://[::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "javascript:alert(1)",
    "//example.com/",
    "http:///path",
    "http://exam ple.com/",
    "http://example.com/\r\nX: y",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://" + "a" * 70 + ".example/",
    "http://example.com/" + "a" * 3000,
    "",
]
PUBLIC = "93.184.215.14"


@pytest.fixture
def production(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = []


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_anything_is_sent(url):
    with pytest.raises(http.RefusedTarget):
        http.post(url, b"{}")


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("url", HOSTILE)
def test_nor_is_a_hostile_address_asked_anything(url):
    with pytest.raises(http.RefusedTarget):
        http.get(url)


def test_a_question_has_no_body_and_its_answer_is_read():
    with receiver() as here:
        here.reply = lambda _request: (200, {}, b"[1]")
        answer = http.get(f"{here.address}/x?y=1", headers={"X-Key": "k"})

    (request,) = here.requests
    assert answer.body == b"[1]"
    assert (request.method, request.path, request.body) == ("GET", "/x?y=1", b"")
    assert request.headers["x-key"] == "k"


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.5"], [PUBLIC, "10.0.0.5"], ["10.0.0.5", PUBLIC], [PUBLIC, "::1"], ["fd00::1"]],
)
def test_a_name_with_one_private_address_is_refused_whatever_its_others_are(addresses):
    with pytest.raises(http.RefusedTarget):
        http.post("http://shop.example/", b"{}", resolver=lambda _host, _port: addresses)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_a_machine_of_the_internet_is_public(address):
    assert http.is_public(ipaddress.ip_address(address))


def test_a_network_that_is_named_may_be_reached_and_no_other(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    with receiver() as here:
        assert http.post(here.address, b"{}").is_success
        with pytest.raises(http.RefusedTarget):
            http.post(f"http://127.0.0.2:{here.port}/", b"{}")


def test_the_connection_goes_to_the_address_that_was_looked_at():
    """A name that points elsewhere a moment later is not asked again."""
    asked = []

    def changing(host, _port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.99"]

    with receiver() as here:
        answer = http.post(f"http://shop.example:{here.port}/x?y=1", b"{}", resolver=changing)

    assert answer.is_success
    assert asked == ["shop.example"]
    assert here.requests[0].headers["host"] == f"shop.example:{here.port}"
    assert here.requests[0].path == "/x?y=1"


def test_a_redirect_is_not_followed():
    with receiver() as elsewhere, receiver() as here:
        here.reply = lambda _request: (302, {"Location": elsewhere.address}, b"")
        answer = http.post(here.address, b"{}")

    assert answer.status == 302
    assert not answer.is_success
    assert elsewhere.requests == []


def test_body_and_headers_arrive_and_the_answer_comes_back():
    with receiver() as here:
        here.reply = lambda _request: (201, {"X-Kind": "made"}, b"done")
        answer = http.post(f"{here.address}/in", b'{"a":1}', headers={"X-Key": "k"})

    assert (answer.status, answer.headers["x-kind"], answer.body) == (201, "made", b"done")
    assert here.requests[0].json == {"a": 1}
    assert here.requests[0].headers["x-key"] == "k"


def test_of_an_endless_answer_only_so_much_is_read():
    with receiver() as here:
        here.reply = lambda _request: (200, {}, b"x" * (http.MOST_BYTES + 10_000))
        answer = http.post(here.address, b"{}")

    assert len(answer.body) == http.MOST_BYTES


def test_a_receiver_that_is_not_there_has_seen_nothing(unused_tcp_port):
    with pytest.raises(http.NotSent):
        http.post(f"http://127.0.0.1:{unused_tcp_port}/", b"{}")


def test_a_name_that_nobody_knows_has_seen_nothing():
    def unknown(_host, _port):
        raise socket.gaierror("unknown")

    with pytest.raises(http.NotSent):
        http.post("http://nowhere.example/", b"{}", resolver=unknown)


@contextmanager
def raw_server(talk):
    """A server that says what `talk` does with a connection on which a request came in."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connected, _address = listening.accept()
            with connected:
                connected.recv(65536)
                talk(connected)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


def drip(connected):
    """One byte now and again: no single wait is long."""
    try:
        while True:
            connected.sendall(b"H")
            time.sleep(0.05)
    except OSError:
        return


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(drip, id="drips"),
        pytest.param(lambda connected: connected.recv(1), id="is silent"),
        pytest.param(lambda connected: None, id="hangs up"),
        pytest.param(lambda connected: connected.sendall(b"HELLO\r\n\r\n"), id="talks otherwise"),
    ],
)
def test_without_a_whole_answer_the_outcome_is_unknown(talk):
    started = time.monotonic()

    with raw_server(talk) as address, pytest.raises(http.OutcomeUnknown):
        http.post(address, b"{}", seconds=0.5)

    assert time.monotonic() - started < http.CONNECT_SECONDS


@pytest.fixture
def certificate(tmp_path):
    """For the name shop.example: (a server's context, a client's that trusts it)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "shop.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


def test_a_certificate_is_asked_for_the_name_and_not_for_the_address(certificate):
    server, trusting = certificate
    here = ["127.0.0.1"]
    with receiver(tls=server) as shop:
        address = f"https://shop.example:{shop.port}/"
        answer = http.post(address, b"{}", resolver=lambda *_: here, tls=trusting)
        assert answer.is_success

        with pytest.raises(http.NotSent):
            http.post(
                f"https://other.example:{shop.port}/",
                b"{}",
                resolver=lambda *_: here,
                tls=trusting,
            )
        with pytest.raises(http.NotSent):
            http.post(address, b"{}", resolver=lambda *_: here)

    assert len(shop.requests) == 1
