"""Starting texts of the public pages; the team edits them."""

from django.db import migrations

TEXTS = {
    "impressum": "Hier steht, wer für diese Seiten verantwortlich ist (§ 5 DDG). Bitte ergänzen.",
    "datenschutz": "Hier steht, welche Daten wir verarbeiten und warum. Bitte ergänzen.",
    "barrierefreiheit": "Hier steht die Erklärung zur Barrierefreiheit. Bitte ergänzen.",
}


def write(apps, schema_editor):
    text_model = apps.get_model("public", "SiteText")
    for page, body in TEXTS.items():
        text_model.objects.get_or_create(page=page, defaults={"body": body})


class Migration(migrations.Migration):
    dependencies = [("public", "0001_initial")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
