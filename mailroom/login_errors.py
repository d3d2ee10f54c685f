"""German sentences for refused logins at a mail server or token endpoint: what happened and what to do.

The codes: Microsoft's list of AADSTS errors, Exchange Online's enhanced status codes (RFC 3463), RFC 6749 section 5.2.
"""

import re
from collections.abc import Iterable

_HANDBOOK = "Schritt für Schritt: docs/operations.md, „Microsoft 365“."

UNREADABLE_CERTIFICATE = (
    "MAIL_CLIENT_CERTIFICATE und MAIL_CLIENT_KEY nennen kein Zertifikat mit einem RSA-Schlüssel ohne Kennwort (PEM)."
)
THROTTLED = (
    "Der Mailserver nimmt gerade keine weiteren Mails an. Was wartet, geht von selbst später hinaus. Geschieht das "
    "oft, sind es zu viele auf einmal: Bei Microsoft 365 gehört MAIL_RATE=25 dazu, denn es nimmt 30 in der Minute an."
)
NOT_AT_THE_MAILBOX = (
    "Die App darf nicht an dieses Postfach. Bitte in Exchange einmal New-ServicePrincipal und Add-MailboxPermission "
    f"ausführen und eine halbe Stunde warten. {_HANDBOOK}"
)
_SEND_AS = (
    "Das Postfach darf unter dieser Absenderadresse nicht senden. Bitte prüfen, ob MAIL_FROM und INBOX_ADDRESS "
    "Adressen dieses Postfachs sind; nimmt es keine Zusätze hinter + an, gehört INBOX_PLUS_ADDRESSING=false dazu."
)
_SMTP_OFF = (
    "Für dieses Postfach ist das Senden über SMTP abgeschaltet. Bitte in Exchange ausführen: Set-CASMailbox POSTFACH "
    f"-SmtpClientAuthenticationDisabled $false. {_HANDBOOK}"
)
_NO_PASSWORDS = (
    "Dieser Mailserver nimmt keine Kennwörter mehr an. Bitte auf die Anmeldung ohne Kennwort umstellen (auth=xoauth2). "
    f"{_HANDBOOK}"
)

# What an answer of a token endpoint contains → sentence; the first that fits counts.
_TOKEN: tuple[tuple[str, str], ...] = (
    (
        "AADSTS7000222",
        "Das Geheimnis der App ist abgelaufen. Bitte in Microsoft Entra bei der App-Registrierung unter „Zertifikate & "
        "Geheimnisse“ ein neues anlegen und als MAIL_CLIENT_SECRET eintragen.",
    ),
    (
        "AADSTS7000215",
        "Das Geheimnis der App stimmt nicht. Bitte als MAIL_CLIENT_SECRET den „Wert“ des Geheimnisses eintragen, nicht "
        "seine „Geheimnis-ID“.",
    ),
    (
        "AADSTS700016",
        "Microsoft kennt diese App nicht. Bitte MAIL_CLIENT_ID („Anwendungs-ID“) und den Mandanten in MAIL_TOKEN_URL "
        "prüfen.",
    ),
    ("AADSTS7000112", "Die App ist in Microsoft Entra abgeschaltet. Bitte dort wieder freigeben."),
    ("AADSTS90002", "Microsoft kennt den Mandanten nicht. Bitte MAIL_TOKEN_URL prüfen („Verzeichnis-ID“)."),
    ("AADSTS900023", "Microsoft kennt den Mandanten nicht. Bitte MAIL_TOKEN_URL prüfen („Verzeichnis-ID“)."),
    ("AADSTS700024", "Die Uhr dieses Rechners geht falsch, oder das Zertifikat gilt noch nicht oder nicht mehr."),
    (
        "AADSTS700027",
        "Das Zertifikat ist bei der App nicht hinterlegt oder abgelaufen. Bitte in Microsoft Entra unter „Zertifikate "
        "& Geheimnisse“ hochladen.",
    ),
    ("AADSTS53003", "Eine Richtlinie für den bedingten Zugriff sperrt die App. Bitte in Microsoft Entra ausnehmen."),
    ("AADSTS65001", f"Der App fehlt die Zustimmung einer Administratorin oder eines Administrators. {_HANDBOOK}"),
    ("AADSTS500011", "Microsoft kennt den Bereich nicht. Bitte MAIL_TOKEN_SCOPE prüfen."),
    ("AADSTS70011", "Microsoft kennt den Bereich nicht. Bitte MAIL_TOKEN_SCOPE prüfen."),
    ("AADSTS1002012", "Microsoft kennt den Bereich nicht. Bitte MAIL_TOKEN_SCOPE prüfen."),
    ("invalid_client", "Der Anmeldedienst nimmt MAIL_CLIENT_ID und das Geheimnis oder Zertifikat nicht an."),
    ("unauthorized_client", "Der Anmeldedienst lässt diese App nicht ohne Benutzer an das Postfach."),
    ("invalid_scope", "Der Anmeldedienst kennt den Bereich nicht. Bitte MAIL_TOKEN_SCOPE prüfen."),
)


def token_refused(error: str, description: str) -> str:
    """Return the sentence for an error of the token endpoint (RFC 6749 section 5.2)."""
    said = f"{error} {description}"
    code = re.search(r"\bAADSTS\d+", said)
    for sign, sentence in _TOKEN:
        if sign == (code.group() if code else "") or (sign == error and not code):
            return f"{sentence} ({code.group() if code else error})"
    return f"Der Anmeldedienst lässt die App nicht herein ({code.group() if code else error[:80]})."


def token_endpoint_away(host: str) -> str:
    """Return the sentence for a token endpoint that does not answer, or not with a token."""
    return f"Der Anmeldedienst {host} antwortet gerade nicht. Wir versuchen es von selbst weiter."


def smtp_refused(answer: str, *, roles: Iterable[str] | None, with_token: bool) -> str:
    """Return the sentence for a login or sender that a mail server refused, followed by its own words.

    `roles` are the permissions in the token, None where nobody can tell.
    """
    sentence = ""
    if "5.7.139" in answer and re.search(r"basic auth", answer, re.IGNORECASE) and not with_token:
        sentence = _NO_PASSWORDS
    elif "5.7.139" in answer or "SmtpClientAuthentication" in answer:
        sentence = _SMTP_OFF
    elif is_about_our_sender(answer):
        sentence = _SEND_AS
    elif with_token:
        sentence = _missing("SMTP.SendAsApp", roles) or NOT_AT_THE_MAILBOX
    return f"{sentence} Der Mailserver sagt: {answer}" if sentence else answer


def imap_refused(answer: str, *, roles: Iterable[str] | None, with_token: bool) -> str:
    """Return the sentence for a refused login at a mailbox; the server's words only choose it."""
    if with_token:
        return _missing("IMAP.AccessAsApp", roles) or NOT_AT_THE_MAILBOX
    if re.search(r"basic ?auth", answer, re.IGNORECASE):
        return _NO_PASSWORDS
    return "Der Mailserver nimmt die Anmeldung am Postfach nicht an. Bitte prüfen Sie INBOX_URL."


def is_about_our_sender(answer: str) -> bool:
    """Return whether Exchange refuses our own address as sender, whoever the recipient is."""
    return bool(re.search(r"\b5\.7\.60\b|\b5\.2\.252\b|SendAsDenied", answer))


def is_not_connected(answer: str) -> bool:
    """Return whether Exchange let the app in, but not to the mailbox: it says so only when a folder is selected."""
    return "authenticated but not connected" in answer.lower()


def is_throttled(code: int, words: str) -> bool:
    """Return whether the server takes no mails for the moment because there were too many, by Exchange's answers.

    They say 432 4.3.2, or name a limit with 4.3.2. That alone (RFC 3463: the server takes no mails now) is also said by
    a server that shuts down, and 432 alone to a user who needs a new password (RFC 4954 section 6).
    """
    is_about_numbers = re.search(r"limit|throttl|too many|exceeded|STOREDRV", words, re.IGNORECASE)
    return 400 <= code < 500 and "4.3.2" in words and (code == 432 or is_about_numbers is not None)


def _missing(role: str, roles: Iterable[str] | None) -> str:
    if roles is None or role in roles:
        return ""
    return (
        f"Der App fehlt die Berechtigung {role} oder die Zustimmung dazu. Bitte in Microsoft Entra unter "
        f"„API-Berechtigungen“ für Office 365 Exchange Online hinzufügen und zustimmen. {_HANDBOOK}"
    )
