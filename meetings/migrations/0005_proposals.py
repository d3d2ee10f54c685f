import common.fields
import common.folding
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0006_incoming_mail'),
        ('meetings', '0004_bulk'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='angelegt')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='geändert')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('address', 'Antwort von einer anderen Adresse'), ('on_behalf', 'Antwort im Auftrag'), ('unproven', 'Antwort ohne Nachweis'), ('guest', 'Gast über eine weitergeleitete Einladung'), ('substitute', 'Vertretung'), ('time', 'Vorschlag für einen anderen Termin'), ('full', 'Zusage ohne freien Platz'), ('late', 'Antwort nach dem Anmeldeschluss')], max_length=15, verbose_name='worum es geht')),
                ('email', models.CharField(blank=True, max_length=320, verbose_name='Adresse')),
                ('email_folded', common.fields.FoldedField(default='', editable=False, fold=common.folding.email_key, sources=('email',))),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='Name')),
                ('answer', models.CharField(blank=True, choices=[('accepted', 'zugesagt'), ('tentative', 'vielleicht'), ('declined', 'abgesagt')], default='', max_length=10, verbose_name='Antwort')),
                ('comment', models.TextField(blank=True, verbose_name='Nachricht')),
                ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='vorgeschlagener Beginn')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='vorgeschlagenes Ende')),
                ('sequence', models.PositiveIntegerField(default=0)),
                ('at', models.DateTimeField(verbose_name='geantwortet')),
                ('is_automatic', models.BooleanField(default=False, editable=False)),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='geklärt')),
                ('resolution', models.CharField(blank=True, choices=[('accepted', 'übernommen'), ('declined', 'abgelehnt')], default='', max_length=10, verbose_name='Entscheidung')),
                ('invitation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='meetings.invitation', verbose_name='Einladung')),
                ('mail', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='proposals', to='mailroom.inboxmail', verbose_name='Mail')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='geklärt von')),
            ],
            options={
                'verbose_name': 'offene Frage',
                'verbose_name_plural': 'offene Fragen',
                'ordering': ['created_at', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled_at', None)), fields=('invitation', 'kind', 'email_folded'), name='proposal_open_once'), models.UniqueConstraint(fields=('invitation', 'kind', 'email_folded', 'at'), name='proposal_once')],
            },
        ),
    ]
