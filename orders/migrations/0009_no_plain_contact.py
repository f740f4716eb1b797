from pathlib import Path

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, transaction

from orders import contacts
from orders.contacts import LABELS, Contact

SQL = Path(__file__).resolve().parent.parent / "sql"
BATCH = 5_000


def seal(apps, schema_editor):
    """Every contact is sealed; digests that could be guessed from are gone, so the next copy of an
    order is compared field by field. Safe to repeat."""
    for orders in _batches(apps):
        for order in orders:
            contact = Contact(*(getattr(order, field) for field in LABELS))
            number = order.external_number
            order.sealed_contact = contacts.seal(contact, store_id=order.store_id, number=number)
            order.phone_digest = contacts.phone_digest(contact.phone)
            order.content_hash = ""
        _save(orders, ["sealed_contact", "phone_digest", "content_hash"])
    apps.get_model("orders", "SupersededCopy").objects.all().delete()


def unseal(apps, schema_editor):
    for orders in _batches(apps):
        for order in orders:
            number = order.external_number
            contact = contacts.unseal(order.sealed_contact, store_id=order.store_id, number=number)
            for field in LABELS:
                setattr(order, field, getattr(contact, field))
        _save(orders, list(LABELS))


def _batches(apps):
    rows = apps.get_model("orders", "Order").objects.order_by("pk")
    last = 0
    while orders := list(rows.filter(pk__gt=last)[:BATCH]):
        yield orders
        last = orders[-1].pk


def _save(orders, fields):
    with transaction.atomic():
        type(orders[0]).objects.bulk_update(orders, fields, batch_size=1_000)


def sql(name):
    return (SQL / name).read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """# contract: the plain columns go. Old processes write them: stop them before this one."""

    # In batches that commit on their own; what was broken off is begun anew.
    atomic = False

    dependencies = [
        ("exchange", "0007_message_texts"),
        ("orders", "0008_sealed_contact"),
        ("stores", "0004_recorded_people_and_settings"),
    ]

    operations = [
        migrations.RunPython(seal, unseal),
        migrations.RunSQL(
            sql("place_orders_v2.sql"),
            sql("place_orders_v1.sql").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="order",
            name="audit_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="order",
            name="audit_delete",
        ),
        migrations.RemoveField(model_name="order", name="address"),
        migrations.RemoveField(model_name="order", name="buyer_memo"),
        migrations.RemoveField(model_name="order", name="phone"),
        migrations.RemoveField(model_name="order", name="recipient"),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."discount_amount" IS DISTINCT FROM (NEW."discount_amount") OR OLD."freight_amount" IS DISTINCT FROM (NEW."freight_amount") OR OLD."paid_amount" IS DISTINCT FROM (NEW."paid_amount") OR OLD."refunded_amount" IS DISTINCT FROM (NEW."refunded_amount") OR OLD."region" IS DISTINCT FROM (NEW."region") OR OLD."sealed_contact" IS DISTINCT FROM (NEW."sealed_contact") OR OLD."total_amount" IS DISTINCT FROM (NEW."total_amount"))',
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.order', NEW.id, left((NEW.external_number)::text, 120), NEW.store_id,\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['currency', 'total_amount', 'freight_amount', 'discount_amount', 'paid_amount', 'refunded_amount', 'region', 'sealed_contact']::text[], ARRAY['region', 'sealed_contact']::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['currency', 'total_amount', 'freight_amount', 'discount_amount', 'paid_amount', 'refunded_amount', 'region', 'sealed_contact']::text[], ARRAY['region', 'sealed_contact']::text[]);\nRETURN NULL;",
                    hash="a784c760dbc8d8b89bd401cd29ef3e75aa73d665",
                    operation='UPDATE OF "currency", "total_amount", "freight_amount", "discount_amount", "paid_amount", "refunded_amount", "region", "sealed_contact"',
                    pgid="pgtrigger_audit_update_3c21b",
                    table="orders_order",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.order', earlier.id, left((earlier.external_number)::text, 120), earlier.store_id,\naudit_differing(to_jsonb(earlier), NULL, ARRAY['currency', 'total_amount', 'freight_amount', 'discount_amount', 'paid_amount', 'refunded_amount', 'region', 'sealed_contact']::text[], ARRAY['region', 'sealed_contact']::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="ad94eb476240badbfbbd09c4d5655bbf87843ad1",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_4ee4e",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="orders_order",
                    when="AFTER",
                ),
            ),
        ),
    ]
