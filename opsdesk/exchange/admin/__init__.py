"""The screens of what crosses the border."""

from opsdesk.exchange.admin.imports import ImportSessionAdmin
from opsdesk.exchange.admin.inbox import InboundDeliveryAdmin
from opsdesk.exchange.admin.outbox import OutboundMessageAdmin
from opsdesk.exchange.admin.targets import TargetAdmin
from opsdesk.exchange.admin.texts import MessageTemplateAdmin
from opsdesk.exchange.admin.webhooks import WebhookSourceAdmin

__all__ = [
    "ImportSessionAdmin",
    "InboundDeliveryAdmin",
    "MessageTemplateAdmin",
    "OutboundMessageAdmin",
    "TargetAdmin",
    "WebhookSourceAdmin",
]
