from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('team', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='news_seen_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
