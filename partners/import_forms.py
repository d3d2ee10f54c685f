"""What is asked while a partner list is read in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from partners.models import ImportJob, ImportRow
from partners.services import imports
from partners.services.partner_list.headings import FIELDS
from regions.models import Network

_LATER, _NONE, _ALL = "", "none", "all"


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label="Datei (.xlsx oder .csv)",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "Bitte wählen Sie eine Datei.", "empty": "Die Datei ist leer."},
    )


class DecisionForm(forms.Form):
    """One button of the preview: `17:take` for the row at that position, `open:take` for all that are still open."""

    decide = forms.RegexField(r"^(\d{1,9}|open):(take|merge|leave_out)$")

    def __init__(self, job: ImportJob, data: dict[str, str]) -> None:
        super().__init__(data)
        self.job = job

    @property
    def rows(self) -> QuerySet[ImportRow]:
        """The rows that the decision is about; merging only where there is somebody to merge with."""
        which, decision = self.cleaned_data["decide"].split(":")
        rows = self.job.rows.undecided() if which == "open" else self.job.rows.doubtful().filter(position=which)
        return rows.exclude(merge_with="") if decision == ImportRow.Decision.MERGE else rows

    @property
    def decision(self) -> str:
        """What was decided."""
        return str(self.cleaned_data["decide"].split(":")[1])


class HeadingForm(forms.Form):
    """What the columns mean whose headings nobody knows yet."""

    def __init__(self, questions: Sequence[imports.HeadingQuestion], data: dict[str, str] | None = None) -> None:
        super().__init__(data, prefix="heading")
        self.headings = {f"h{number}": question.heading for number, question in enumerate(questions)}
        for (name, heading), question in zip(self.headings.items(), questions, strict=True):
            samples = ", ".join(question.samples)
            self.fields[name] = forms.ChoiceField(
                label=f"Was steht in der Spalte „{heading}“?",
                required=False,
                choices=[(_LATER, "noch nicht beantworten"), *FIELDS.items()],
                help_text=f"Zum Beispiel: {samples}" if samples else "",
            )

    def answers(self) -> dict[str, str]:
        """Heading → field, or „ignore“; without those left for later."""
        return {self.headings[name]: field for name, field in self.cleaned_data.items() if field}


def _network_choices(networks: Sequence[Network], suggested: Sequence[Network]) -> list[tuple[str, Any]]:
    """What a name may mean; what it probably means stands first and is called a suggestion, but is not chosen."""
    every = [(str(network.pk), network.name) for network in networks]
    if len(suggested) == len(networks):
        likely = [(_ALL, "alle Netzwerke")]
    else:
        likely = [(str(network.pk), network.name) for network in suggested]
    rest = [choice for choice in [*every, (_ALL, "alle Netzwerke"), (_NONE, "kein Netzwerk")] if choice not in likely]
    groups = [("Vorschlag", likely), ("Alle Möglichkeiten", rest)] if likely else rest
    return [(_LATER, "noch nicht beantworten"), *groups]


class NetworkQuestionForm(forms.Form):
    """What the unknown network names mean."""

    def __init__(self, questions: Sequence[imports.NetworkQuestion], data: dict[str, str] | None = None) -> None:
        super().__init__(data, prefix="network")
        self.labels = {f"n{number}": question.label for number, question in enumerate(questions)}
        networks = list(Network.objects.active())
        for (name, label), question in zip(self.labels.items(), questions, strict=True):
            self.fields[name] = forms.ChoiceField(
                label=f"Welches Netzwerk ist „{label}“?",
                required=False,
                choices=_network_choices(networks, question.suggestions),
                help_text=f"steht in {question.rows} Zeile{'' if question.rows == 1 else 'n'}",
            )

    def answers(self) -> dict[str, list[Network]]:
        """Name in the list → networks (none at all is an answer, too); without those left for later."""
        active = {str(network.pk): network for network in Network.objects.active()}
        meaning = {_NONE: [], _ALL: list(active.values())} | {key: [network] for key, network in active.items()}
        return {self.labels[name]: meaning[answer] for name, answer in self.cleaned_data.items() if answer}
