"""Every address of the site and who gets what there. A new page is one line here.

A line says what GET answers to a stranger, a coordinator and a lead, and the arguments of the address:
names that are looked up in the `world` fixture (tests/conventions/test_addresses.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver, get_resolver

LOGIN = "login"  # sent to the login page, and from there back


@dataclass(frozen=True)
class Address:
    """What GET answers: a status, or LOGIN."""

    stranger: int | str
    coordinator: int | str
    lead: int | str
    arguments: Mapping[str, str] = field(default_factory=dict)

    def given(self, **arguments: str) -> "Address":
        """The same for an address with arguments: name → attribute path in the world."""
        return Address(self.stranger, self.coordinator, self.lead, arguments)


PUBLIC = Address(200, 200, 200)
TEAM = Address(LOGIN, 200, 200)
LEAD = Address(LOGIN, 403, 200)
ACT = Address(LOGIN, 405, 405)  # only POST
LEAD_ACT = Address(LOGIN, 403, 405)
AWAY = Address(LOGIN, 302, 302)  # leads on to another page of the team
CLOSED = Address(LOGIN, 403, 403)
NOTHING = Address(LOGIN, 404, 404)
ENTRANCE = Address(200, 302, 302)  # for who is not logged in

ADDRESSES = {
    "healthz": PUBLIC,
    "operation": LEAD,
    # --- desk
    "desk:home": TEAM,
    "desk:planner": TEAM,
    "desk:seen": ACT,
    "desk:search": TEAM,
    "desk:networks": TEAM,
    "desk:network": TEAM.given(slug="network.slug"),
    "meetings:bulk_acts": TEAM,
    "meetings:bulk": TEAM,
    "meetings:bulk_mail": NOTHING.given(pk="meeting.pk"),  # without what is decided
    "meetings:bulk_act": TEAM.given(pk="bulk_act.pk"),
    "meetings:bulk_take_back": ACT.given(pk="bulk_act.pk"),
    # --- public
    "public:networks": PUBLIC,
    "public:network": PUBLIC.given(slug="network.slug"),
    "public:calendar": PUBLIC.given(slug="network.slug"),
    "public:impressum": PUBLIC,
    "public:datenschutz": PUBLIC,
    "public:barrierefreiheit": PUBLIC,
    "public:site_text_update": TEAM.given(page="page"),
    "public:style": TEAM,
    # --- partners
    "partners:organisations": TEAM,
    "partners:letter": TEAM.given(slug="network.slug"),
    "partners:letter_view": NOTHING.given(slug="network.slug"),  # without a person and what was typed
    "partners:release_address": ACT.given(pk="contact.pk"),
    "partners:take_address": ACT.given(pk="contact.pk"),
    "partners:mail_person": TEAM.given(pk="inbox_mail.pk"),
    "partners:assign_mail": ACT.given(pk="inbox_mail.pk", contact_pk="contact.pk"),
    "partners:organisation_create": TEAM,
    "partners:organisation": TEAM.given(pk="organisation.pk"),
    "partners:organisation_update": TEAM.given(pk="organisation.pk"),
    "partners:contact_create": TEAM.given(organisation_pk="organisation.pk"),
    "partners:membership_create": TEAM.given(organisation_pk="organisation.pk"),
    "partners:membership_update": TEAM.given(pk="membership.pk"),
    "partners:contacts": TEAM,
    "partners:contact": TEAM.given(pk="contact.pk"),
    "partners:contact_update": TEAM.given(pk="contact.pk"),
    "partners:contact_move": TEAM.given(pk="contact.pk"),
    "partners:imports": TEAM,
    "partners:import_job": TEAM.given(pk="import_job.pk"),
    "partners:import_decide": ACT.given(pk="import_job.pk"),
    "partners:import_questions": ACT.given(pk="import_job.pk"),
    "partners:import_apply": ACT.given(pk="import_job.pk"),
    "partners:import_discard": ACT.given(pk="import_job.pk"),
    "partners:import_report_csv": TEAM.given(pk="import_job.pk"),
    "partners:import_report_xlsx": TEAM.given(pk="import_job.pk"),
    # --- regions
    "regions:network_update": TEAM.given(slug="network.slug"),
    # --- meetings
    "meetings:meetings": TEAM,
    "meetings:meeting": TEAM.given(pk="meeting.pk"),
    "meetings:meeting_create": TEAM,
    "meetings:date_hints": AWAY,
    "meetings:month": TEAM,
    "meetings:plan_many": TEAM,
    "meetings:meeting_update": TEAM.given(pk="meeting.pk"),
    "meetings:copy": TEAM.given(pk="meeting.pk"),
    "meetings:plan": ACT.given(pk="meeting.pk"),
    "meetings:agenda": TEAM.given(pk="meeting.pk"),
    "meetings:agenda_edit": TEAM.given(pk="meeting.pk"),
    "meetings:checklist": TEAM.given(pk="meeting.pk"),
    "meetings:checklist_item": TEAM.given(pk="meeting.pk", item_pk="checklist_item.pk"),
    "meetings:checklist_tick": ACT.given(pk="meeting.pk", item_pk="checklist_item.pk"),
    "meetings:checklist_remove": ACT.given(pk="meeting.pk", item_pk="checklist_item.pk"),
    "meetings:history": TEAM.given(pk="meeting.pk"),
    "meetings:tally": AWAY.given(pk="meeting.pk"),
    "meetings:invite": TEAM.given(pk="meeting.pk"),
    "meetings:invite_view": NOTHING.given(pk="meeting.pk"),  # without a person and her word
    "meetings:remind": TEAM.given(pk="invitation.meeting.pk"),
    "meetings:correct_address": TEAM.given(pk="invitation.meeting.pk", contact_pk="invitation.contact_id"),
    "meetings:invite_again": ACT.given(pk="invitation.meeting.pk", contact_pk="invitation.contact_id"),
    "meetings:tell": TEAM.given(pk="invitation.meeting.pk"),
    "meetings:tell_view": NOTHING.given(pk="invitation.meeting.pk"),
    "meetings:keep_silent": ACT.given(pk="invitation.meeting.pk"),
    "meetings:cancel": TEAM.given(pk="invitation.meeting.pk"),
    "meetings:cancel_view": NOTHING.given(pk="invitation.meeting.pk"),  # without a person and her word
    "meetings:reinstate": TEAM.given(pk="invitation.meeting.pk"),
    "meetings:reinstate_view": NOTHING.given(pk="invitation.meeting.pk"),
    "meetings:withdraw": TEAM.given(pk="invitation.meeting.pk", invitation_pk="invitation.pk"),
    "meetings:remind_view": NOTHING.given(pk="invitation.meeting.pk"),  # without a person and her word
    "meetings:post": TEAM.given(pk="meeting.pk"),
    "meetings:mailing": AWAY.given(pk="act.about_key", act_pk="act.pk"),
    "meetings:calls": TEAM.given(pk="meeting.pk"),
    "meetings:note_answer": TEAM.given(pk="invitation.meeting.pk", invitation_pk="invitation.pk"),
    "meetings:note_call": ACT.given(pk="invitation.meeting.pk", invitation_pk="invitation.pk"),
    "meetings:settle_message": ACT.given(pk="invitation.meeting.pk", message_pk="message.pk"),
    "meetings:settle": ACT.given(pk="proposal.invitation.meeting.pk", proposal_pk="proposal.pk"),
    "meetings:answer": PUBLIC.given(token="invitation.token"),
    "meetings:answer_calendar": PUBLIC.given(token="invitation.token"),
    "meetings:join": PUBLIC.given(token="invitation.token"),
    # --- mailroom
    "mailroom:act": TEAM.given(pk="act.pk"),
    "mailroom:act_stop": ACT.given(pk="act.pk"),
    "mailroom:outbox": TEAM,
    "mailroom:outbox_settle": ACT.given(pk="mail.pk"),
    "mailroom:outbox_mail": TEAM.given(pk="mail.pk"),
    "mailroom:outbox_html": NOTHING.given(pk="mail.pk"),  # an account mail: content only in the demo
    "mailroom:inbox": TEAM,
    "mailroom:inbox_mail": TEAM.given(pk="inbox_mail.pk"),
    "mailroom:inbox_raw": TEAM.given(pk="inbox_mail.pk"),
    "mailroom:inbox_settle": ACT.given(pk="inbox_mail.pk"),
    "mailroom:inbox_reopen": ACT.given(pk="inbox_mail.pk"),
    "mailroom:stop": PUBLIC.given(token="preview"),
    "mailroom:send_again": ACT.given(pk="mail.pk"),
    # --- team
    "team:members": LEAD,
    "team:member_create": LEAD,
    "team:member": LEAD.given(pk="coordinator.pk"),
    "team:send_link": LEAD_ACT.given(pk="coordinator.pk"),
    "team:deactivate": LEAD_ACT.given(pk="coordinator.pk"),
    "team:reactivate": LEAD_ACT.given(pk="coordinator.pk"),
    "team:absence": TEAM,
    "team:absence_end": ACT.given(pk="absence.pk"),
    "team:absence_seen": ACT,
    # --- login and account (allauth)
    "account_login": ENTRANCE,
    "account_logout": Address(302, 200, 200),
    "account_inactive": PUBLIC,
    "account_signup": Address(200, 302, 302),  # says that there is no sign-up
    "account_reauthenticate": TEAM,
    "account_email": TEAM,
    "account_email_verification_sent": PUBLIC,
    "account_change_password": TEAM,
    "account_set_password": AWAY,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC.given(uidb36="uid", key="word"),
    "account_reset_password_from_key_done": PUBLIC,
    "account_confirm_email": PUBLIC.given(key="word"),
    "account_confirm_login_code": Address(302, 302, 302),
    "usersessions_list": TEAM,
    "mfa_index": TEAM,
    "mfa_authenticate": Address(302, 302, 302),  # between password and code only
    "mfa_login_webauthn": Address(302, 302, 302),  # answers the script of the login page
    "mfa_reauthenticate": AWAY,  # to the password: there is no code
    "mfa_reauthenticate_webauthn": AWAY,
    "mfa_activate_totp": AWAY,  # asks for the password first
    "mfa_deactivate_totp": NOTHING,
    "mfa_view_recovery_codes": NOTHING,
    "mfa_download_recovery_codes": NOTHING,
    "mfa_generate_recovery_codes": AWAY,
    "mfa_list_webauthn": TEAM,
    "mfa_add_webauthn": AWAY,
    "mfa_edit_webauthn": AWAY.given(pk="zero"),
    "mfa_remove_webauthn": AWAY.given(pk="zero"),
    # --- admin
    "admin:index": TEAM,
    "admin:login": Address(LOGIN, 302, 302),
    "admin:logout": ACT,
    "admin:password_change": AWAY,
    "admin:password_change_done": TEAM,
    "admin:autocomplete": CLOSED,
    "admin:jsi18n": TEAM,
    "admin:view_on_site": NOTHING.given(content_type_id="zero", object_id="zero"),
    "admin:app_list": TEAM.given(app_label="app_label"),
}


# Models in the admin → what a coordinator and the lead may there (v view, a add, c change, d delete),
# and the row of the world that is looked at.
ADMIN: dict[str, tuple[str, str, str]] = {
    "partners_organisation": ("vac", "vac", "organisation"),
    "partners_contact": ("vac", "vac", "contact"),
    "partners_membership": ("vac", "vac", "membership"),
    "partners_networkalias": ("vd", "vd", "network_alias"),
    "partners_headingalias": ("vd", "vd", "heading_alias"),
    "partners_importjob": ("v", "v", "import_job"),
    "partners_importrow": ("v", "v", "import_row"),
    "regions_network": ("vac", "vac", "network"),
    "regions_municipality": ("vac", "vac", "municipality"),
    "regions_schoolholiday": ("vacd", "vacd", "school_holiday"),
    "meetings_meeting": ("vc", "vc", "meeting"),
    "meetings_invitation": ("v", "v", "invitation"),
    "meetings_response": ("v", "v", "response"),
    "public_sitetext": ("vc", "vc", "site_text"),
    "mailroom_act": ("v", "v", "act"),
    "mailroom_outboxmail": ("v", "v", "mail"),
    "mailroom_inboxmail": ("v", "v", "inbox_mail"),
    "mailroom_address": ("v", "v", "address"),
    "team_user": ("", "vc", "coordinator"),
    "team_activity": ("v", "v", "activity"),
}


def _admin_addresses() -> Iterator[tuple[str, Address]]:
    for label, (coordinator, lead, row) in ADMIN.items():
        for page, letters, has_row in (
            ("changelist", "vc", False),
            ("add", "a", False),
            ("history", "vc", True),
            ("delete", "d", True),
            ("change", "vc", True),
        ):
            answers = [200 if set(letters) & set(may) else 403 for may in (coordinator, lead)]
            yield f"admin:{label}_{page}", Address(LOGIN, *answers, {"object_id": f"{row}.pk"} if has_row else {})


ADDRESSES |= dict(_admin_addresses())


def all_names() -> Iterator[str]:
    """The name of every address that the resolver knows, namespaces included; unnamed ones are only redirects."""

    def walk(resolver: URLResolver, namespace: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
            elif isinstance(pattern, URLPattern) and pattern.name:
                yield f"{namespace}{pattern.name}"

    yield from walk(get_resolver(), "")
