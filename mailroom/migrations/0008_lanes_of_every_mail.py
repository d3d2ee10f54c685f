from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0007_returned_mail'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='outboxmail',
            name='outbox_lane',
        ),
        migrations.AddIndex(
            model_name='outboxmail',
            index=models.Index(fields=['lane', 'version'], name='outbox_lanes'),
        ),
    ]
