"""What crosses the border: files in, deliveries in, messages out."""

from opsdesk.exchange.models.imports import (
    ImportRow,
    ImportRowQuerySet,
    ImportSession,
    ImportSessionQuerySet,
    upload_path,
)
from opsdesk.exchange.models.inbox import InboundDelivery, InboundDeliveryQuerySet
from opsdesk.exchange.models.outbox import (
    OutboundAttempt,
    OutboundMessage,
    OutboundMessageQuerySet,
    Target,
    TargetQuerySet,
)
from opsdesk.exchange.models.texts import MessageTemplate, MessageTemplateQuerySet
from opsdesk.exchange.models.webhooks import WebhookRefusal, WebhookSource

__all__ = [
    "ImportRow",
    "ImportRowQuerySet",
    "ImportSession",
    "ImportSessionQuerySet",
    "InboundDelivery",
    "InboundDeliveryQuerySet",
    "MessageTemplate",
    "MessageTemplateQuerySet",
    "OutboundAttempt",
    "OutboundMessage",
    "OutboundMessageQuerySet",
    "Target",
    "TargetQuerySet",
    "WebhookRefusal",
    "WebhookSource",
    "upload_path",
]
