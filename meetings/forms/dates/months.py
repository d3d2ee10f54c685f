"""Which month is looked at while a date is chosen, and for whom."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from meetings.services.dates import months, suggestions
from regions.models import Network
from regions.services import days

_is_field = RegexValidator(r"^[\w-]{1,80}$")


class MonthForm(forms.Form):
    """What the address of the small month says. What cannot be read counts as not said."""

    tag = forms.DateField(required=False)
    monat = forms.DateField(required=False, input_formats=["%Y-%m"])
    network = forms.ModelMultipleChoiceField(Network.objects.all(), required=False)
    meeting = forms.UUIDField(required=False)
    field = forms.CharField(required=False, validators=[_is_field])

    def panel(self) -> dict[str, Any]:
        """What `dates/month.html` shows: the month of that name, else the one of the day, else the present one."""
        self.is_valid()
        said = self.cleaned_data
        chosen = said.get("tag")
        if chosen and not days.FIRST <= chosen <= days.LAST:
            chosen = None
        networks = [network.pk for network in said.get("network") or ()]
        of = said.get("monat") or chosen or timezone.localdate()
        but = said.get("meeting")
        month = months.month(of, networks=networks, but=but, chosen=chosen)
        return {
            "month": month,
            "field": said.get("field", ""),
            "meeting": but,
            "earlier_url": self._turned(month.earlier),
            "later_url": self._turned(month.later),
            "suggestions": suggestions.suggest(networks, but=but) if said.get("field") else [],
        }

    def _turned(self, first: date | None) -> str:
        """The address of another month for the same choice; "" for none."""
        if first is None:
            return ""
        said = self.cleaned_data
        kept = {"monat": f"{first:%Y-%m}", "tag": said.get("tag"), "field": said.get("field")}
        kept |= {"meeting": said.get("meeting"), "network": [network.pk for network in said.get("network") or ()]}
        return reverse("meetings:month", query={name: value for name, value in kept.items() if value})


def with_suggestion(data: QueryDict) -> QueryDict:
    """What was typed, with the suggested day (`use_suggestion`: field=day) in its field."""
    name, _sign, day = data.get("use_suggestion", "").partition("=")
    typed = data.copy()
    if name in data and name.endswith("day"):
        typed[name] = day
    return typed


def panel_for(field: Any, *, networks: Any = (), meeting: Any = None) -> dict[str, Any]:
    """The month beside a date field of a form, as it stands there now."""
    said = {"tag": field.value(), "network": networks, "meeting": meeting, "field": field.html_name}
    return MonthForm(said).panel()
