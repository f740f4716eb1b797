from base64 import b64decode, b64encode

from django.db import migrations

from opsdesk import sealing
from opsdesk.access.second_step import hash_of

# Hex of 20 bytes; sealed it has 72 characters of base64. A code is kept as 16 characters.
PLAIN_KEY, KEPT_CODE = 40, 16


def seal(apps, schema_editor):
    """Secrets are sealed, of recovery codes a hash is kept. Safe to repeat."""
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        if len(device.key) == PLAIN_KEY:
            sealed = sealing.seal_bytes(bytes.fromhex(device.key), place=_place(device))
            device.key = b64encode(sealed).decode()
            device.save(update_fields=["key"])
    for code in apps.get_model("otp_static", "StaticToken").objects.select_related("device"):
        if len(code.token) < KEPT_CODE:
            code.token = hash_of(code.token, code.device.user_id)
            code.save(update_fields=["token"])


def unseal(apps, schema_editor):
    """Recovery codes can't be had back: their people make new ones."""
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        if len(device.key) != PLAIN_KEY:
            key = sealing.unseal_bytes(b64decode(device.key), place=_place(device))
            device.key = key.hex()
            device.save(update_fields=["key"])


def _place(device):
    return f"second step {device.user_id}"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_refusals"),
        ("otp_static", "0003_add_timestamps"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [migrations.RunPython(seal, unseal)]
