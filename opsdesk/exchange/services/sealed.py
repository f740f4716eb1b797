"""Stored secrets follow the keys they are sealed with."""

from django.db import transaction

from opsdesk import sealing
from opsdesk.exchange.models import Target, WebhookSource


def reseal_targets() -> int:
    """The keys of every target are sealed with the newest key. Returns how many targets have any.

    Each row on its own, under its lock; safe to repeat. Raises Unreadable where none of the keys
    fits: then nothing of that target is changed.
    """
    ids = Target.objects.exclude(sealed_token="", sealed_secret="").order_by("pk")
    count = 0
    for pk in ids.values_list("pk", flat=True):
        with transaction.atomic():
            target = Target.objects.select_for_update(of=("self",)).get(pk=pk)
            target.sealed_token = sealing.reseal(target.sealed_token)
            target.sealed_secret = sealing.reseal(target.sealed_secret)
            target.save(update_fields=["sealed_token", "sealed_secret"])
        count += 1
    return count


def reseal_webhooks() -> int:
    """The secrets of every webhook are sealed with the newest key. Returns how many webhooks.

    As of targets: each row on its own, safe to repeat, Unreadable where none of the keys fits.
    """
    count = 0
    for pk in WebhookSource.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            source = WebhookSource.objects.select_for_update(of=("self",)).get(pk=pk)
            source.sealed_secret = sealing.reseal(source.sealed_secret)
            source.sealed_previous = sealing.reseal(source.sealed_previous)
            source.save(update_fields=["sealed_secret", "sealed_previous"])
        count += 1
    return count


TARGETS = sealing.Sealed("exchange.targets", reseal_targets)
WEBHOOKS = sealing.Sealed("exchange.webhooks", reseal_webhooks)
