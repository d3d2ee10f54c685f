from django.db import migrations
from django.db.models import F

BATCH = 1000
MEETING, BULK = 'meetings.meeting', 'meetings.bulkact'
STOPPED = 'Es geht keine Mail hinaus, und die Treffen sind wie vorher.'


def move(apps, schema_editor):
    """Copy each row to the mailroom under the same key, and point at it from everywhere."""
    _bulk_acts(apps)
    _mailings(apps)
    _items(apps)
    _changes(apps)
    _mails(apps)


def _bulk_acts(apps):
    Act, BulkAct = apps.get_model('mailroom', 'Act'), apps.get_model('meetings', 'BulkAct')
    labels = dict(BulkAct._meta.get_field('kind').choices)
    for row in BulkAct.objects.order_by('created_at').iterator(BATCH):
        Act.objects.bulk_create([
            Act(
                id=row.pk, kind='many', writer='meetings.bulk', by_id=row.by_id, word=row.word, state=row.state,
                about_kind=BULK, about_key=str(row.pk), about_url=f'/sammelaktionen/{row.pk}/',
                about_label=labels.get(row.kind, row.kind), leaves_at=row.leaves_at, stopped_at=row.stopped_at,
                outcome=STOPPED if row.state == 'stopped' else '',
            )
        ])
        _keep_times(Act, row)
        BulkAct.objects.filter(pk=row.pk).update(act_id=row.pk)


def _mailings(apps):
    Act, Mailing = apps.get_model('mailroom', 'Act'), apps.get_model('meetings', 'Mailing')
    for row in Mailing.objects.select_related('meeting').order_by('created_at').iterator(BATCH):
        Act.objects.bulk_create([
            Act(
                id=row.pk, kind=row.kind, writer='meetings', by_id=row.by_id, word=row.word, state=row.state,
                about_kind=MEETING, about_key=str(row.meeting_id), about_url=f'/treffen/{row.meeting_id}/',
                about_label=row.meeting.title[:300], leaves_at=row.leaves_at, stopped_at=row.stopped_at,
                total=row.total, parent_id=row.bulk_id, undo_record=_undo_record(row),
            )
        ])
        _keep_times(Act, row)


def _keep_times(Act, row):
    """Their fields are filled with the present when a row is created."""
    Act.objects.filter(pk=row.pk).update(created_at=row.created_at, updated_at=row.updated_at)


def _undo_record(row):
    record = {'made_planned': True} if row.made_planned else {}
    stored = row.put_back or {}
    if 'before' in stored:
        record['meeting'] = {name: stored[name] for name in ('before', 'version', 'facts_version') if name in stored}
    if stored.get('withdrawn'):
        record['withdrawn'] = stored['withdrawn']
    return record


def _items(apps):
    ActItem, MailingItem = apps.get_model('mailroom', 'ActItem'), apps.get_model('meetings', 'MailingItem')
    batch = []
    for row in MailingItem.objects.order_by('pk').iterator(BATCH):
        lane = str(row.invitation_id)
        batch.append(ActItem(
            act_id=row.mailing_id, recipient=lane, lane=lane, claimed_by=row.claimed_by, problem=row.problem,
            claimed_until=row.claimed_until, rendered_at=row.rendered_at, memo=row.told_before,
        ))
        if len(batch) == BATCH:
            ActItem.objects.bulk_create(batch)
            batch = []
    ActItem.objects.bulk_create(batch)


def _changes(apps):
    apps.get_model('meetings', 'Change').objects.exclude(mailing=None).update(act_id=F('mailing_id'))


def _mails(apps):
    """A key that names nothing any more leaves no act; what it set aside stays set aside, since something changed."""
    Act, OutboxMail = apps.get_model('mailroom', 'Act'), apps.get_model('mailroom', 'OutboxMail')
    Meeting, Invitation = apps.get_model('meetings', 'Meeting'), apps.get_model('meetings', 'Invitation')
    acts = Act.objects.values('pk')
    OutboxMail.objects.filter(act_key__in=acts).update(act_id=F('act_key'))
    aside = OutboxMail.objects.exclude(superseded_key=None)
    aside.update(superseded_reason='changed')
    aside.filter(superseded_key__in=acts).update(superseded_reason='act', superseded_by_act_id=F('superseded_key'))
    cancelled = Meeting.objects.filter(state='cancelled').values('pk')
    aside.filter(superseded_key__in=cancelled).update(superseded_reason='called_off')
    aside.filter(superseded_key__in=Invitation.objects.values('pk')).update(superseded_reason='withdrawn')
    OutboxMail.objects.filter(state='superseded').exclude(superseded_by=None).update(superseded_reason='newer')


class Migration(migrations.Migration):
    """Acts of sending become the mailroom's, row by row."""

    dependencies = [
        ('meetings', '0007_keys_of_acts'),
    ]
    run_before = [
        ('mailroom', '0011_acts_moved'),
    ]

    operations = [
        migrations.RunPython(move, elidable=False),
    ]
