"""Forms about members, and allauth's forms with our texts."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorList
from django.utils import timezone

from common.addresses import validate_reachable
from common.folding import email_key
from common.locking import VersionedForm
from team.models import User
from team.services import absences


class MemberForm(VersionedForm):
    """A form for a new or existing member of the team."""

    class Meta:
        model = User
        fields = ["email", "first_name", "last_name", "phone", "is_lead"]

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the uniqueness of the address to the constraint on its folded form, so that the error appears once."""
        return super()._get_validation_exclusions() | {"email"}

    def clean_email(self) -> str:
        """Raise ValidationError for an unreachable address here, because the row's validation excludes the field."""
        address: str = self.cleaned_data["email"]
        validate_reachable(address)
        return address

    def clean(self) -> dict[str, Any]:
        """Refuse to leave the team without an active lead. The service checks again under a lock."""
        cleaned = super().clean()
        before = User.objects.filter(pk=self.instance.pk).active().leads().first()
        stays = cleaned.get("is_lead", True) and cleaned.get("is_active", True)
        if before and not stays and not User.objects.active().leads().exclude(pk=before.pk).exists():
            raise ValidationError(
                "Das ist die einzige aktive Leitung. Bitte geben Sie die Leitung zuerst jemand anderem."
            )
        return cleaned


class _SamePasswordTwice:
    """A mixin that reports in friendly words that the two passwords differ."""

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        first, second = (self[name].data for name in ("password1", "password2"))  # type: ignore[index]
        if first and second and first != second:
            self.errors["password2"] = ErrorList(  # type: ignore[attr-defined]
                ["Die beiden Passwörter sind verschieden. Bitte geben Sie zweimal dasselbe ein."]
            )
        return cleaned


class ChangePasswordForm(_SamePasswordTwice, account.ChangePasswordForm):
    """A form to change one's own password."""


class SetPasswordForm(_SamePasswordTwice, account.SetPasswordForm):
    """A form to set a first password."""


class ResetPasswordKeyForm(_SamePasswordTwice, account.ResetPasswordKeyForm):
    """A form to set a password by link."""


class ResetPasswordForm(account.ResetPasswordForm):
    """A form to request a link for a new password.

    The link goes only to the address in the member's row, neither to a former one nor to a look-alike that folds to the
    same key.
    """

    def clean_email(self) -> str:
        """Set the user to whom allauth sends the link, by folded address; return the address in their row.

        Nobody, or a member who is locked out, gives the typed address without an error, and no link.
        """
        typed: str = self.cleaned_data["email"]
        self.users = list(User.objects.active().filter(email_folded=email_key(typed)))
        return self.users[0].email if self.users else typed


# --- The second factor

_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
_TYPED = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}


def _code(label: str, help_text: str, **attributes: str) -> forms.CharField:
    """Return a field for a code that somebody reads from another screen or from paper."""
    return forms.CharField(
        label=label, help_text=help_text, max_length=50, widget=forms.TextInput(attrs={**_TYPED, **attributes})
    )


class ActivateTOTPForm(totp.ActivateTOTPForm):
    """A form that proves that the app has the key."""

    code = _code("Code aus der App", "Sechs Ziffern; alle 30 Sekunden kommen neue.", inputmode="numeric")


class AuthenticateForm(base.AuthenticateForm):
    """The form of the second step of logging in."""

    code = _code("Code", "Sechs Ziffern aus Ihrer App oder einer Ihrer Wiederherstellungscodes.")


class ReauthenticateForm(base.ReauthenticateForm):
    """The form that asks for a code again before something about the account changes."""

    code = _code("Code", "Sechs Ziffern aus Ihrer App oder einer Ihrer Wiederherstellungscodes.")


class _Credential:
    """A mixin that treats malformed data as a wrong passkey instead of raising a server error."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except _UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


class AuthenticateWebAuthnForm(_Credential, webauthn.AuthenticateWebAuthnForm):
    """The form of the second step of logging in, by passkey."""


class LoginWebAuthnForm(_Credential, webauthn.LoginWebAuthnForm):
    """The form to log in by passkey alone."""


class ReauthenticateWebAuthnForm(_Credential, webauthn.ReauthenticateWebAuthnForm):
    """The form that asks for the passkey again before something about the account changes."""


class AddWebAuthnForm(webauthn.AddWebAuthnForm):
    """A form to add a passkey; the browser fills in the credential."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        required=False,
        help_text="Damit Sie ihn wiedererkennen, zum Beispiel „Diensthandy“.",
    )
    passwordless = forms.BooleanField(
        label="Damit auch ohne Passwort anmelden",
        required=False,
        initial=True,
        help_text="Braucht ein Gerät, das Fingerabdruck, Gesicht oder PIN prüft. Sonst lassen Sie es bitte weg.",
    )

    def clean(self) -> dict[str, Any]:
        """Treat malformed data as a wrong passkey instead of raising a server error."""
        try:
            return super().clean()
        except _UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


class EditWebAuthnForm(webauthn.EditWebAuthnForm):
    """A form to rename a passkey."""

    name = forms.CharField(label="Name", max_length=100)


# --- Away


class _DayInput(forms.DateInput):
    """A date input that uses the browser's own picker."""

    input_type = "date"


class AbsenceForm(forms.Form):
    """A form for an absence: the member, the days and the deputy.

    `whom` preselects the absent member by key, as text; "" or an unknown key means `by`. The deputy preselected is `by`
    for somebody else's absence, else the only colleague, if there is just one.
    """

    away = forms.ModelChoiceField(User.objects.active(), label="Wer ist nicht da?", empty_label=None)
    first_on = forms.DateField(label="Von", widget=_DayInput(format="%Y-%m-%d"), help_text="Erster Tag.")
    last_on = forms.DateField(
        label="Bis", widget=_DayInput(format="%Y-%m-%d"), help_text="Letzter Tag. Am Tag danach ist alles wie vorher."
    )
    deputy = forms.ModelChoiceField(User.objects.active(), label="Wer vertritt?", empty_label="bitte wählen")

    def __init__(self, data: Any = None, *, by: User, whom: str = "") -> None:
        team = list(User.objects.active())
        away = next((one for one in team if str(one.pk) == whom), by)
        others = [one for one in team if one != away]
        deputy = by if away != by else others[0] if len(others) == 1 else None
        super().__init__(data, initial={"away": away, "first_on": timezone.localdate(), "deputy": deputy})

    def clean(self) -> dict[str, Any]:
        """Check the absence and show its problems at their fields. The service checks again under a lock."""
        cleaned = super().clean() or self.cleaned_data
        if all(cleaned.get(name) for name in self.fields):
            for field, problem in absences.problems(**cleaned).items():
                self.add_error(field, problem)
        return cleaned
