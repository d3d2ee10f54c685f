"""The enumerations of meetings, invitations and answers."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """The kind of a meeting."""

    NETWORK = "network", "Netzwerktreffen"
    THEME = "theme", "Themennachmittag"


class Format(TextChoices):
    """The format of a meeting."""

    IN_PERSON = "in_person", "vor Ort"
    ONLINE = "online", "online"
    HYBRID = "hybrid", "vor Ort + online"


class State(TextChoices):
    """The state of a meeting; whether it is past follows from its times."""

    DRAFT = "draft", "Entwurf"
    PLANNED = "planned", "geplant"
    CANCELLED = "cancelled", "abgesagt"


class AgendaKind(TextChoices):
    """The kind of an agenda item."""

    WELCOME = "welcome", "Begrüßung"
    TOUR = "tour", "Betriebsrundgang"
    TALK = "talk", "Vortrag"
    PROJECT_IDEA = "project_idea", "Projektidee"
    BEST_PRACTICE = "best_practice", "Best Practice"
    EXCHANGE = "exchange", "Austausch"


class Answer(TextChoices):
    """An invitee's answer; the empty string means no answer yet."""

    ACCEPTED = "accepted", "zugesagt"
    TENTATIVE = "tentative", "vielleicht"
    DECLINED = "declined", "abgesagt"


class Mode(TextChoices):
    """The way in which an invitee who accepted takes part."""

    IN_PERSON = "in_person", "vor Ort"
    ONLINE = "online", "online"


class Via(TextChoices):
    """The way by which an answer arrived."""

    LINK = "link", "Link"
    CALENDAR = "calendar", "Kalender"
    TEAM = "team", "vom Team notiert"


class Refusal(TextChoices):
    """The reason why an answer in the history does not count."""

    FULL = "full", "kein Platz mehr"
    LATE = "late", "nach dem Anmeldeschluss"


class MailingKind(TextChoices):
    """The kind of mail that an act sends."""

    INVITATION = "invitation", "Einladung"
    REMINDER = "reminder", "Erinnerung"
    UPDATE = "update", "Änderung"
    CANCELLATION = "cancellation", "Absage"
    WITHDRAWAL = "withdrawal", "Rücknahme der Einladung"


class BulkKind(TextChoices):
    """The kind of a decision about many meetings."""

    CANCEL = "cancel", "Absagen"
    POSTPONE = "postpone", "Verschieben"
    ONLINE = "online", "Online stattfinden lassen"
    IN_PERSON = "in_person", "Wieder vor Ort"
    HAND_OVER = "hand_over", "Übergeben"
    TAKE_BACK = "take_back", "Zurücknehmen"


class Decision(TextChoices):
    """The decision whether invitees are told of a change."""

    OPEN = "open", "noch nicht entschieden"
    TOLD = "told", "mitgeteilt"
    SILENT = "silent", "nicht mitgeteilt"


class CallOutcome(TextChoices):
    """The outcome of a phone call."""

    NOT_REACHED = "not_reached", "nicht erreicht"
    MESSAGE_LEFT = "message_left", "Nachricht hinterlassen"
    CALLS_BACK = "calls_back", "ruft zurück"
    WILL_ANSWER = "will_answer", "meldet sich selbst"


class ProposalKind(TextChoices):
    """The reason why a mail from a calendar waits for the team."""

    ADDRESS = "address", "Antwort von einer anderen Adresse"
    ON_BEHALF = "on_behalf", "Antwort im Auftrag"
    UNPROVEN = "unproven", "Antwort ohne Nachweis"
    GUEST = "guest", "Gast über eine weitergeleitete Einladung"
    SUBSTITUTE = "substitute", "Vertretung"
    TIME = "time", "Vorschlag für einen anderen Termin"
    FULL = "full", "Zusage ohne freien Platz"
    LATE = "late", "Antwort nach dem Anmeldeschluss"


class Resolution(TextChoices):
    """The decision about a proposal."""

    ACCEPTED = "accepted", "übernommen"
    DECLINED = "declined", "abgelehnt"
    OUTDATED = "outdated", "überholt durch eine neuere Antwort"


class ReplyKind(TextChoices):
    """The kind of a single mail to one invitee, mostly in reply to one of theirs."""

    FULL = "full", "Kein Platz mehr"
    ONLINE = "online", "Nur noch online"
    REFRESH = "refresh", "Termin noch einmal"
    AGAIN = "again", "Termin noch einmal, da eine Mail zurückkam"
    DECLINECOUNTER = "declinecounter", "Terminvorschlag abgelehnt"
