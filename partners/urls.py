from django.urls import path

from partners.views import addresses, contacts, imports, letters, memberships, organisations

app_name = "partners"
urlpatterns = [
    path("partner/einlesen/", imports.import_list, name="imports"),
    path("partner/einlesen/<uuid:pk>/", imports.import_job, name="import_job"),
    path("partner/einlesen/<uuid:pk>/entscheiden/", imports.import_decide, name="import_decide"),
    path("partner/einlesen/<uuid:pk>/fragen/", imports.import_questions, name="import_questions"),
    path("partner/einlesen/<uuid:pk>/uebernehmen/", imports.import_apply, name="import_apply"),
    path("partner/einlesen/<uuid:pk>/verwerfen/", imports.import_discard, name="import_discard"),
    path("partner/einlesen/<uuid:pk>/bericht.csv", imports.import_report, {"kind": "csv"}, name="import_report_csv"),
    path("partner/einlesen/<uuid:pk>/bericht.xlsx", imports.import_report, {"kind": "xlsx"}, name="import_report_xlsx"),
    path("partner/", organisations.OrganisationList.as_view(), name="organisations"),
    path("partner/einrichtung/neu/", organisations.OrganisationCreate.as_view(), name="organisation_create"),
    path("partner/einrichtung/<int:pk>/", organisations.OrganisationDetail.as_view(), name="organisation"),
    path(
        "partner/einrichtung/<int:pk>/aendern/", organisations.OrganisationUpdate.as_view(), name="organisation_update"
    ),
    path("partner/einrichtung/<int:organisation_pk>/person/", contacts.ContactCreate.as_view(), name="contact_create"),
    path(
        "partner/einrichtung/<int:organisation_pk>/netzwerk/",
        memberships.MembershipCreate.as_view(),
        name="membership_create",
    ),
    path("partner/mitgliedschaft/<int:pk>/", memberships.MembershipUpdate.as_view(), name="membership_update"),
    path("partner/personen/", contacts.ContactList.as_view(), name="contacts"),
    path("partner/person/<int:pk>/", contacts.ContactDetail.as_view(), name="contact"),
    path("partner/person/<int:pk>/aendern/", contacts.ContactUpdate.as_view(), name="contact_update"),
    path("partner/person/<int:pk>/adresse/freigeben/", addresses.release_address, name="release_address"),
    path("partner/person/<int:pk>/adresse/uebernehmen/", addresses.take_address, name="take_address"),
    path("partner/zuordnen/<uuid:pk>/", addresses.mail_person, name="mail_person"),
    path("partner/zuordnen/<uuid:pk>/<int:contact_pk>/", addresses.assign_mail, name="assign_mail"),
    path("partner/person/<int:pk>/wechsel/", contacts.ContactMove.as_view(), name="contact_move"),
    # --- letters to the members of a network
    path("netzwerke/<slug:slug>/schreiben/", letters.WriteLetter.as_view(), name="letter"),
    path("netzwerke/<slug:slug>/schreiben/ansicht/", letters.letter_view, name="letter_view"),
]
