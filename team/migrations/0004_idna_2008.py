from django.db import migrations

from common.folding import email_key


def fold_again(apps, schema_editor):
    """Fold the addresses with a domain beyond ASCII by IDNA 2008; until now it was IDNA 2003."""
    rows = apps.get_model("team", "User").objects.exclude(email="")
    for row in rows.only("email", "email_folded").iterator():
        if (key := email_key(row.email)) != row.email_folded:
            rows.filter(pk=row.pk).update(email_folded=key)


class Migration(migrations.Migration):
    dependencies = [("team", "0003_absences")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop, elidable=True)]
