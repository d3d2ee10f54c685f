from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0005_proposals'),
    ]

    operations = [
        migrations.AlterField(
            model_name='proposal',
            name='resolution',
            field=models.CharField(blank=True, choices=[('accepted', 'übernommen'), ('declined', 'abgelehnt'), ('outdated', 'überholt durch eine neuere Antwort')], default='', max_length=10, verbose_name='Entscheidung'),
        ),
    ]
