from django.db import migrations, models


class Migration(migrations.Migration):
    """The keys of acts go, now that foreign keys say the same (`meetings.0008_acts` has moved them)."""

    dependencies = [
        ('mailroom', '0010_acts'),
    ]

    operations = [
        migrations.RemoveField(model_name='outboxmail', name='act_key'),
        migrations.RemoveField(model_name='outboxmail', name='superseded_key'),
        migrations.AddIndex(
            model_name='outboxmail',
            index=models.Index(condition=models.Q(('act__isnull', False)), fields=['act'], name='outbox_act'),
        ),
        migrations.AddIndex(
            model_name='outboxmail',
            index=models.Index(condition=models.Q(('superseded_by_act__isnull', False)), fields=['superseded_by_act'], name='outbox_superseded'),
        ),
    ]
