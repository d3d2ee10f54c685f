from django.db import migrations

import common.db.fields
import common.folding

_AT_ONCE = 500


def fold(apps, schema_editor):
    """Fold the texts and agendas that are already there."""
    for name, field, sources in (("Meeting", "body_text", ("text",)), ("AgendaItem", "search_text", ("title", "speaker"))):
        rows = apps.get_model("meetings", name).objects
        changed = []
        for row in rows.only(*sources).iterator():
            setattr(row, field, common.folding.search_key(*(getattr(row, source) for source in sources)))
            changed.append(row)
        rows.bulk_update(changed, [field], batch_size=_AT_ONCE)


def folded(*sources):
    return common.db.fields.FoldedField(default="", editable=False, fold=common.folding.search_key, sources=sources)


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0011_messages"),
    ]

    operations = [
        migrations.AddField(model_name="meeting", name="body_text", field=folded("text")),
        migrations.AddField(model_name="agendaitem", name="search_text", field=folded("title", "speaker")),
        migrations.RunPython(fold, migrations.RunPython.noop, elidable=True),
    ]
