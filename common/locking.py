"""Optimistic locking: two people edit one row, nobody overwrites the other silently.

The form carries the values it was opened with (signed, so that they cannot be forged). When the row has
moved on, the three states are compared field by field: what only the other person changed is taken over
into the form, what both changed is shown side by side, and what she typed stays. Nothing is saved until she
presses save again, and then against the newer version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.db import models, transaction
from django.utils.text import capfirst

_SALT = "common.locking"


@dataclass(frozen=True)
class Conflict:
    """One field that somebody else changed meanwhile, for the page to show."""

    label: str
    theirs: str
    mine: str
    both_changed: bool


def _plain(value: Any) -> str:
    """A field's value as comparable text, as its widget sends it back."""
    if isinstance(value, models.Model):
        value = value.pk
    if value is None or value is False:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(sorted(_plain(item) for item in value))
    return str(value)


class VersionedForm(forms.ModelForm):
    """A ModelForm over a `Versioned` row; check and save it inside one transaction.

    `conflicts` is filled by `is_valid()` when the row was changed since the form was opened; the form is then
    invalid, its data merged and its hidden field renewed, so that a second press saves knowingly.
    """

    opened_with = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflicts: list[Conflict] = []
        if self.instance.pk:
            self.initial["opened_with"] = self._seal(self.instance)
        else:
            del self.fields["opened_with"]

    def save(self, commit: bool = True) -> Any:
        """Write the row and count its version up."""
        if self.instance.pk:
            self.instance.version += 1
        return super().save(commit)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "opened_with" in self.fields:
            self._compare(cleaned)
        return cleaned

    def _row_values(self, row: models.Model) -> dict[str, str]:
        return {name: _plain(value) for name, value in forms.models.model_to_dict(row, list(self.fields)).items()}

    def _seal(self, row: Any) -> str:
        return signing.dumps({"version": row.version, "values": self._row_values(row)}, salt=_SALT)

    def _compare(self, cleaned: dict[str, Any]) -> None:
        try:
            opened = signing.loads(cleaned.get("opened_with") or "", salt=_SALT)
        except signing.BadSignature:
            raise forms.ValidationError(
                "Das Formular ist unvollständig angekommen. Bitte laden Sie die Seite neu."
            ) from None
        rows = self._meta.model._default_manager.all()
        if transaction.get_connection().in_atomic_block:
            rows = rows.select_for_update()
        current = rows.get(pk=self.instance.pk)
        if current.version != opened["version"]:
            self._merge(opened["values"], current, cleaned)

    def _merge(self, base: dict[str, str], current: Any, cleaned: dict[str, Any]) -> None:
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        for name, theirs in self._row_values(current).items():
            mine = _plain(cleaned[name]) if name in cleaned else _plain(self[name].value())
            if theirs == base.get(name, "") or theirs == mine:
                continue
            both_changed = mine != base.get(name, "")
            self.conflicts.append(
                Conflict(
                    label=capfirst(str(self.fields[name].label or name)),
                    theirs=self._shown(name, theirs),
                    mine=self._shown(name, mine),
                    both_changed=both_changed,
                )
            )
            if not both_changed:
                data[self.add_prefix(name)] = theirs
        data[self.add_prefix("opened_with")] = self._seal(current)
        self.data = data
        self.add_error(
            None,
            "Inzwischen hat jemand anderes gespeichert. Ihre Eingaben sind noch da: Bitte vergleichen Sie, "
            "ändern Sie, was nötig ist, und speichern Sie noch einmal.",
        )

    def _shown(self, name: str, value: str) -> str:
        """The value as a person reads it: a choice's label instead of its code."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return "ja" if value else "nein"
        for code, label in getattr(field, "choices", ()):
            if value and str(code) == value:
                return str(label)
        return value or "–"
