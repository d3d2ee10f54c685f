from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0003_claims_in_batches'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxmail',
            name='is_sequel',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='superseded_act',
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='outboxmail',
            name='kind',
            field=models.CharField(choices=[('account', 'Konto'), ('invitation', 'Einladung'), ('reminder', 'Erinnerung'), ('update', 'Änderung'), ('cancellation', 'Absage'), ('test', 'Probe')], max_length=30, verbose_name='Art'),
        ),
        migrations.AddIndex(
            model_name='outboxmail',
            index=models.Index(condition=models.Q(('superseded_act__isnull', False)), fields=['superseded_act'], name='outbox_superseded'),
        ),
    ]
