import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0002_fate_of_mails'),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('number', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('held_by', models.CharField(blank=True, default='', max_length=40)),
                ('held_until', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'Verbindung zum Mailserver',
                'verbose_name_plural': 'Verbindungen zum Mailserver',
                'ordering': ['number'],
            },
        ),
        migrations.RenameField(
            model_name='outboxmail',
            old_name='resends',
            new_name='unanswered',
        ),
        migrations.AlterField(
            model_name='outboxmail',
            name='unanswered',
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='ohne Bestätigung übergeben'),
        ),
    ]
