"""Form of the month calendar next to a date field."""

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
    """URL parameters of the month calendar. Invalid values are ignored."""

    tag = forms.DateField(required=False)
    monat = forms.DateField(required=False, input_formats=["%Y-%m"])
    network = forms.ModelMultipleChoiceField(Network.objects.all(), required=False)
    meeting = forms.UUIDField(required=False)
    field = forms.CharField(required=False, validators=[_is_field])

    def panel(self) -> dict[str, Any]:
        """Return the context of `dates/month.html` for the month `monat`, else that of the day `tag`, else today's.

        A `tag` outside the calendar is ignored. Days are suggested only for a date field of a form (`field`).
        """
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
            "earlier_url": self._url_of(month.earlier),
            "later_url": self._url_of(month.later),
            "suggestions": suggestions.suggest(networks, but=but) if said.get("field") else [],
        }

    def _url_of(self, first: date | None) -> str:
        """Return the URL of another month with the same parameters; "" for None."""
        if first is None:
            return ""
        said = self.cleaned_data
        kept = {"monat": f"{first:%Y-%m}", "tag": said.get("tag"), "field": said.get("field")}
        kept |= {"meeting": said.get("meeting"), "network": [network.pk for network in said.get("network") or ()]}
        return reverse("meetings:month", query={name: value for name, value in kept.items() if value})


def with_suggestion(data: QueryDict) -> QueryDict:
    """Return a copy of the posted data with the suggested day (`use_suggestion`: field=day) in its field.

    Only a posted field whose name ends in `day` is set.
    """
    name, _sign, day = data.get("use_suggestion", "").partition("=")
    typed = data.copy()
    if name in data and name.endswith("day"):
        typed[name] = day
    return typed


def panel_for(field: Any, *, networks: Any = (), meeting: Any = None) -> dict[str, Any]:
    """Return the context of the month calendar for a bound date field and its present value."""
    said = {"tag": field.value(), "network": networks, "meeting": meeting, "field": field.html_name}
    return MonthForm(said).panel()
