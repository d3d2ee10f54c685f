from django.db import migrations

import common.db.fields
import common.folding

_AT_ONCE = 500


def fold(apps, schema_editor):
    """Fold the notes that are already there."""
    for name in ("Contact", "Organisation"):
        rows = apps.get_model("partners", name).objects
        changed = []
        for row in rows.exclude(note="").only("note").iterator():
            row.body_text = common.folding.search_key(row.note)
            changed.append(row)
        rows.bulk_update(changed, ["body_text"], batch_size=_AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0005_origin_of_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name=name,
            name="body_text",
            field=common.db.fields.FoldedField(
                default="", editable=False, fold=common.folding.search_key, sources=("note",)
            ),
        )
        for name in ("contact", "organisation")
    ] + [migrations.RunPython(fold, migrations.RunPython.noop, elidable=True)]
