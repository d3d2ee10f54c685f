"""Optimistic locking: two people edit one row, and neither overwrites the other silently.

The form carries the values that it was opened with (signed, so that they cannot be forged). When the row has changed
since, the three states are compared field by field: what only the other person changed is copied into the form, what
both changed is shown side by side, and what this person typed stays. Nothing is saved until they save again, and then
against the newer version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.text import capfirst

from common.db.fields import FoldedField

_SALT = "common.locking"


@dataclass(frozen=True)
class Conflict:
    """One field that another person changed since the form was opened, for the page to show."""

    label: str
    theirs: str
    mine: str
    both_changed: bool


def plain(value: Any) -> str:
    """Return a field's value as comparable text, in the form its widget sends back."""
    if isinstance(value, models.Model):
        value = value.pk
    if value is None or value is False:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(sorted(plain(item) for item in value))
    return str(value)


def _lines(text: Any) -> str:
    return str(text or "").replace("\r\n", "\n").strip()


class _Seal(forms.CharField):
    """The values that the form was opened with, as a hidden field that never counts as changed."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class VersionedForm(forms.ModelForm):
    """A ModelForm over a `Versioned` row. Validate and save it inside one transaction: validation locks the row.

    When the row was changed since the form was opened, `is_valid()` fills `conflicts`, makes the form invalid, merges
    its data and renews its hidden field, so that a second save is made knowingly.
    """

    checked_fields: tuple[str, ...] = ()  # fields that the view sets and whose constraints are checked too

    opened_with = _Seal(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Seal the stored row's values in the hidden field; the form of a new row has no such field."""
        super().__init__(*args, **kwargs)
        self.conflicts: list[Conflict] = []
        if not self.instance._state.adding:  # the key alone does not tell: a UUID exists before its row
            self.initial["opened_with"] = self._seal(self.instance)
        else:
            del self.fields["opened_with"]

    @cached_property
    def changed_data(self) -> list[str]:
        """The names of the changed fields, without those that differ only in line ends (browsers send other ones)."""
        return [name for name in super().changed_data if not self._differs_in_line_ends_only(name)]

    def _differs_in_line_ends_only(self, name: str) -> bool:
        """Return whether a field of several lines differs only in line ends or blanks around the text; else False."""
        if not isinstance(self.fields[name].widget, forms.Textarea):
            return False
        bound = self[name]
        return _lines(bound.initial) == _lines(bound.data)

    @property
    def changed_labels(self) -> list[str]:
        """The labels of the changed fields, for the log."""
        own = self._row_values(self.instance)
        return [str(self.fields[name].label) for name in self.changed_data if name in own]

    def save(self, commit: bool = True) -> Any:
        """Save the row and increase the version of one that exists; without `commit` in memory only."""
        if not self.instance._state.adding:
            self.instance.version += 1
        return super().save(commit)

    def _get_validation_exclusions(self) -> set[str]:
        """Return the excluded fields without folded fields and `checked_fields`, so that these are validated, too.

        A breach of their constraints becomes an error of the form; a concurrent duplicate still raises IntegrityError
        at saving. An invalid value of a field that the form lacks raises ValueError.
        """
        fields = self._meta.model._meta.concrete_fields
        checked = {field.name for field in fields if isinstance(field, FoldedField)} | set(self.checked_fields)
        return set(super()._get_validation_exclusions()) - checked  # type: ignore[misc]

    def _post_clean(self) -> None:
        """Move a constraint's message to the field that its `violation_error_code` names."""
        super()._post_clean()  # type: ignore[misc]
        if not self.has_error(NON_FIELD_ERRORS):
            return
        errors = self.errors.pop(NON_FIELD_ERRORS)
        for error in errors.as_data():
            self.add_error(error.code if error.code in self.fields else None, error)

    def clean(self) -> dict[str, Any]:
        """Give texts of several lines LF line ends, and compare the form with the row as it is now."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            field = self.fields.get(name)
            if isinstance(value, str) and field and isinstance(field.widget, forms.Textarea):
                cleaned[name] = _lines(value)
        if "opened_with" in self.fields:
            self._compare(cleaned)
        return cleaned

    def _row_values(self, row: Any) -> dict[str, str]:
        """Return the values to compare, as text by field name. A form that also sets other rows adds them here."""
        return {name: plain(value) for name, value in forms.models.model_to_dict(row, list(self.fields)).items()}

    def _seal(self, row: Any) -> str:
        """Return the version and the comparable values of the row, signed, for the hidden field."""
        return signing.dumps({"version": row.version, "values": self._row_values(row)}, salt=_SALT)

    def _compare(self, cleaned: dict[str, Any]) -> None:
        """Read the row, locked if inside a transaction, and merge if its version is not the one that was opened.

        Raises ValidationError for a missing or forged seal.
        """
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
        """Compare what was opened (`base`), the row now and what was typed; make the form invalid.

        Each field that the other person changed to another value than typed becomes a conflict. Their value replaces
        the typed one in the form's data unless this person changed the field, too. The seal becomes that of the row.
        """
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        for name, theirs in self._row_values(current).items():
            mine = plain(cleaned[name]) if name in cleaned else plain(self[name].value())
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
                if isinstance(self.fields[name], forms.ModelMultipleChoiceField):
                    data.setlist(self.add_prefix(name), theirs.split(",") if theirs else [])
                else:
                    data[self.add_prefix(name)] = theirs
        data[self.add_prefix("opened_with")] = self._seal(current)
        self.data = data
        self.add_error(
            None,
            "Inzwischen hat jemand anderes gespeichert. Ihre Eingaben sind noch da: Bitte vergleichen Sie, "
            "ändern Sie, was nötig ist, und speichern Sie noch einmal.",
        )

    def _shown(self, name: str, value: str) -> str:
        """Return the value as a person reads it: a choice's label instead of its code."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return "ja" if value else "nein"
        codes = value.split(",") if isinstance(field, forms.ModelMultipleChoiceField) else [value]
        labels = [str(label) for code, label in getattr(field, "choices", ()) if value and str(code) in codes]
        return ", ".join(labels) or value or "–"


class LockedFormMixin:
    """A mixin for create and update views that compares and saves in one transaction, by `act(form)`.

    The response is 422 with everything typed when the form is invalid or the database refuses a concurrent duplicate.
    """

    request: Any
    object: Any
    saved_message = "Gespeichert."  # shown on the next page; "" where `act` adds its own message

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Validate and save in one transaction: the form locks the row from its comparison to the saving."""
        with transaction.atomic():
            return super().post(request, *args, **kwargs)  # type: ignore[misc]

    def act(self, form: Any) -> models.Model:
        """Save the form through a service and return the row. Subclasses override this."""
        raise TypeError(f"{type(self).__name__} does not say what saving means")

    def form_valid(self, form: Any) -> HttpResponse:
        """Save by `act`, add `saved_message` and redirect; a concurrent duplicate is an error of the form (422)."""
        try:
            with transaction.atomic():
                self.object = self.act(form)
        except IntegrityError:
            form.add_error(None, "In diesem Augenblick hat jemand anderes dasselbe eingetragen. Bitte vergleichen Sie.")
            return self.form_invalid(form)
        if self.saved_message:
            messages.success(self.request, self.saved_message)
        return HttpResponseRedirect(self.get_success_url())  # type: ignore[attr-defined]

    def form_invalid(self, form: Any) -> HttpResponse:
        """Return the page of the form with everything typed and status 422."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class VersionedAdmin(admin.ModelAdmin):
    """Django's admin over a `Versioned` row: increases the version and detects conflicts, as our own forms do.

    Subclasses name their fields in `fieldsets` or `fields`.
    """

    form = VersionedForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets, with the form's hidden field in the last one where the row can be changed."""
        *first, (title, options) = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return [*first, (title, options)]
        return [*first, (title, {**options, "fields": [*options["fields"], "opened_with"]})]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add a warning for each field that the other person changed."""
        for conflict in getattr(context["adminform"].form, "conflicts", ()):
            mine = f", bei Ihnen „{conflict.mine}“" if conflict.both_changed else ""
            messages.warning(request, f"{conflict.label}: jetzt „{conflict.theirs}“{mine}")
        return super().render_change_form(request, context, *args, **kwargs)


class LockedAdmin(admin.ModelAdmin):
    """Rows that only services write: readable in Django's admin, never changed there."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
