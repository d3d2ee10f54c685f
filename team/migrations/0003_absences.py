import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('team', '0002_news_seen'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='away_until',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_on', models.DateField(verbose_name='von')),
                ('last_on', models.DateField(verbose_name='bis')),
                ('starts_at', models.DateTimeField(editable=False)),
                ('ends_at', models.DateTimeField(editable=False)),
                ('is_summary_seen', models.BooleanField(default=False, editable=False)),
                ('away', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL, verbose_name='wer nicht da ist')),
                ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deputised', to=settings.AUTH_USER_MODEL, verbose_name='Vertretung')),
            ],
            options={
                'verbose_name': 'Abwesenheit',
                'verbose_name_plural': 'Abwesenheiten',
                'ordering': ['-starts_at', '-pk'],
                'indexes': [models.Index(fields=['ends_at'], name='absence_ends')],
                'constraints': [models.CheckConstraint(condition=models.Q(('first_on__lte', models.F('last_on'))), name='absence_days_in_order', violation_error_message='Der letzte Tag liegt vor dem ersten.'), models.CheckConstraint(condition=models.Q(('away', models.F('deputy')), _negated=True), name='absence_deputy_is_another', violation_error_message='Bitte wählen Sie jemand anderen als Vertretung.')],
            },
        ),
    ]
