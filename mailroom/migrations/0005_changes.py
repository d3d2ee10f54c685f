from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0004_sequels'),
    ]

    operations = [
        migrations.AlterField(
            model_name='outboxmail',
            name='kind',
            field=models.CharField(choices=[('account', 'Konto'), ('invitation', 'Einladung'), ('reminder', 'Erinnerung'), ('update', 'Änderung'), ('cancellation', 'Absage'), ('withdrawal', 'Rücknahme'), ('test', 'Probe')], max_length=30, verbose_name='Art'),
        ),
    ]
