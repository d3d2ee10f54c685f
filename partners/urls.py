from django.urls import path

from partners.views import addresses, contacts, imports, memberships, organisations

app_name = "partners"
urlpatterns = [
    path("einlesen/", imports.import_list, name="imports"),
    path("einlesen/<uuid:pk>/", imports.import_job, name="import_job"),
    path("einlesen/<uuid:pk>/entscheiden/", imports.import_decide, name="import_decide"),
    path("einlesen/<uuid:pk>/fragen/", imports.import_questions, name="import_questions"),
    path("einlesen/<uuid:pk>/uebernehmen/", imports.import_apply, name="import_apply"),
    path("einlesen/<uuid:pk>/verwerfen/", imports.import_discard, name="import_discard"),
    path("einlesen/<uuid:pk>/bericht.csv", imports.import_report, {"kind": "csv"}, name="import_report_csv"),
    path("einlesen/<uuid:pk>/bericht.xlsx", imports.import_report, {"kind": "xlsx"}, name="import_report_xlsx"),
    path("", organisations.OrganisationList.as_view(), name="organisations"),
    path("einrichtung/neu/", organisations.OrganisationCreate.as_view(), name="organisation_create"),
    path("einrichtung/<int:pk>/", organisations.OrganisationDetail.as_view(), name="organisation"),
    path("einrichtung/<int:pk>/aendern/", organisations.OrganisationUpdate.as_view(), name="organisation_update"),
    path("einrichtung/<int:organisation_pk>/person/", contacts.ContactCreate.as_view(), name="contact_create"),
    path(
        "einrichtung/<int:organisation_pk>/netzwerk/", memberships.MembershipCreate.as_view(), name="membership_create"
    ),
    path("mitgliedschaft/<int:pk>/", memberships.MembershipUpdate.as_view(), name="membership_update"),
    path("personen/", contacts.ContactList.as_view(), name="contacts"),
    path("person/<int:pk>/", contacts.ContactDetail.as_view(), name="contact"),
    path("person/<int:pk>/aendern/", contacts.ContactUpdate.as_view(), name="contact_update"),
    path("person/<int:pk>/adresse/freigeben/", addresses.release_address, name="release_address"),
    path("person/<int:pk>/adresse/uebernehmen/", addresses.take_address, name="take_address"),
    path("zuordnen/<uuid:pk>/", addresses.mail_person, name="mail_person"),
    path("zuordnen/<uuid:pk>/<int:contact_pk>/", addresses.assign_mail, name="assign_mail"),
    path("person/<int:pk>/wechsel/", contacts.ContactMove.as_view(), name="contact_move"),
]
