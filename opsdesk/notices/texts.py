"""What people are told by mail and chat, by default."""

from django.utils.translation import gettext_lazy as _

from opsdesk.exchange.texts import TextKind, Variable, Wording

VARIABLES = {
    "person": Variable(_("who gets it"), "林晓"),
    "store": Variable(_("the store"), "木语生活"),
    "count": Variable(_("how many alerts came up"), "3"),
    "headline": Variable(_("the first of them"), "Stock not confirmed in time · T000000001"),
    "alerts": Variable(
        _("all of them, a line each"),
        "Stock not confirmed in time · T000000001\nNot shipped in time × 2",
    ),
}

ALERTS = TextKind(
    code="notices.alerts",
    title=_("Alerts came up"),
    variables=VARIABLES,
    defaults={
        "en": Wording(
            "{store}: {headline}",
            "{alerts}\n\nYou get this because you subscribed to it in OpsDesk.",
        ),
        "zh-hans": Wording(
            "{store}：{headline}",
            "{alerts}\n\n您在 OpsDesk 中订阅了此类通知。",
        ),
    },
)
DIGEST = TextKind(
    code="notices.digest",
    title=_("Daily digest of alerts"),
    variables=VARIABLES,
    defaults={
        "en": Wording(
            "{store}: {count} alerts since yesterday",
            "Good morning {person},\n\n{alerts}\n\n"
            "You get this because you subscribed to it in OpsDesk.",
        ),
        "zh-hans": Wording(
            "{store}：昨日以来共 {count} 条预警",
            "{person}，早上好：\n\n{alerts}\n\n您在 OpsDesk 中订阅了每日汇总。",
        ),
    },
)
