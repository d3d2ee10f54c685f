from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('beat', 'Zeitplan'), ('worker', 'Worker'), ('backup', 'Sicherung'), ('inbox', 'Abruf des Postfachs')], max_length=20, unique=True, verbose_name='was')),
                ('at', models.DateTimeField(verbose_name='zuletzt')),
                ('detail', models.JSONField(default=dict, verbose_name='Angaben')),
            ],
            options={
                'verbose_name': 'Lebenszeichen',
                'verbose_name_plural': 'Lebenszeichen',
                'ordering': ['kind'],
            },
        ),
    ]
