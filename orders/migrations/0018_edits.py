import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_to_decide"),
        ("exchange", "0008_rights_on_record"),
        ("orders", "0017_holds"),
        ("stores", "0005_rights_on_record"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelSays",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="channel_says",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("lines", models.JSONField(null=True, verbose_name="lines")),
                (
                    "total_amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="total"
                    ),
                ),
                (
                    "paid_amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="paid"
                    ),
                ),
                (
                    "freight_amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="freight"
                    ),
                ),
                (
                    "discount_amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="discount"
                    ),
                ),
                ("contact", models.JSONField(default=dict, verbose_name="contact")),
            ],
            options={
                "verbose_name": "word of the channel",
                "verbose_name_plural": "words of the channel",
                "permissions": [
                    ("change_address", "Can change whom an order goes to, before it leaves"),
                    ("change_goods", "Can change the goods of an order, before it leaves"),
                    ("split_order", "Can split an order, before it leaves"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ContactAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("call", "call"),
                            ("sms", "text message"),
                            ("message", "message at the channel"),
                        ],
                        max_length=8,
                        verbose_name="by",
                    ),
                ),
                ("was_reached", models.BooleanField(verbose_name="reached")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("agreed", "agreed to a change"),
                            ("waits", "wants to wait"),
                            ("cancels", "wants to cancel"),
                            ("later", "answers later"),
                            ("none", "no answer"),
                        ],
                        max_length=8,
                        verbose_name="outcome",
                    ),
                ),
                ("topic", models.CharField(max_length=20, verbose_name="about")),
                ("script", models.TextField(blank=True, verbose_name="script")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "is_sent_by_us",
                    models.BooleanField(default=False, verbose_name="sent from here"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "contact with a buyer",
                "verbose_name_plural": "contacts with buyers",
                "ordering": ["at", "pk"],
                "permissions": [("contact_buyer", "Can record that a buyer was contacted")],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="RefundRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount"),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("lines", models.JSONField(default=list, verbose_name="lines")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "asked for"),
                            ("approved", "agreed to"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                            ("void", "void"),
                            ("paid", "paid out"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("is_alone", models.BooleanField(default=False, verbose_name="agreed to alone")),
                ("asked_at", models.DateTimeField(verbose_name="asked for at")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
            ],
            options={
                "verbose_name": "refund request",
                "verbose_name_plural": "refund requests",
                "ordering": ["-asked_at", "-pk"],
                "permissions": [
                    ("request_refund", "Can ask for a refund"),
                    ("refund_alone", "Can agree to small refunds of their own"),
                    ("approve_refund", "Can agree to refunds that others ask for"),
                ],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="ShipTogether",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("formed_at", models.DateTimeField(verbose_name="formed")),
            ],
            options={
                "verbose_name": "shipment of several orders",
                "verbose_name_plural": "shipments of several orders",
                "permissions": [("merge_order", "Can have orders of one recipient shipped as one")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ShipTogetherMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("left_at", models.DateTimeField(null=True, verbose_name="left")),
            ],
            options={
                "verbose_name": "order shipped with others",
                "verbose_name_plural": "orders shipped with others",
                "default_permissions": (),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="orderline",
            name="audit_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="orderline",
            name="audit_delete",
        ),
        migrations.AddField(
            model_name="order",
            name="split_from",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="orders.order",
                verbose_name="split from",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."sku_code" IS DISTINCT FROM (NEW."sku_code") OR OLD."unit_price" IS DISTINCT FROM (NEW."unit_price"))',
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.orderline', NEW.id, left((NEW.sku_code)::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = NEW.order_id),\naudit_differing(to_jsonb(OLD), to_jsonb(NEW), ARRAY['sku_code', 'quantity', 'unit_price', 'amount']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(NEW), to_jsonb(OLD), ARRAY['sku_code', 'quantity', 'unit_price', 'amount']::text[], ARRAY[]::text[]);\nRETURN NULL;",
                    hash="d488aac5ed71e940478c7b0e33eabdc57a0e3a3e",
                    operation='UPDATE OF "sku_code", "quantity", "unit_price", "amount"',
                    pgid="pgtrigger_audit_update_3954b",
                    table="orders_orderline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.orderline', earlier.id, left((earlier.sku_code)::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['sku_code', 'quantity', 'unit_price', 'amount']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="03f74842f53c35ebcef1eb0d0d3eab7a10d5fd76",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_9c6d1",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="orders_orderline",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="channelsays",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lines", None), ("total_amount", None)),
                    models.Q(("lines__isnull", False), ("total_amount__gte", 0)),
                    _connector="OR",
                ),
                name="channel_says_lines_with_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="channelsays",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("discount_amount", None), ("freight_amount", None), ("paid_amount", None)
                    ),
                    models.Q(
                        ("discount_amount__gte", 0),
                        ("freight_amount__gte", 0),
                        ("lines__isnull", False),
                        ("paid_amount__gte", 0),
                    ),
                    _connector="OR",
                ),
                name="channel_says_money_of_a_family",
            ),
        ),
        migrations.AddField(
            model_name="contactattempt",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contact_attempts",
                to="orders.order",
            ),
        ),
        migrations.AddField(
            model_name="contactattempt",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who",
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="approval",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="approvals.approval",
                verbose_name="request for approval",
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="asked for by",
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refund_requests",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="shiptogether",
            name="formed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="formed by",
            ),
        ),
        migrations.AddField(
            model_name="shiptogether",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.store",
                verbose_name="store",
            ),
        ),
        migrations.AddField(
            model_name="shiptogethermember",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="members",
                to="orders.shiptogether",
            ),
        ),
        migrations.AddField(
            model_name="shiptogethermember",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shipments_together",
                to="orders.order",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("was_reached", True), ("outcome__in", ["none", "later"]), _connector="OR"
                ),
                name="contact_attempt_outcome_of_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a5351b4d4a37d736acf59ea37524428102b71795",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c2674",
                    table="orders_contactattempt",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="refundrequest",
            index=models.Index(fields=["asked_by", "asked_at"], name="refund_request_sums"),
        ),
        migrations.AddIndex(
            model_name="refundrequest",
            index=models.Index(
                condition=models.Q(("state", "asked")),
                fields=["id"],
                name="refund_request_undecided",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="refund_request_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at", None), ("state", "asked")),
                    models.Q(
                        models.Q(("state", "asked"), _negated=True), ("settled_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="refund_request_settled_has_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "paid"]), _negated=True),
                    ("is_alone", True),
                    ("approval__isnull", False),
                    _connector="OR",
                ),
                name="refund_request_agreed_by_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refundrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="states",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:approved,asked:refused,asked:withdrawn,asked:void,approved:void,approved:paid}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="f1ff6f088f9c2f1021e333043850ca2009618ba2",
                    operation="UPDATE",
                    pgid="pgtrigger_states_2a55f",
                    table="orders_refundrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refundrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="what_is_asked_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."lines" IS DISTINCT FROM (NEW."lines") OR OLD."is_alone" IS DISTINCT FROM (NEW."is_alone") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="c4adbd969ed09c02563f50f5a71a547f14e3c41e",
                    operation="UPDATE",
                    pgid="pgtrigger_what_is_asked_stays_79986",
                    table="orders_refundrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refundrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="within_paid",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.state IN ('asked', 'approved'))",
                    declare="DECLARE room numeric;",
                    func="\n    SELECT o.paid_amount - o.refunded_amount INTO room FROM orders_order o\n    WHERE o.id = NEW.order_id FOR NO KEY UPDATE;\n    SELECT room - coalesce(sum(r.amount), 0) INTO room FROM orders_refundrequest r\n    WHERE r.order_id = NEW.order_id AND r.state IN ('asked', 'approved') AND r.id <> NEW.id;\n    IF NEW.amount > room THEN\n        RAISE EXCEPTION 'refund_request_within_paid: % left', room\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="1d5e3d127262bff654cd4ce3373d3d55802f1d94",
                    operation='INSERT OR UPDATE OF "state"',
                    pgid="pgtrigger_within_paid_db673",
                    table="orders_refundrequest",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refundrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.refundrequest', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                    hash="9605424026fbeacb0ca532d1692d58e736015d01",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_3369d",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="orders_refundrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refundrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.refundrequest', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.amount, earlier.state, earlier.note) IS DISTINCT FROM ROW(later.amount, later.state, later.note)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                    hash="df7873278af83fec23958d9ca97fd08a333bfb2d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_a0622",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="orders_refundrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refundrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.refundrequest', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['amount', 'state', 'note']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="2cc13314421809b96b585a015dde17d7d2f17ee1",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_5453e",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="orders_refundrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiptogether",
            trigger=pgtrigger.compiler.Trigger(
                name="formed_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="3eeb0fc91057d9e54e7ee2ab1878fd41ca1be1c2",
                    operation="UPDATE",
                    pgid="pgtrigger_formed_once_c07d3",
                    table="orders_shiptogether",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="shiptogethermember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at", None)),
                fields=("order",),
                name="ship_together_one_per_order",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiptogethermember",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'created', 'orders.shiptogethermember', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\nNULL,\naudit_differing(to_jsonb(later), NULL, ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[])\nFROM new_rows later ORDER BY later.id;\nRETURN NULL;",
                    hash="1885aff778174302b1e2492a388d4c1ba9b4f322",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_c218e",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="orders_shiptogethermember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiptogethermember",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="EXECUTE $audit$\nINSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'changed', 'orders.shiptogethermember', later.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = later.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = later.order_id),\naudit_differing(to_jsonb(earlier), to_jsonb(later), ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[]),\naudit_differing(to_jsonb(later), to_jsonb(earlier), ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[])\nFROM old_rows earlier JOIN new_rows later ON later.id = earlier.id\nWHERE ROW(earlier.group_id, earlier.order_id, earlier.left_at) IS DISTINCT FROM ROW(later.group_id, later.order_id, later.left_at)\nORDER BY later.id\n$audit$;\nRETURN NULL;",
                    hash="3eb31d3b0185b2454709915e1d65be003d69a9db",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_b20e6",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="orders_shiptogethermember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiptogethermember",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO audit_auditentry (verb, model, subject_id, subject_label, store_id, before, after)\nSELECT 'deleted', 'orders.shiptogethermember', earlier.id, left(((SELECT o.external_number FROM orders_order o WHERE o.id = earlier.order_id))::text, 120), (SELECT o.store_id FROM orders_order o WHERE o.id = earlier.order_id),\naudit_differing(to_jsonb(earlier), NULL, ARRAY['group_id', 'order_id', 'left_at']::text[], ARRAY[]::text[]),\nNULL\nFROM old_rows earlier ORDER BY earlier.id;\nRETURN NULL;",
                    hash="74eae8bfb1a5bfb04c5c20f0fdaa50b2c414db72",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_4ece1",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="orders_shiptogethermember",
                    when="AFTER",
                ),
            ),
        ),
    ]
