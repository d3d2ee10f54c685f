"""The words that a meeting, an invitation and an answer are described with."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """What sort of meeting."""

    NETWORK = "network", "Netzwerktreffen"
    THEME = "theme", "Themennachmittag"


class Format(TextChoices):
    """How people come together."""

    IN_PERSON = "in_person", "vor Ort"
    ONLINE = "online", "online"
    HYBRID = "hybrid", "vor Ort + online"


class State(TextChoices):
    """Where a meeting stands; that it is past follows from the time."""

    DRAFT = "draft", "Entwurf"
    PLANNED = "planned", "geplant"
    CANCELLED = "cancelled", "abgesagt"


class AgendaKind(TextChoices):
    """What an item of the agenda is."""

    WELCOME = "welcome", "Begrüßung"
    TOUR = "tour", "Betriebsrundgang"
    TALK = "talk", "Vortrag"
    PROJECT_IDEA = "project_idea", "Projektidee"
    BEST_PRACTICE = "best_practice", "Best Practice"
    EXCHANGE = "exchange", "Austausch"


class Answer(TextChoices):
    """What an invitee says; the empty string means: nothing yet."""

    ACCEPTED = "accepted", "zugesagt"
    TENTATIVE = "tentative", "vielleicht"
    DECLINED = "declined", "abgesagt"


class Mode(TextChoices):
    """How somebody who accepted takes part."""

    IN_PERSON = "in_person", "vor Ort"
    ONLINE = "online", "online"


class Via(TextChoices):
    """Which road an answer came by."""

    LINK = "link", "Link"
    CALENDAR = "calendar", "Kalender"
    TEAM = "team", "vom Team notiert"


class Refusal(TextChoices):
    """Why an answer stands in the history and does not count."""

    FULL = "full", "kein Platz mehr"
    LATE = "late", "nach dem Anmeldeschluss"


class MailingKind(TextChoices):
    """What an act of sending says."""

    INVITATION = "invitation", "Einladung"
    REMINDER = "reminder", "Erinnerung"
    UPDATE = "update", "Änderung"
    CANCELLATION = "cancellation", "Absage"
    WITHDRAWAL = "withdrawal", "Rücknahme der Einladung"


class BulkKind(TextChoices):
    """What is done to many meetings at once."""

    CANCEL = "cancel", "Absagen"
    POSTPONE = "postpone", "Verschieben"
    ONLINE = "online", "Online stattfinden lassen"
    IN_PERSON = "in_person", "Wieder vor Ort"
    HAND_OVER = "hand_over", "Übergeben"
    TAKE_BACK = "take_back", "Zurücknehmen"


class Decision(TextChoices):
    """Whether invitees are told of a change."""

    OPEN = "open", "noch nicht entschieden"
    TOLD = "told", "mitgeteilt"
    SILENT = "silent", "nicht mitgeteilt"


class CallOutcome(TextChoices):
    """What came of a phone call."""

    NOT_REACHED = "not_reached", "nicht erreicht"
    MESSAGE_LEFT = "message_left", "Nachricht hinterlassen"
    CALLS_BACK = "calls_back", "ruft zurück"
    WILL_ANSWER = "will_answer", "meldet sich selbst"


class ProposalKind(TextChoices):
    """Why an answer out of a calendar waits for the team."""

    ADDRESS = "address", "Antwort von einer anderen Adresse"
    ON_BEHALF = "on_behalf", "Antwort im Auftrag"
    UNPROVEN = "unproven", "Antwort ohne Nachweis"
    GUEST = "guest", "Gast über eine weitergeleitete Einladung"
    SUBSTITUTE = "substitute", "Vertretung"
    TIME = "time", "Vorschlag für einen anderen Termin"
    FULL = "full", "Zusage ohne freien Platz"
    LATE = "late", "Antwort nach dem Anmeldeschluss"


class Resolution(TextChoices):
    """What became of it."""

    ACCEPTED = "accepted", "übernommen"
    DECLINED = "declined", "abgelehnt"
    OUTDATED = "outdated", "überholt durch eine neuere Antwort"


class ReplyKind(TextChoices):
    """What a mail says that goes to one invitee alone, mostly because of one of hers."""

    FULL = "full", "Kein Platz mehr"
    REFRESH = "refresh", "Termin noch einmal"
    AGAIN = "again", "Termin noch einmal, da eine Mail zurückkam"
    DECLINECOUNTER = "declinecounter", "Terminvorschlag abgelehnt"
