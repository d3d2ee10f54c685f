from django.urls import path

from partners.views import contacts, memberships, organisations

app_name = "partners"
urlpatterns = [
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
    path("person/<int:pk>/wechsel/", contacts.ContactMove.as_view(), name="contact_move"),
]
