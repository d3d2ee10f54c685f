from django.urls import path

from meetings.views import pages
from meetings.views.answers import calls, invitee, messages, participants
from meetings.views.bulk import carry_out, order
from meetings.views.changes import cancel, changes, withdraw
from meetings.views.dates import months
from meetings.views.inviting import correct, invite, remind
from meetings.views.planning import agenda, copies, meetings, plans
from meetings.views.returns import proposals
from meetings.views.sending import post

app_name = "meetings"
urlpatterns = [
    # --- for invitees, who are most: asked first
    path("einladung/<str:token>/", invitee.answer, name="answer"),
    path("einladung/<str:token>/kalender.ics", invitee.answer_calendar, name="answer_calendar"),
    path("einladung/<str:token>/beitreten/", invitee.join, name="join"),
    # --- planning
    path("treffen/", meetings.MeetingList.as_view(), name="meetings"),
    path("treffen/neu/", meetings.MeetingCreate.as_view(), name="meeting_create"),
    path("treffen/hinweise/", meetings.date_hints, name="date_hints"),
    path("treffen/monat/", months.month, name="month"),
    path("treffen/mehrere/", plans.PlanMany.as_view(), name="plan_many"),
    path("treffen/<uuid:pk>/aendern/", meetings.MeetingUpdate.as_view(), name="meeting_update"),
    path("treffen/<uuid:pk>/kopieren/", copies.Copy.as_view(), name="copy"),
    path("treffen/<uuid:pk>/planen/", meetings.plan, name="plan"),
    path("treffen/<uuid:pk>/ablauf/", agenda.Agenda.as_view(), name="agenda"),
    path("treffen/<uuid:pk>/ablauf/aendern/", agenda.AgendaEdit.as_view(), name="agenda_edit"),
    path("treffen/<uuid:pk>/vorbereitung/", agenda.Checklist.as_view(), name="checklist"),
    path("treffen/<uuid:pk>/vorbereitung/<int:item_pk>/", agenda.ChecklistItemUpdate.as_view(), name="checklist_item"),
    path("treffen/<uuid:pk>/vorbereitung/<int:item_pk>/haken/", agenda.checklist_tick, name="checklist_tick"),
    path("treffen/<uuid:pk>/vorbereitung/<int:item_pk>/loeschen/", agenda.checklist_remove, name="checklist_remove"),
    path("treffen/<uuid:pk>/", participants.Participants.as_view(), name="meeting"),
    path("treffen/<uuid:pk>/verlauf/", pages.History.as_view(), name="history"),
    # --- inviting
    path("treffen/<uuid:pk>/einladen/", invite.Invite.as_view(), name="invite"),
    path("treffen/<uuid:pk>/einladen/<int:contact_pk>/", invite.invite_again, name="invite_again"),
    path(
        "treffen/<uuid:pk>/einladen/<int:contact_pk>/berichtigen/",
        correct.CorrectAddress.as_view(),
        name="correct_address",
    ),
    path("treffen/<uuid:pk>/einladen/ansicht/", invite.invite_view, name="invite_view"),
    path("treffen/<uuid:pk>/erinnern/", remind.Remind.as_view(), name="remind"),
    path("treffen/<uuid:pk>/erinnern/ansicht/", remind.remind_view, name="remind_view"),
    # --- changes
    path("treffen/<uuid:pk>/mitteilen/", changes.Tell.as_view(), name="tell"),
    path("treffen/<uuid:pk>/mitteilen/ansicht/", changes.tell_view, name="tell_view"),
    path("treffen/<uuid:pk>/mitteilen/niemandem/", changes.keep_silent, name="keep_silent"),
    path("treffen/<uuid:pk>/absagen/", cancel.Cancel.as_view(), name="cancel"),
    path("treffen/<uuid:pk>/absagen/ansicht/", cancel.cancel_view, name="cancel_view"),
    path("treffen/<uuid:pk>/findet-statt/", cancel.Reinstate.as_view(), name="reinstate"),
    path("treffen/<uuid:pk>/findet-statt/ansicht/", cancel.reinstate_view, name="reinstate_view"),
    path("treffen/<uuid:pk>/einladungen/<uuid:invitation_pk>/zuruecknehmen/", withdraw.take_off, name="withdraw"),
    # --- sent
    path("treffen/<uuid:pk>/post/", post.Post.as_view(), name="post"),
    path("treffen/<uuid:pk>/sendungen/<uuid:act_pk>/", post.former_address, name="mailing"),
    # --- answers
    path("treffen/<uuid:pk>/zahlen/", participants.tally, name="tally"),
    path("treffen/<uuid:pk>/anrufliste/", calls.CallList.as_view(), name="calls"),
    path("treffen/<uuid:pk>/einladungen/<uuid:invitation_pk>/", calls.note_answer, name="note_answer"),
    path("treffen/<uuid:pk>/einladungen/<uuid:invitation_pk>/anruf/", calls.note_call, name="note_call"),
    path("treffen/<uuid:pk>/nachrichten/<int:message_pk>/", messages.settle, name="settle_message"),
    path("treffen/<uuid:pk>/klaeren/<uuid:proposal_pk>/", proposals.settle, name="settle"),
    # --- many meetings in one decision
    path("sammelaktionen/", carry_out.BulkActs.as_view(), name="bulk_acts"),
    path("sammelaktionen/neu/", order.BulkCreate.as_view(), name="bulk"),
    path("sammelaktionen/neu/mail/<uuid:pk>/", order.bulk_mail, name="bulk_mail"),
    path("sammelaktionen/<uuid:pk>/", carry_out.BulkActDetail.as_view(), name="bulk_act"),
    path("sammelaktionen/<uuid:pk>/zuruecknehmen/", carry_out.BulkTakeBack.as_view(), name="bulk_take_back"),
]
