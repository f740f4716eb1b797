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

OF_DIGESTS = {
    "person": VARIABLES["person"],
    "store": VARIABLES["store"],
    "summary": Variable(_("how many there are"), "Open: 3. New since yesterday: 1."),
    "alerts": VARIABLES["alerts"],
    "desk": Variable(_("the address of the desk"), "https://desk.example/admin/"),
    "subscriptions": Variable(
        _("where the subscription is changed or ended"),
        "https://desk.example/admin/notices/subscription/1/change/",
    ),
}
DAILY = TextKind(
    code="notices.daily",
    title=_("Each morning: open alerts"),
    variables=OF_DIGESTS,
    defaults={
        "en": Wording(
            "{store}: {summary}",
            "Good morning {person},\n\n{summary}\n\n{alerts}\n\nYour desk: {desk}\n\n"
            "You get this because you subscribed to it in OpsDesk. Change or end it: "
            "{subscriptions}",
        ),
        "zh-hans": Wording(
            "{store}：{summary}",
            "{person}，早上好：\n\n{summary}\n\n{alerts}\n\n您的工作台： {desk}\n\n"
            "您在 OpsDesk 中订阅了此汇总。更改或退订： {subscriptions}",
        ),
    },
)
WEEKLY = TextKind(
    code="notices.weekly",
    title=_("On Mondays: what keeps coming back"),
    variables=OF_DIGESTS,
    defaults={
        "en": Wording(
            "{store}: what keeps coming back",
            "Good morning {person},\n\n{summary} Closing these once more helps nobody; look for "
            "their causes.\n\n{alerts}\n\nYour desk: {desk}\n\n"
            "You get this because you subscribed to it in OpsDesk. Change or end it: "
            "{subscriptions}",
        ),
        "zh-hans": Wording(
            "{store}：反复出现的预警",
            "{person}，早上好：\n\n{summary}再次关闭无济于事，请查找原因。\n\n{alerts}\n\n"
            "您的工作台： {desk}\n\n您在 OpsDesk 中订阅了此汇总。更改或退订： {subscriptions}",
        ),
    },
)
