"""Every way out, to a receiver on loopback that looks as closely as the real one."""

import base64
import hashlib
import hmac
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import orjson
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from opsdesk import http
from opsdesk.exchange.adapters import mail, registry, robots, sms, webhook
from opsdesk.exchange.adapters.registry import Failed, Outgoing
from tests.factories import MOMENT
from tests.receivers import receiver

ID = UUID("5e0c1fd0-3ed8-4d1f-9d6c-0e1c6f6a8a11")
SECRET = "SEC0123456789"


@pytest.fixture
def here():
    with receiver() as running:
        yield running


def outgoing(**fields):
    values = {
        "address": "",
        "token": "t0k3n",
        "secret": "",
        "recipient": "",
        "payload": {"subject": "12 alerts", "text": "库存未确认 T1"},
        "public_id": ID,
        "at": MOMENT,
    }
    return Outgoing(**{**values, **fields})


def answers(**body):
    return lambda _request: (200, {}, orjson.dumps(body))


def hmac_of(key: str, content: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), content.encode(), hashlib.sha256)).decode()


# The receivers: each checks as its platform's documents say, and refuses as it does.


def dingtalk(request):
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
    if query["sign"] != hmac_of(SECRET, f"{query['timestamp']}\n{SECRET}"):
        return 200, {}, orjson.dumps({"errcode": 310000, "errmsg": "sign not match"})
    assert query["access_token"] == "t0k3n"
    assert query["timestamp"] == str(int(MOMENT.timestamp() * 1000))
    assert request.json["msgtype"] == "text"
    return 200, {}, orjson.dumps({"errcode": 0, "errmsg": "ok"})


def feishu(request):
    told = request.json
    if told["sign"] != hmac_of(f"{told['timestamp']}\n{SECRET}", ""):
        return 200, {}, orjson.dumps({"code": 19021, "msg": "sign match fail"})
    assert request.path == "/hook/t0k3n"
    assert told["timestamp"] == str(int(MOMENT.timestamp()))
    assert told["msg_type"] == "text"
    return 200, {}, orjson.dumps({"code": 0, "msg": "success"})


def wecom(request):
    if parse_qs(urlsplit(request.path).query)["key"] != ["t0k3n"]:
        return 200, {}, orjson.dumps({"errcode": 93000, "errmsg": "invalid webhook url"})
    return 200, {}, orjson.dumps({"errcode": 0, "errmsg": "ok"})


ROBOTS = [
    pytest.param(robots.DINGTALK, dingtalk, "/send", id="dingtalk"),
    pytest.param(robots.FEISHU, feishu, "/hook", id="feishu"),
    pytest.param(robots.WECOM, wecom, "/send", id="wecom"),
]


def text_told(request):
    told = request.json
    return (told.get("text") or told["content"]).get("content") or told["content"]["text"]


@pytest.mark.parametrize(("adapter", "platform", "path"), ROBOTS)
def test_a_robot_takes_what_is_signed_as_it_wants(adapter, platform, path, here):
    here.reply = platform

    adapter.send(outgoing(address=here.address + path, secret=SECRET))

    assert text_told(here.requests[0]) == "12 alerts\n库存未确认 T1"


@pytest.mark.parametrize(
    ("adapter", "platform", "path", "wrong", "code"),
    [
        (robots.DINGTALK, dingtalk, "/send", {"secret": "another"}, "310000"),
        (robots.FEISHU, feishu, "/hook", {"secret": "another"}, "19021"),
        (robots.WECOM, wecom, "/send", {"token": "another"}, "93000"),
    ],
)
def test_a_refusal_inside_a_200_is_a_failure(adapter, platform, path, wrong, code, here):
    here.reply = platform

    with pytest.raises(Failed, match=code):
        adapter.send(outgoing(address=here.address + path, **{"secret": SECRET, **wrong}))


@pytest.mark.parametrize(("adapter", "platform", "path"), ROBOTS)
@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"[]", b"", b"{}"])
def test_an_answer_that_says_nothing_leaves_the_outcome_unknown(
    adapter, platform, path, body, here
):
    here.reply = lambda _request: (200, {}, body)

    with pytest.raises(http.OutcomeUnknown):
        adapter.send(outgoing(address=here.address + path))


@pytest.mark.parametrize(("adapter", "platform", "path"), ROBOTS)
def test_a_robot_without_a_secret_gets_no_signature(adapter, platform, path, here):
    here.reply = answers(errcode=0, code=0)

    adapter.send(outgoing(address=here.address + path))

    assert "sign" not in here.requests[0].path
    assert "sign" not in here.requests[0].json


def test_a_long_text_is_cut_where_wecom_would_refuse_it_and_no_character_is_halved(here):
    here.reply = answers(errcode=0)

    robots.WECOM.send(outgoing(address=here.address, payload={"text": "预警" * 2000}))

    told = here.requests[0].json["text"]["content"]
    assert len(told.encode()) <= robots.WECOM_BYTES
    assert told.endswith("预…") or told.endswith("警…")


def verify_standard_webhook(secrets, request):
    """As the specification has it: any secret and any signature may match."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    given = request.headers["webhook-signature"].split()
    wanted = {
        "v1,"
        + base64.b64encode(
            hmac.digest(
                base64.b64decode(secret.removeprefix("whsec_")),
                signed + request.body,
                hashlib.sha256,
            )
        ).decode()
        for secret in secrets
    }
    return bool(wanted & set(given))


def test_a_webhook_is_signed_as_standard_webhooks_has_it(here):
    old, new = "whsec_b2xkIHNlY3JldA==", "whsec_bmV3IHNlY3JldA=="

    webhook.WEBHOOK.send(outgoing(address=here.address, secret=f"{new} {old}"))

    request = here.requests[0]
    assert verify_standard_webhook([old], request)
    assert verify_standard_webhook([new], request)
    assert not verify_standard_webhook(["whsec_d3Jvbmc="], request)
    assert request.headers["webhook-id"] == f"msg_{ID.hex}"
    assert request.headers["webhook-timestamp"] == str(int(MOMENT.timestamp()))
    assert request.json == {"subject": "12 alerts", "text": "库存未确认 T1"}


def test_the_signature_is_that_of_the_specification_s_example():
    signature = webhook.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 410, 500, 503])
def test_any_other_status_is_a_failure(status, here):
    here.reply = lambda _request: (status, {"Location": "https://example.com/"}, b"")

    with pytest.raises(Failed) as caught:
        webhook.WEBHOOK.send(outgoing(address=here.address))

    assert caught.value.status == status


def test_patience_beyond_an_hour_is_not_given(here):
    here.reply = lambda _request: (503, {"Retry-After": "86400"}, b"")

    with pytest.raises(Failed) as caught:
        webhook.WEBHOOK.send(outgoing(address=here.address))

    assert caught.value.retry_after == timedelta(hours=1)


def test_a_text_message_goes_to_the_provider_with_its_key(here):
    sms.OVER_HTTP.send(outgoing(address=here.address, recipient="13812345678"))

    request = here.requests[0]
    assert request.headers["authorization"] == "Bearer t0k3n"
    assert request.headers["idempotency-key"] == str(ID)
    assert request.json == {"to": "13812345678", "text": "库存未确认 T1", "id": str(ID)}


def test_the_console_shows_a_text_message_masked_outside_production_only(capsys, settings):
    sms.CONSOLE.send(outgoing(recipient="13812345678"))
    assert capsys.readouterr().out == "SMS to 138****5678: 库存未确认 T1\n"

    settings.PRODUCTION = True
    with pytest.raises(Failed):
        sms.CONSOLE.send(outgoing(recipient="13812345678"))


@pytest.mark.parametrize("adapter", [sms.CONSOLE, sms.OVER_HTTP])
def test_a_text_message_without_a_number_is_a_failure(adapter):
    with pytest.raises(Failed):
        adapter.send(outgoing())


class Mailbox(Message):
    """A mail server's handler that keeps what it takes and refuses a name it doesn't know."""

    def __init__(self):
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        self.mails.append(message)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def mailbox(settings, unused_tcp_port):
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=unused_tcp_port)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    settings.DEFAULT_FROM_EMAIL = "OpsDesk <desk@shop.example>"
    controller.start()
    yield box
    controller.stop()


def test_a_mail_arrives_with_the_message_s_own_id(mailbox):
    mail.MAIL.send(outgoing(recipient="xinyi@shop.example"))

    (arrived,) = mailbox.mails
    assert arrived["Subject"] == "12 alerts"
    assert arrived["To"] == "xinyi@shop.example"
    assert arrived["Message-ID"] == f"<{ID.hex}@shop.example>"
    assert arrived.get_payload(decode=True).decode().strip() == "库存未确认 T1"


def test_a_line_break_in_a_subject_begins_no_header(mailbox):
    subject = "Hello\r\nBcc: everybody@shop.example"

    mail.MAIL.send(outgoing(recipient="a@shop.example", payload={"subject": subject, "text": "x"}))

    (arrived,) = mailbox.mails
    assert arrived["Bcc"] is None
    assert arrived["Subject"] == "Hello Bcc: everybody@shop.example"


def test_a_mailbox_that_is_not_there_is_a_failure(mailbox):
    with pytest.raises(Failed, match="550"):
        mail.MAIL.send(outgoing(recipient="nobody@shop.example"))


@pytest.mark.parametrize("to", ["", "xinyi", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.e"])
def test_what_is_no_mail_address_is_a_failure(to, mailbox):
    with pytest.raises(Failed):
        mail.MAIL.send(outgoing(recipient=to))

    assert mailbox.mails == []


def test_a_mail_server_that_is_not_there_has_nothing(settings, unused_tcp_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port

    with pytest.raises(http.NotSent):
        mail.MAIL.send(outgoing(recipient="a@shop.example"))


@contextmanager
def server_that_hangs_up_after_the_text():
    """It takes the whole mail and dies before it says so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connected, _address = listening.accept()
            with connected, connected.makefile("rwb") as lines:

                def say(text):
                    lines.write(text + b"\r\n")
                    lines.flush()

                say(b"220 ready")
                for line in lines:
                    if line.strip() == b".":
                        return
                    if line.upper().startswith((b"EHLO", b"MAIL", b"RCPT")):
                        say(b"250 OK")
                    elif line.upper().startswith(b"DATA"):
                        say(b"354 go on")

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def test_a_mail_server_that_dies_with_the_text_leaves_the_outcome_unknown(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with server_that_hangs_up_after_the_text() as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        with pytest.raises(http.OutcomeUnknown):
            mail.MAIL.send(outgoing(recipient="a@shop.example"))


def test_two_adapters_can_t_share_a_code():
    with pytest.raises(ValueError, match="webhook"):
        registry.register(registry.Adapter("webhook", "Another", sms.send_to_console))


def test_the_base_address_is_the_platform_s_own():
    assert {adapter.base.split("/")[2] for adapter in registry.all_adapters() if adapter.base} == {
        "api.easypost.com",
        "oapi.dingtalk.com",
        "open.feishu.cn",
        "poll.kuaidi100.com",
        "qyapi.weixin.qq.com",
    }
