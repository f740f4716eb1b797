"""Mail, through the server that the environment names (`EMAIL_HOST` …)."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Mapping
from hashlib import sha256

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from opsdesk import http
from opsdesk.exchange.adapters.registry import Adapter, Failed, Outgoing, Receipt

# Said before the text is handed over: the server has nothing.
REFUSALS = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPHeloError,
    # After it, but with a clear answer.
    smtplib.SMTPDataError,
)


def send(outgoing: Outgoing) -> Receipt:
    """The mail server has it. A repeat has the same Message-ID, which mailboxes show once."""
    to = outgoing.recipient or outgoing.address
    try:
        validate_email(to)
    except ValidationError as error:
        raise Failed("there is no usable mail address") from error
    # A line break in a subject would begin a header of the writer's choice.
    mail = EmailMultiAlternatives(
        subject=" ".join(outgoing.subject.split()),
        body=outgoing.text,
        to=[to],
        headers={"Message-ID": f"<{outgoing.public_id.hex}@{_domain()}>"},
    )
    if outgoing.payload.get("html"):
        mail.attach_alternative(outgoing.payload["html"], "text/html")
    _attach(mail, outgoing.payload.get("attachment"))
    connection = get_connection(fail_silently=False)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise http.NotSent(f"mail server: {type(error).__name__}") from error
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({str(code) for code, _text in error.recipients.values()})
        raise Failed(f"recipient refused: {', '.join(codes)}") from error
    except REFUSALS as error:
        raise Failed(f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()) from error
    except (OSError, smtplib.SMTPException) as error:
        raise http.OutcomeUnknown(f"mail server: {type(error).__name__}") from error
    finally:
        connection.close()
    return Receipt()


def _attach(mail: EmailMessage, attachment: Mapping[str, str] | None) -> None:
    """A kept file goes along: its place (`file`), its `name`, and the digest it must have.

    Raises Failed where it is gone or is not it any more.
    """
    if not attachment:
        return
    try:
        with default_storage.open(attachment["file"], "rb") as file:
            content = file.read()
    except FileNotFoundError as error:
        raise Failed("the file to attach is gone") from error
    if sha256(content).hexdigest() != attachment["sha256"]:
        raise Failed("the file to attach is not what it was")
    mail.attach(attachment["name"], content)


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or socket.getfqdn()


MAIL = Adapter(
    code="mail",
    title=_("Mail"),
    send=send,
    takes=frozenset({"address"}),
    to_recipient=True,
)
