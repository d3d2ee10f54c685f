"""Progress of an act, single or one that holds others, with the German sentences about it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q
from django.utils import timezone

from mailroom.models import HANDED_OVER_AT_MOST, Act, ActItem, OutboxMail
from mailroom.services.acts import writers
from mailroom.services.acts.stop import stopped
from mailroom.services.acts.writers import Named

_State = OutboxMail.State
_BUSY = (*OutboxMail.WAITING, *OutboxMail.IN_HAND)


@dataclass(frozen=True)
class Problem:
    """An item without a mail: its recipient, and in German why there is none."""

    recipient: Named
    reason: str


@dataclass(frozen=True)
class Progress:
    """Progress of an act: numbers of mails wanted, written and unwritable, and by state (`OutboxMail.State`).

    `moving` is the number of mails that are still sent or retried automatically.
    """

    act: Act
    total: int
    written: int
    unwritable: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    moving: int = 0
    at: datetime = field(default_factory=timezone.now, compare=False)

    @property
    def is_busy(self) -> bool:
        """Whether the act still changes automatically, so that the page keeps polling.

        It does while mails are written, its window is open, or mails are sent or retried.
        """
        return self.act.can_be_stopped or self.moving > 0

    @property
    def sent(self) -> int:
        """Number of mails that the mail server has accepted."""
        return self.fates.get(_State.SENT, 0)

    @property
    def seconds_left(self) -> int:
        """Seconds until the window to stop closes; 0 before it opens and after it has closed."""
        left = (self.act.leaves_at - self.at).total_seconds() if self.act.leaves_at else 0
        return max(0, round(left))

    @property
    def by_state(self) -> list[tuple[str, int]]:
        """Pairs of a state's German label and its number of mails; states without a mail are left out."""
        return [(label, self.fates[state]) for state, label in _State.choices if self.fates.get(state)]

    @property
    def bar(self) -> tuple[str, int, str] | None:
        """Label, value (of `total`) and text of the progress bar: mails written or, after the window, sent; or None."""
        if self.act.state == Act.State.RENDERING:
            return "Mails geschrieben", self.written, f"{self.written} geschrieben"
        if self.is_busy and not self.act.is_stopped and not self.seconds_left:
            return "Mails gesendet", self.sent, f"{self.sent} gesendet"
        return None

    @property
    def level(self) -> str:
        """Alert level of the sentence: "warning" or "info", "" for plain text."""
        if self.act.is_stopped or self._has_nothing_left:
            return "warning"
        return "info" if self.seconds_left else ""

    @property
    def _has_nothing_left(self) -> bool:
        """Whether the act has ended without a mail, since none could be written."""
        return not self.is_busy and not self.act.is_stopped and 0 < self.total == self.unwritable

    @property
    def sentence(self) -> str:
        """German sentence for the act's page: its next step or its result. It may refer to the reasons listed below."""
        whole = "Sammelaktion" if self.act.holds_others else "Sendung"
        if self.act.is_stopped:
            return self._stopped
        if self.act.state == Act.State.RENDERING:
            many = f"{self.total} " if self.act.holds_others else ""
            return f"Die {many}Mails werden geschrieben. Noch ist keine unterwegs. Sie können diese Seite verlassen."
        if self.seconds_left:
            return self._window
        if self.is_busy:
            return "Die Mails sind auf dem Weg."
        if self._has_nothing_left and not self.act.holds_others:
            return "Es ist keine Mail hinausgegangen. Warum, steht unten."
        return f"Diese {whole} ist abgeschlossen."

    @property
    def _stopped(self) -> str:
        whole = "Sammelaktion" if self.act.holds_others else "Sendung"
        return f"Diese {whole} ist angehalten. {self.act.outcome or stopped(self.total, self.fates)}"

    @property
    def _window(self) -> str:
        """German sentence while the window to stop is open."""
        seconds = f"{self.seconds_left} {'Sekunde' if self.seconds_left == 1 else 'Sekunden'}"
        if not self.total:
            return f"Erledigt, ganz ohne Mail. Sie können es noch {seconds} lang anhalten."
        if not self.act.holds_others:
            return f"Alle Mails sind geschrieben. Die erste geht in {seconds} auf den Weg."
        if self.total == 1:
            return f"Die Mail ist geschrieben. Sie geht in {seconds} auf den Weg."
        return f"Alle {self.total} Mails sind geschrieben. Die erste geht in {seconds} auf den Weg."


def progress_of(act: Act) -> Progress:
    """Return the progress of the act and its parts, in two queries."""
    items = ActItem.objects.filter(act__parent=act) if act.holds_others else ActItem.objects.filter(act=act)
    counted = items.aggregate(total=Count("pk"), written=Count("rendered_at"), bad=Count("pk", filter=~Q(problem="")))
    is_over = Q(state=_State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST)
    mails = OutboxMail.objects.of_act(act).order_by().values("state").annotate(all=Count("pk"))
    rows = list(mails.annotate(over=Count("pk", filter=is_over)).values_list("state", "all", "over"))
    return Progress(
        act=act,
        total=counted["total"] if act.holds_others else act.total,
        written=counted["written"],
        unwritable=counted["bad"],
        fates={state: number for state, number, _ in rows},
        moving=sum(number - over for state, number, over in rows if state in _BUSY),
    )


def problems_of(act: Act) -> list[Problem]:
    """Return the items of a single act that have no mail, with their recipients.

    An item whose recipient is deleted is left out. Takes two queries and the writer's.
    """
    items = list(act.items.exclude(problem=""))
    names = writers.writer_of(act).named(items) if items else {}
    return [Problem(names[item.pk], item.problem) for item in items if item.pk in names]
