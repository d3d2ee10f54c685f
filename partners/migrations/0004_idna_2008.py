from django.db import migrations
from django.db.models import Q
from django.utils import timezone

from common.folding import email_key


def fold_again(apps, schema_editor):
    """Fold the addresses with a domain beyond ASCII by IDNA 2008, and tell the team at each person.

    By IDNA 2003 „groß.example“ and „gross.example“ were one domain, so mails to the first went to the owner of the
    second. A stop of invitations counts for both, since nobody knows whose it was. A mailbox that two people turn out to
    share is marked as shared.
    """
    contacts = apps.get_model("partners", "Contact").objects.exclude(email="")
    for row in contacts.only("email", "email_folded", "ended_on", "is_shared_mailbox").iterator():
        former, key = row.email_folded, email_key(row.email)
        if key == former:
            continue
        others = contacts.filter(email_folded=key, ended_on=None, is_shared_mailbox=False)
        is_shared = row.is_shared_mailbox or (row.ended_on is None and others.exists())
        contacts.filter(pk=row.pk).update(email_folded=key, is_shared_mailbox=is_shared)
        copy_stop(apps, former, key)
        tell(apps, row, former)


def copy_stop(apps, former, key):
    addresses = apps.get_model("mailroom", "Address").objects
    stopped = addresses.filter(Q(state="stopped") | Q(stopped_at__isnull=False), key=former).first()
    if stopped is not None:
        reason = stopped.reason if stopped.state == "stopped" else ""
        since = stopped.stopped_at or stopped.since
        addresses.get_or_create(key=key, defaults={"state": "stopped", "reason": reason, "since": since})


def tell(apps, row, former):
    sentence = f"{row.email}: Mails an diese Adresse gingen bisher an {former}. Das ist eine andere Adresse; bitte prüfen."
    activity = apps.get_model("team", "Activity").objects.create(at=timezone.now(), sentence=sentence[:500])
    targets = apps.get_model("team", "ActivityTarget").objects
    targets.create(activity=activity, kind="partners.contact", key=str(row.pk))


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0003_digits_of_telephone_numbers"),
        ("mailroom", "0011_acts_moved"),
        ("team", "0004_idna_2008"),
    ]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop, elidable=True)]
