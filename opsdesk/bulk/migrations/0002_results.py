import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("bulk", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row_id", models.BigIntegerField(verbose_name="row")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("changed", "changed"),
                            ("left_alone", "left alone"),
                            ("refused", "refused"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("said", models.TextField(blank=True, verbose_name="why")),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="bulk.bulktask",
                        verbose_name="bulk action",
                    ),
                ),
            ],
            options={
                "verbose_name": "result of a bulk action",
                "verbose_name_plural": "results of bulk actions",
                "ordering": ["-outcome", "-pk"],
                "indexes": [
                    models.Index(fields=["task", "outcome", "id"], name="bulk_result_by_outcome")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "row_id"), name="bulk_result_one_of_a_row"
                    ),
                    models.CheckConstraint(
                        condition=Q(outcome__in=["changed", "left_alone", "refused"]),
                        name="bulk_result_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(said="") | Q(outcome="refused"),
                        name="bulk_result_words_of_a_refusal",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="bulktask",
            name="refused",
            field=models.PositiveIntegerField(default=0, db_default=0, verbose_name="refused"),
        ),
        AddConstraintNotValid(
            model_name="bulktask",
            constraint=models.CheckConstraint(
                condition=Q(position__gte=F("changed") + F("refused")),
                name="bulk_task_changed_or_refused",
            ),
        ),
        ValidateConstraint(model_name="bulktask", name="bulk_task_changed_or_refused"),
        AddConstraintNotValid(
            model_name="bulktask",
            constraint=models.CheckConstraint(
                condition=~Q(state="done") | Q(position=F("total")),
                name="bulk_task_done_with_every_row",
            ),
        ),
        ValidateConstraint(model_name="bulktask", name="bulk_task_done_with_every_row"),
    ]
