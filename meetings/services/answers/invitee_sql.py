"""The two queries of the page behind an invitee's link, in SQL for PostgreSQL and SQLite (why: decision 13)."""

from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from meetings.models import Invitation, Meeting
from partners.models import Contact, Organisation
from regions.models import Network
from team.models import User

_INVITATION = "id meeting_id contact_id network_id email token withdrawn_at tag uid answer mode comment"
_INVITATION += " answered_at answered_sequence extra_sequence joined_at"
_MEETING = "id version title theme text format state starts_at ends_at sequence place responsible_id host_id"
_MEETING += " answer_deadline_on online_link dial_in capacity_in_person capacity_online"
_READ: dict[str, tuple[type[models.Model], str]] = {
    "invitation": (Invitation, _INVITATION),
    "contact": (Contact, "id salutation title first_name last_name"),
    "network": (Network, "id name"),
    "meeting": (Meeting, _MEETING),
    "host": (Organisation, "id name street postcode place"),
    "responsible": (User, "id first_name last_name email phone"),
    "deputy": (User, "id first_name last_name email phone is_active"),
}
PARTS = {
    name: (model, [field for field in model._meta.concrete_fields if field.attname in columns.split()])
    for name, (model, columns) in _READ.items()
}
_COLUMNS = ", ".join(f"{name}.{field.column}" for name, (_, fields) in PARTS.items() for field in fields)
_BY_TOKEN = f"""
    SELECT {_COLUMNS}, (SELECT stop_token FROM mailroom_address WHERE key = LOWER(invitation.email))
    FROM meetings_invitation invitation
    JOIN partners_contact contact ON contact.id = invitation.contact_id
    JOIN meetings_meeting meeting ON meeting.id = invitation.meeting_id
    LEFT JOIN regions_network network ON network.id = invitation.network_id
    LEFT JOIN partners_organisation host ON host.id = meeting.host_id
    LEFT JOIN team_user responsible ON responsible.id = meeting.responsible_id
    LEFT JOIN team_absence away ON away_id = responsible.id AND away.starts_at <= %(now)s AND away.ends_at > %(now)s
    LEFT JOIN team_user deputy ON deputy.id = away.deputy_id
    WHERE invitation.token = %(token)s AND (invitation.withdrawn_at IS NULL OR invitation.withdrawn_at > %(now)s)
"""  # noqa: S608  # nosec B608 # names of ours, no value
_ACCEPTED = """
    SELECT organisation.id, mode, answered_sequence < meeting.sequence AND meeting.state <> 'cancelled',
        organisation.name, organisation.is_shown_to_invitees, COUNT(*)
    FROM meetings_invitation invitation
    JOIN meetings_meeting meeting ON meeting.id = invitation.meeting_id
    JOIN partners_contact contact ON contact.id = invitation.contact_id
    JOIN partners_organisation organisation ON organisation.id = contact.organisation_id
    WHERE meeting.id = %(meeting)s AND answer = 'accepted' AND (withdrawn_at IS NULL OR withdrawn_at > %(now)s)
    GROUP BY 1, 2, 3 ORDER BY organisation.sort_key, 1
"""
_INSTANT = models.DateTimeField()
_prepared: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()  # names of statements, by the driver's connection


def by_token(token: str) -> list[tuple]:
    """Return at most one row: the columns of `PARTS` as the database has them, then the address's stop token or None.

    There is no row for a withdrawn invitation.
    """
    return _rows("invitation_by_token", _BY_TOKEN, token=token)


def accepted(meeting: UUID) -> list[tuple]:
    """Return a row per organisation, mode and date of the answer, with the number of acceptances, by organisation.

    Acceptances of withdrawn invitations do not count. Columns: organisation key, mode, whether a former acceptance,
    name, whether the name is shown, count.
    """
    return _rows("accepted_of_meeting", _ACCEPTED, meeting=meeting.hex)


def _rows(name: str, sql: str, **values: str) -> list[tuple]:
    """Execute the query with `now` and the values, and return all rows.

    PostgreSQL without a pooler keeps the plan under `name` as long as the connection lives.
    """
    values["now"] = _INSTANT.get_db_prep_value(timezone.now(), connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not settings.DATABASE_POOLER:
            if name not in (known := _prepared.setdefault(connection.connection, set())):
                places = {value: f"${place}" for place, value in enumerate(values, 1)}
                connection.connection.execute(f"PREPARE {name} AS {sql % places}")
                known.add(name)
            sql = f"EXECUTE {name} ({', '.join(f'%({value})s' for value in values)})"
        cursor.execute(sql, values)
        return cursor.fetchall()
