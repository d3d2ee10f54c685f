from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0006_incoming_mail'),
    ]

    operations = [
        migrations.AddField(
            model_name='address',
            name='absence_text',
            field=models.CharField(blank=True, default='', max_length=500, verbose_name='Abwesenheitsnotiz'),
        ),
        migrations.AddField(
            model_name='address',
            name='absent_until',
            field=models.DateField(blank=True, null=True, verbose_name='abwesend bis'),
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='returned',
            field=models.CharField(blank=True, choices=[('hard', 'kam zurück: Adresse unzustellbar'), ('soft', 'kam zurück'), ('delayed', 'verzögert')], default='', max_length=10, verbose_name='Rückmeldung'),
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='returned_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='Rückmeldung am'),
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='returned_reason',
            field=models.CharField(blank=True, default='', max_length=300, verbose_name='Grund der Rückmeldung'),
        ),
    ]
