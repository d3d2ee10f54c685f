import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

import common.db.fields
import common.folding


def copy_messages(apps, schema_editor):
    """Make a message of what invitees wrote; that of meetings which are over is settled."""
    now, message = timezone.now(), apps.get_model("meetings", "Message")
    rows = apps.get_model("meetings", "Invitation").objects.exclude(comment="").exclude(answered_via="team")
    made = []
    for row in rows.exclude(answered_at=None).select_related("meeting").iterator():
        made.append(
            message(
                invitation=row,
                text=row.comment,
                via=row.answered_via,
                at=row.answered_at,
                settled_at=now if row.meeting.ends_at < now else None,
                search_text=common.folding.search_key(row.comment),
            )
        )
    message.objects.bulk_create(made, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("meetings", "0010_idna_2008"),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="Nachricht")),
                (
                    "via",
                    models.CharField(
                        choices=[("link", "Link"), ("calendar", "Kalender"), ("team", "vom Team notiert")],
                        max_length=10,
                        verbose_name="Weg",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="geschrieben")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="erledigt")),
                (
                    "search_text",
                    common.db.fields.FoldedField(
                        default="", editable=False, fold=common.folding.search_key, sources=("text",)
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="meetings.invitation"
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="erledigt von",
                    ),
                ),
            ],
            options={
                "verbose_name": "Nachricht",
                "verbose_name_plural": "Nachrichten",
                "ordering": ["-at", "-pk"],
                "indexes": [models.Index(fields=["settled_at", "-at"], name="message_open")],
            },
        ),
        migrations.RunPython(copy_messages, migrations.RunPython.noop, elidable=True),
    ]
