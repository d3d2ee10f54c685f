"""Invented data for the style page."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone

from common.locking import Conflict
from regions.models import Network

ICONS = [
    ("calendar", "Termin"),
    ("place", "Ort"),
    ("format", "Format"),
    ("person", "Person"),
    ("mail", "Post"),
    ("search", "Suche"),
]


class SpecimenForm(forms.Form):
    """Form with one field of each kind."""

    name = forms.CharField(label="Name", help_text="So, wie er am Schild steht.")
    email = forms.EmailField(label="E-Mail")
    kind = forms.ChoiceField(label="Art", choices=[("school", "Schule"), ("company", "Betrieb")])
    roles = forms.MultipleChoiceField(
        label="Funktionen",
        choices=[("host", "Gastgeber"), ("member", "Mitglied")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    mode = forms.ChoiceField(
        label="Teilnahme", choices=[("in_person", "vor Ort"), ("online", "online")], widget=forms.RadioSelect
    )
    file = forms.FileField(label="Datei", required=False)
    note = forms.CharField(label="Notiz", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    gets_invitations = forms.BooleanField(label="bekommt Einladungen", required=False)
    locked = forms.CharField(label="Nicht änderbar", initial="2027-A", disabled=True, required=False)


class SpecimenFilters(forms.Form):
    """Filters as they appear above a list."""

    q = forms.CharField(
        label="Suche", required=False, widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, Ort …"})
    )
    since = forms.DateField(label="von", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    sort_of = forms.ChoiceField(label="Art", required=False, choices=[("", "alle Arten"), ("school", "Schulen")])


@dataclass(frozen=True)
class SpecimenActivity:
    """Stand-in for an entry of the log."""

    at: datetime
    by: str
    sentence: str
    pk: None = None


def specimens() -> dict[str, Any]:
    """Return the context of the style page: the real networks, everything else invented."""
    form = SpecimenForm(
        {"name": "Oberschule Grönegau-Nord", "email": "sekretariat", "kind": "school", "roles": ["member"]}
    )
    conflicts = [
        Conflict(label="Telefon", theirs="05422 1200", mine="05422 1234", both_changed=True),
        Conflict(label="Straße", theirs="Hauptstraße 7", mine="Hauptstraße 5", both_changed=False),
    ]
    return {
        "form": form,
        "locked_form": SimpleNamespace(conflicts=conflicts),
        "filter": SimpleNamespace(form=SpecimenFilters(), is_active=True),
        "icons": ICONS,
        "networks": Network.objects.active(),
        "page_obj": Paginator(range(468), 50).get_page(4),
        "activities": [
            SpecimenActivity(timezone.now(), "Katja Sommer", "hat die Einrichtung Muster Maschinenbau GmbH angelegt"),
            SpecimenActivity(timezone.now(), "", "hat die Liste partner.xlsx fertig gelesen"),
        ],
        "facts": [("Adresse", "Hauptstraße 5, 49324 Melle"), ("Telefon", "05422 1234")],
        "tabs": [("/stil/", "Bausteine"), ("/", "Heute")],
        "levels": ["info", "success", "warning", "danger"],
        "states": [("good", "zugesagt"), ("warning", "offen"), ("danger", "unzustellbar"), ("muted", "früher")],
    }
