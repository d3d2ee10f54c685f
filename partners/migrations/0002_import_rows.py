import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "importjob", "attempts",
            models.PositiveSmallIntegerField(
                default=0, editable=False, help_text="Anläufe, seit zuletzt etwas geschafft wurde"
            ),
        ),
        migrations.AddField("importjob", "mapping", models.JSONField(blank=True, default=dict)),
        migrations.AddField("importjob", "questions", models.JSONField(blank=True, default=dict)),
        migrations.AlterModelOptions(
            name="importrow",
            options={"ordering": ["position"], "verbose_name": "Zeile", "verbose_name_plural": "Zeilen"},
        ),
        migrations.RemoveConstraint("importrow", "import_row_once"),
        migrations.RemoveIndex("importrow", "import_row_outcome"),
        migrations.AddField(
            "importrow", "position",
            models.PositiveIntegerField(
                default=0, help_text="über alle Blätter der Datei, ab 1", verbose_name="laufende Nummer"
            ),
            preserve_default=False,
        ),
        migrations.AddField("importrow", "notices", models.JSONField(default=list, verbose_name="Hinweise")),
        migrations.AddField("importrow", "doubts", models.JSONField(default=list)),
        migrations.AddField(
            "importrow", "merge_with",
            models.CharField(
                blank=True, help_text="leer: geht nicht", max_length=300, verbose_name="zusammenführen mit"
            ),
        ),
        migrations.AddField("importrow", "action", models.JSONField(default=dict)),
        migrations.AddField("importrow", "fingerprint", models.CharField(blank=True, db_index=True, max_length=64)),
        migrations.AddField(
            "importrow", "decided_by",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                to=settings.AUTH_USER_MODEL, verbose_name="entschieden von",
            ),
        ),
        migrations.AlterField(
            "importrow", "candidate",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                to="partners.contact", verbose_name="vielleicht diese Person",
            ),
        ),
        migrations.AlterField(
            "importrow", "changes",
            models.JSONField(default=list, help_text="[Feld, bisher, neu]", verbose_name="Änderungen"),
        ),
        migrations.AlterField(
            "importrow", "number",
            models.PositiveIntegerField(help_text="wie das Tabellenprogramm sie zählt", verbose_name="Zeile"),
        ),
        migrations.AlterField(
            "importrow", "result",
            models.CharField(
                blank=True, max_length=12, verbose_name="Was geschah",
                choices=[
                    ("created", "angelegt"), ("updated", "geändert"), ("unchanged", "unverändert"),
                    ("left_out", "weggelassen"), ("open", "offen geblieben"), ("conflict", "nicht übernommen"),
                    ("refused", "abgelehnt"),
                ],
            ),
        ),
        migrations.AddIndex(
            "importrow", models.Index(fields=["job", "outcome", "position"], name="import_row_outcome")
        ),
        migrations.AddConstraint(
            "importrow", models.UniqueConstraint(fields=["job", "position"], name="import_row_once")
        ),
    ]
