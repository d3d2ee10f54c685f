"""Search people, organisations, meetings, messages and mails; return the best rows of each kind and their number."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add, or_
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, Value, When, Window
from django.db.models.expressions import OrderBy
from django.utils import timezone

from common.db.trigrams import holds
from common.folding import (
    SHORTEST_PART,
    email_key,
    is_held,
    match_key,
    phone_digits,
    search_key,
    search_words,
    sort_key,
)
from mailroom.models import InboxMail, OutboxMail
from meetings.models import AgendaItem, Meeting, Message
from partners.models import Contact, Organisation
from regions.models import Network

SHOWN = 10
COUNTED = 1_000  # mails at most; further ones are not counted
_PEOPLE_SHOWN = 3  # people at most that explain why an organisation is found
_EXACT, _BEGINNING, _WORD, _PART = 1_000, 100, 2, 1
_WHOLE_NUMBER = 6  # digits; fewer may be part of a telephone number, a postcode or a house number
# Columns that the page shows of each kind.
_NAME = ("first_name", "last_name")
_OF_PEOPLE = (*_NAME, "role", "email", "phone", "ended_on", "note")
_WHERE = tuple(f"organisation__{name}" for name in ("name", "place", "is_outside_district", "municipality__name"))
_OF_ORGANISATIONS = (
    "name",
    "kind",
    "school_type",
    "sector",
    "actor_kind",
    "street",
    "postcode",
    "place",
    "phone",
    "note",
)
_OF_MEETINGS = ("title", "theme", "starts_at", "ends_at", "state", "place", "host__name", "text")
_OF_SENT = ("recipient", "subject", "about_label", "state", "returned", "last_error", "created_at", "sent_at")
_OF_RECEIVED = ("sender", "sender_name", "subject", "about_label", "state", "received_at")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass
class Group:
    """The best rows of one kind and their total number; if `counted` is set, there are more than that many."""

    rows: Sequence[Any] = ()
    total: int = 0
    counted: int | None = None

    @property
    def has_more(self) -> bool:
        """Whether there are more rows than the page shows."""
        return self.total > len(self.rows)


@dataclass
class MailGroup(Group):
    """The newest mails, sent and received together, and the number of each."""

    sent: int = 0
    received: int = 0


@dataclass
class Found:
    """The result of a search."""

    query: str
    words: list[str]
    digits: str = ""
    people: Group = field(default_factory=Group)
    organisations: Group = field(default_factory=Group)
    meetings: Group = field(default_factory=Group)
    messages: Group = field(default_factory=Group)
    mails: MailGroup = field(default_factory=MailGroup)

    @property
    def is_empty(self) -> bool:
        """Whether no group has a row."""
        groups = (self.people, self.organisations, self.meetings, self.messages, self.mails)
        return not any(group.total for group in groups)

    @property
    def is_single_letter(self) -> bool:
        """Whether the query is one letter or digit. A full search is then of little use: most rows match."""
        return len("".join(self.words)) == 1


def find(query: str, *, user: AbstractBaseUser | AnonymousUser) -> Found:
    """Return up to ten rows of each kind that hold all words of the query; none for a query without letter or digit.

    Only meetings that the user may see are found.
    """
    words = search_words(query)
    found = Found(query=query, words=words, digits=phone_digits(query))
    if words:
        found.people = _people(query, found)
        found.organisations = _organisations(query, found)
        found.meetings = _meetings(found, user)
        found.messages = _messages(query, user)
        found.mails = _mails(query)
    return found


def _people(query: str, found: Found) -> Group:
    """Return contacts, best match of the name first; among equals, current contacts before former ones.

    A whole mail address, or the end of a telephone number of at least six digits, counts as the whole name. For a
    single letter, current contacts whose name begins with it are enough if they fill the page.
    """
    is_exact = Q(match_key=match_key(query)) | Q(sort_key__in=_sort_keys(query))
    if "@" in query:
        is_exact |= Q(email_folded=email_key(query))
    if len(found.digits) >= _WHOLE_NUMBER:
        is_exact |= Q(digits__endswith=found.digits)  # `found_by` compares the number without separators
    is_former = Case(When(ended_on__lte=timezone.localdate(), then=1), default=0, output_field=IntegerField())
    rows = Contact.objects.select_related("organisation__municipality").only(*_OF_PEOPLE, *_WHERE)
    return _register(rows.open(), found) or _named_first(rows, found, is_exact, is_former, "sort_key", "pk")


def _organisations(query: str, found: Found) -> Group:
    """Return organisations, best match of the name first.

    The end of a telephone number of at least six digits counts as the whole name. A row whose own text does not hold
    all words gets `found_people`: up to three of its contacts that hold one of them.
    """
    is_exact = Q(match_key=match_key(query))
    if len(found.digits) >= _WHOLE_NUMBER:
        is_exact |= Q(digits__endswith=found.digits)
    rows = Organisation.objects.only(*_OF_ORGANISATIONS, "search_text")
    group = _register(rows, found) or _named_first(rows, found, is_exact, "sort_key", "pk")
    unnamed = [row for row in group.rows if not all(is_held(word, row.search_text) for word in found.words)]
    if unnamed:
        by_word = reduce(or_, map(holds, found.words))
        people = defaultdict(list)
        for person in Contact.objects.filter(by_word, organisation__in=unnamed).only(*_NAME, "organisation"):
            people[person.organisation_id].append(person)
        for row in unnamed:
            row.found_people = people[row.pk][:_PEOPLE_SHOWN]
    return group


def _meetings(found: Found, user: AbstractBaseUser | AnonymousUser) -> Group:
    """Return meetings: future ones first, then by the number of words in the meeting's own text, then the nearest.

    For a single letter, future meetings whose own text matches are enough if they fill the page. Each row gets
    `found_items`: the items of its agenda that hold one of the words.
    """
    now = timezone.now()
    most_own = _most(_points((holds(word), 1)) for word in found.words)
    is_over = Case(When(ends_at__lt=now, then=1), default=0, output_field=IntegerField())
    ahead = Case(When(ends_at__gte=now, then=F("starts_at")))
    networks = Network.objects.only("name", "short_name", "mark")
    items = AgendaItem.objects.filter(reduce(or_, map(holds, found.words)))
    rows = Meeting.objects.select_related("host").only(*_OF_MEETINGS)
    rows = rows.prefetch_related(Prefetch("networks", networks), Prefetch("agenda_items", items, to_attr="found_items"))
    ranked = Meeting.objects.visible_to(user).order_by(is_over, most_own, ahead.asc(), "-starts_at", "pk")
    if found.is_single_letter:
        named = _best(ranked.filter(holds(*found.words), ends_at__gte=now), rows)
        if named.total > SHOWN:
            return Group(named.rows, named.total, counted=SHOWN)
    return _best(ranked.found_by(found.query, is_ranked=True), rows)


def _messages(query: str, user: AbstractBaseUser | AnonymousUser) -> Group:
    """Return the newest messages of invitees that the user may see, settled ones included."""
    visible = Message.objects.found_by(query).filter(invitation__meeting__in=Meeting.objects.visible_to(user))
    return _best(visible, Message.objects.select_related("invitation__meeting", "invitation__contact__organisation"))


def _mails(query: str) -> MailGroup:
    """Return the ten newest mails of both directions, without mails about accounts, and the number of all found.

    At most 1,000 of each direction are counted. Each row gets `at` (UTC), `is_incoming` and `shown_subject`, in which
    links are replaced.
    """
    sent = OutboxMail.objects.exclude(kind=OutboxMail.Kind.ACCOUNT).only(*_OF_SENT).order_by("-created_at", "-pk")
    received = InboxMail.objects.only(*_OF_RECEIVED).order_by("-received_at", "-pk")
    (outgoing, sent_count), (incoming, received_count) = (_newest(mails.found_by(query)) for mails in (sent, received))
    rows = sorted([*outgoing, *incoming], key=lambda row: row.at, reverse=True)[:SHOWN]
    for row in rows:
        row.shown_subject = _LINK.sub("[Link]", row.subject)  # a link may give access without a login
    counted = COUNTED if max(sent_count, received_count) > COUNTED else None
    return MailGroup(rows, sent_count + received_count, counted, sent=sent_count, received=received_count)


def _newest(mails: QuerySet) -> tuple[list[Any], int]:
    """Return the first ten mails of one direction with `at` and `is_incoming`, and their number (at most 1,001)."""
    rows = list(mails[:SHOWN])
    for row in rows:
        row.is_incoming = isinstance(row, InboxMail)
        row.at = row.received_at if row.is_incoming else row.sent_at or row.created_at
    return rows, len(rows) if len(rows) < SHOWN else mails.order_by()[: COUNTED + 1].count()


def _best(ranked: QuerySet, rows: QuerySet) -> Group:
    """Return the first rows of `ranked`, read by `rows`, and the total, counted with the keys: sorting reads all."""
    keys = list(ranked.values_list("pk", Window(Count("pk")))[:SHOWN])
    there = rows.order_by().in_bulk([key for key, _ in keys]) if keys else {}
    return Group([there[key] for key, _ in keys], keys[0][1] if keys else 0)


def _register(rows: QuerySet, found: Found) -> Group | None:
    """Return the names that begin with the single letter of the query if they fill the page, else None.

    Most rows hold a word that begins with it, so other rows are neither read nor counted.
    """
    if not found.is_single_letter:
        return None
    key = sort_key(found.query)
    first = list(rows.filter(sort_key__gte=key, sort_key__startswith=key).order_by("sort_key", "pk")[: SHOWN + 1])
    return Group(first[:SHOWN], len(first), counted=SHOWN) if len(first) > SHOWN else None


def _named_first(rows: Any, found: Found, is_exact: Q, *order: Any) -> Group:
    """Return the ten best of the rows found, by match of name or number, then in the given order, and how many."""
    begins = Q(match_key__startswith=match_key(found.query))
    for key in _sort_keys(found.query):
        begins |= Q(sort_key__startswith=key)
    most_like = _most([*_named(found.words, is_exact, begins), *_numbered(found)])
    ranked = rows.select_related(None).order_by(most_like, *order)
    return _best(ranked.found_by(found.query, is_ranked=True), rows)


def _named(words: Sequence[str], is_exact: Q, begins: Q) -> Iterator[Case]:
    """Yield points for the name: 1000 if it equals the query, 100 if it begins with it, and for each word 2 or 1.

    2 if a word of the name begins with it, 1 if the name holds it (only words of at least three letters).
    """
    yield _points((is_exact, _EXACT), (begins, _BEGINNING))
    for word in words:
        key = match_key(word)
        is_word = Q(match_key__startswith=key) | Q(match_key__contains=f" {key}")
        is_part = [(Q(match_key__contains=key), _PART)] if len(word) >= SHORTEST_PART else []
        yield _points((is_word, _WORD), *is_part)


def _numbered(found: Found) -> Iterator[Case]:
    """Yield points for digits: 2 for a match in the text (a postcode), 1 for a telephone number's end."""
    if found.digits:
        in_text = Q(*map(holds, found.words))
        yield _points((in_text, _WORD), (Q(digits__endswith=found.digits), _PART))


def _points(*conditions: tuple[Q, int]) -> Case:
    """Return the points of the first condition that is true, else 0."""
    cases = [When(condition, then=Value(points)) for condition, points in conditions]
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _most(points: Iterable[Case]) -> OrderBy:
    """Return an ordering by the sum of the points, highest first."""
    total: Any = reduce(add, points)
    return OrderBy(total, descending=True)


def _sort_keys(query: str) -> set[str]:
    """Return the sort keys of the query's spellings."""
    return {sort_key(spelling) for spelling in search_key(query).split("\n")} - {""}
