import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def let_answers_stand(apps, schema_editor):
    """Nobody has been told of a change so far, so every answer is to the meeting as it is."""
    Invitation, Meeting = apps.get_model('meetings', 'Invitation'), apps.get_model('meetings', 'Meeting')
    for pk, sequence in Meeting.objects.filter(sequence__gt=0).values_list('pk', 'sequence'):
        Invitation.objects.filter(meeting=pk).exclude(answer='').update(answered_sequence=sequence)


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0002_checklist_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='invitation',
            name='answered_sequence',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='invitation',
            name='extra_sequence',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='invitation',
            name='told_version',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='mailing',
            name='put_back',
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='mailingitem',
            name='told_before',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='meeting',
            name='facts_version',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name='mailing',
            name='kind',
            field=models.CharField(choices=[('invitation', 'Einladung'), ('reminder', 'Erinnerung'), ('update', 'Änderung'), ('cancellation', 'Absage'), ('withdrawal', 'Rücknahme der Einladung')], max_length=15, verbose_name='Art'),
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='Nummer')),
                ('before', models.JSONField(verbose_name='vorher')),
                ('sequence_before', models.PositiveIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='geändert')),
                ('decision', models.CharField(choices=[('open', 'noch nicht entschieden'), ('told', 'mitgeteilt'), ('silent', 'nicht mitgeteilt')], default='open', max_length=10, verbose_name='Entscheidung')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='geändert von')),
                ('mailing', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='changes', to='meetings.mailing', verbose_name='mitgeteilt mit')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='meetings.meeting', verbose_name='Treffen')),
            ],
            options={
                'verbose_name': 'Änderung',
                'verbose_name_plural': 'Änderungen',
                'ordering': ['meeting', 'number'],
                'constraints': [models.UniqueConstraint(fields=('meeting', 'number'), name='change_once')],
            },
        ),
        migrations.RunPython(let_answers_stand, migrations.RunPython.noop),
    ]
