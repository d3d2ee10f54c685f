"""Forms of the import of a partner list."""

from collections.abc import Mapping, Sequence
from hashlib import blake2s
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet

from partners.models import ImportJob, ImportRow
from partners.services import imports
from partners.services.partner_list.headings import FIELDS
from regions.models import Network

_LATER, _NONE, _ALL = "", "none", "all"


class UploadForm(forms.Form):
    """The form for the file to import."""

    file = forms.FileField(
        label="Datei (.xlsx oder .csv)",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": "Bitte wählen Sie eine Datei.",
            "empty": "Die Datei ist leer. Bitte wählen Sie eine andere.",
        },
    )

    def clean_file(self) -> Any:
        """Refuse a file larger than settings.IMPORT_MAX_BYTES before it is read into memory."""
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            limit = settings.IMPORT_MAX_BYTES // 1024**2
            raise forms.ValidationError(f"Die Datei ist größer als {limit} MB. Bitte teilen Sie die Liste auf.")
        return file


class DecisionForm(forms.Form):
    """One button of the preview: `17:take` for the row at that position, `open:take` for all undecided rows."""

    decide = forms.RegexField(r"\A(\d{1,9}|open):(take|merge|leave_out)\Z")

    def __init__(self, job: ImportJob, data: dict[str, str]) -> None:
        super().__init__(data)
        self.job = job

    @property
    def rows(self) -> QuerySet[ImportRow]:
        """The rows that the decision concerns: the one at the position, or all doubtful ones that are undecided.

        `imports.decide` checks which of them can be decided that way.
        """
        which = self.cleaned_data["decide"].split(":")[0]
        return self.job.rows.undecided() if which == "open" else self.job.rows.filter(position=which)

    @property
    def decision(self) -> str:
        """The decision: take, merge or leave_out."""
        return str(self.cleaned_data["decide"].split(":")[1])


class QuestionForm(forms.Form):
    """A form with one field per question, named after its subject, so that no answer reaches another question."""

    prefix = ""

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data, prefix=self.prefix)
        self.subjects: dict[str, str] = {}

    def ask(self, subject: str, **options: Any) -> None:
        """Add the question about a heading or a name; `options` are those of a ChoiceField. It may stay open."""
        name = blake2s(subject.encode(), digest_size=8).hexdigest()
        self.subjects[name] = subject
        self.fields[name] = forms.ChoiceField(required=False, **options)

    @property
    def answers_something_else(self) -> bool:
        """Whether an answer belongs to a question that is no longer asked (already answered, or an old page)."""
        asked = {self.add_prefix(name) for name in self.fields}
        return any(
            value and name.startswith(f"{self.prefix}-") and name not in asked for name, value in self.data.items()
        )


class HeadingForm(QuestionForm):
    """Questions about the meaning of columns with unknown headings."""

    prefix = "heading"

    def __init__(self, questions: Sequence[imports.HeadingQuestion], data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        for question in questions:
            samples = ", ".join(question.samples)
            self.ask(
                question.heading,
                label=f"Was steht in der Spalte „{question.heading}“?",
                choices=[(_LATER, "noch nicht beantworten"), *FIELDS.items()],
                help_text=f"Zum Beispiel: {samples}" if samples else "",
            )

    def answers(self) -> dict[str, str]:
        """Return the answers as heading → field or „ignore“, without questions left for later."""
        return {self.subjects[name]: field for name, field in self.cleaned_data.items() if field}


def _network_choices(networks: Sequence[Network], suggested: Sequence[Network]) -> list[tuple[str, Any]]:
    """Return the possible meanings of a name, from all active networks; none is preselected.

    Suggestions come first and are labelled; when all networks are suggested, that is „alle Netzwerke“.
    """
    every = [(str(network.pk), network.name) for network in networks]
    if len(suggested) == len(networks):
        likely = [(_ALL, "alle Netzwerke")]
    else:
        likely = [(str(network.pk), network.name) for network in suggested]
    rest = [choice for choice in [*every, (_ALL, "alle Netzwerke"), (_NONE, "kein Netzwerk")] if choice not in likely]
    groups = [("Vorschlag", likely), ("Alle Möglichkeiten", rest)] if likely else rest
    return [(_LATER, "noch nicht beantworten"), *groups]


class NetworkQuestionForm(QuestionForm):
    """Questions about the meaning of unknown network names."""

    prefix = "network"

    def __init__(self, questions: Sequence[imports.NetworkQuestion], data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self.networks = list(Network.objects.active()) if questions else []
        for question in questions:
            self.ask(
                question.label,
                label=f"Welches Netzwerk ist „{question.label}“?",
                choices=_network_choices(self.networks, question.suggestions),
                help_text=f"steht in {question.rows} Zeile{'' if question.rows == 1 else 'n'}",
            )

    def answers(self) -> dict[str, list[Network]]:
        """Return the answers as name in the list → networks, without questions left for later.

        An empty list of networks is an answer too.
        """
        meaning = {_NONE: [], _ALL: self.networks} | {str(network.pk): [network] for network in self.networks}
        return {self.subjects[name]: meaning[answer] for name, answer in self.cleaned_data.items() if answer}
