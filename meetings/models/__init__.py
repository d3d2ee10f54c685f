"""The models of meetings, invitations and answers."""

from meetings.models.bulk import BulkAct, BulkItem
from meetings.models.changes import Change
from meetings.models.facts import Difference, Facts
from meetings.models.invitations import CallNote, Invitation, Response
from meetings.models.meetings import AgendaItem, ChecklistItem, Meeting
from meetings.models.messages import Message
from meetings.models.proposals import Proposal

__all__ = [
    "AgendaItem",
    "BulkAct",
    "BulkItem",
    "CallNote",
    "Change",
    "ChecklistItem",
    "Difference",
    "Facts",
    "Invitation",
    "Meeting",
    "Message",
    "Proposal",
    "Response",
]
