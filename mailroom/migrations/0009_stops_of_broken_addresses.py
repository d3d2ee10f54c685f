from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0008_lanes_of_every_mail'),
    ]

    operations = [
        migrations.AddField(
            model_name='address',
            name='stopped_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='abgemeldet am'),
        ),
    ]
