"""Judge each row: find its person in the database and in the file, then derive the change and its reasons."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from common.folding import email_key
from partners.models import ImportRow
from partners.services.partner_list import actions, comparing, known_contact, offers
from partners.services.partner_list.catalogue import Catalogue, Decided
from partners.services.partner_list.cells import has_lost_letters
from partners.services.partner_list.comparing import Changes
from partners.services.partner_list.entries import BEAT, Doubt, Entry
from partners.services.partner_list.offers import OrganisationOffer
from partners.services.partner_list.organisations import Group, Grouping
from partners.services.partner_list.people import File, Stock, Stored, Twin

Outcome = ImportRow.Outcome
T = TypeVar("T")
_IDENTITY = {Doubt.NEAR_DOUBLE, Doubt.OTHER_NAME, Doubt.OTHER_ADDRESS, Doubt.OTHER_ORGANISATION}


@dataclass(slots=True, eq=False)
class PlannedRow:
    """One row with its planned change and the reasons.

    `changes` and `networks` are for a known contact, `organisation_changes` are its organisation's and stand at one of
    the organisation's rows. `double_of` is the earlier row about the same person or organisation. `merge_with` labels
    the other side of a merge, "" when there is none.
    """

    entry: Entry
    outcome: str = Outcome.UNCHANGED
    group: Group | None = None
    stored: Stored = field(default_factory=Stored)
    twin: Twin = field(default_factory=Twin)
    changes: Changes = field(default_factory=dict)
    networks: set[int] = field(default_factory=set)  # missing memberships of the contact's own
    reasons: list[str] = field(default_factory=list)
    shown_changes: list[list[str]] = field(default_factory=list)
    double_of: Entry | None = None
    action: dict[str, Any] = field(default_factory=dict)
    merge_with: str = ""
    fingerprint: str = ""
    organisation_changes: Changes = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    is_left_out: bool = False


class Judge:
    """Judges all rows in two passes: identify the people, then settle the outcomes."""

    def __init__(self, catalogue: Catalogue, grouping: Grouping, beat: Callable[[], None]) -> None:
        self.catalogue = catalogue
        self.grouping = grouping
        self.beat = beat
        self.stock = Stock(catalogue)
        self.file = File()
        self.offers: dict[int, OrganisationOffer] = {}
        self.rows: dict[int, PlannedRow] = {}
        self.later: dict[int, list[PlannedRow]] = {}  # position of a person's first row → the person's other rows

    def run(self, entries: list[Entry]) -> list[PlannedRow]:
        """Return a planned row for each entry; sets outcome, reasons, action and the values for the page.

        Call it once. Changes the entries' doubts and notices. Raises what `beat` raises.
        """
        for group in self._with_beats(self.grouping.groups):
            self.offers[id(group)] = offers.make(group, self.catalogue)
        self.rows = {entry.position: PlannedRow(entry) for entry in entries}
        for row in self._with_beats(self.rows.values()):
            row.group = self.grouping.of_entry.get(row.entry.position)
            if row.group and not row.entry.refusal:
                row.fingerprint = _fingerprint(row.entry, row.group)
                if not row.entry.is_organisation_only:
                    self._identify(row, row.group)
        for row in self._with_beats(self.rows.values()):
            self._settle(row)
        for group in self.grouping.groups:
            self._attach_organisation(group)
        for row in self._with_beats(self.rows.values()):
            self._fill_shown_values(row)
        return list(self.rows.values())

    def _with_beats(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items and call `beat` after every `BEAT` of them."""
        for number, item in enumerate(items, 1):
            yield item
            if number % BEAT == 0:
                self.beat()

    def _identify(self, row: PlannedRow, group: Group) -> None:
        """Find the row's person in the database and in the rows above; for a known contact set what would change.

        Adds the row to `file`, so once per row, and a sure double to `later`. Drops doubts that are answered."""
        row.stored = self.stock.find(row.entry, group)
        row.twin = self.file.add(row.entry, group)
        if row.twin.entries and not row.twin.doubt:
            self.later.setdefault(row.twin.entries[0].position, []).append(row)
        if row.stored.contact:
            known_contact.drop_answered_doubts(row.entry, row.stored.contact)
            row.changes = known_contact.changes(row.entry, row.stored.contact)
            row.networks = set(row.entry.networks) - self.catalogue.networks_of(row.stored.contact)

    def _settle(self, row: PlannedRow) -> None:
        """Set outcome, reasons and action of one row, called in the order of the file.

        Refused rows, rows about an organisation alone and exact doubles are settled apart; the other rows get their
        doubts, and then the team's earlier decision counts.
        """
        if row.entry.refusal or row.group is None:
            row.outcome = Outcome.REFUSED
            row.reasons = [row.entry.refusal]
            return
        if row.entry.is_organisation_only:
            self._settle_bare(row, row.group)
            return
        if self._settle_exact_double(row):
            return
        self._compare_twin(row)
        self._yield_to_later(row)
        self._add_doubts(row, row.group)
        if not self._apply_earlier_decision(row):
            self._conclude(row)

    def _settle_bare(self, row: PlannedRow, group: Group) -> None:
        """Settle a row about an organisation alone; exports have such rows for organisations without people.

        A further row about the same organisation is an unchanged double. A known organisation is changed here only by
        joining networks; changed fields follow in `_attach_organisation`. Doubts that the team decided before are
        dropped, except that a taken organisation must still be known.
        """
        doubts, known = row.entry.doubts, group.known
        first = group.bare[0]
        if first is not row.entry:
            row.double_of = first
            row.reasons = [f"Doppelt: Die Einrichtung steht schon in {first.where}"]
            doubts.clear()
            return
        if known is None:
            doubts |= self.offers[id(group)].doubts
        else:
            doubts.pop(Doubt.WHICH_ORGANISATION, None)
            row.networks = set(row.entry.networks) - self.catalogue.of_organisation.get(known.pk, set())
        decided = self.catalogue.decided.get(row.fingerprint)
        if decided and set(doubts) <= decided.doubts and (known or decided.decision == ImportRow.Decision.LEAVE_OUT):
            doubts.clear()
        row.action["take"] = actions.bare(actions.organisation(group, self.offers[id(group)]), row.networks)
        if doubts:
            row.outcome = Outcome.DOUBTFUL
            row.reasons = [*doubts.values()]
        elif known is None and not decided:
            row.outcome = Outcome.NEW
            row.reasons = ["Neue Einrichtung, ohne Person"]
        elif row.networks:
            row.outcome = Outcome.CHANGED
            row.reasons = [f"„{group.name}“ gibt es schon; was die Liste anders sagt, wird übernommen"]
        else:
            row.reasons = ["Die Einrichtung steht schon so in der Datenbank"]

    def _settle_exact_double(self, row: PlannedRow) -> bool:
        """Settle a row that adds nothing to an earlier one about its person: unchanged; return whether it is one."""
        if row.twin.doubt:
            return False
        for earlier in row.twin.entries:
            if not comparing.disagreements(row.entry, earlier):
                row.double_of = earlier
                row.reasons = [f"Doppelt: steht schon in {earlier.where}"]
                row.entry.doubts.clear()
                row.changes, row.networks = {}, set()
                return True
        return False

    def _compare_twin(self, row: PlannedRow) -> None:
        """Add a doubt for a near double of the person's first row.

        Add none when it is unsure that it is the same person, when the database holds two people, or when it holds
        exactly what this row says (then only a reason).
        """
        if row.twin.doubt or not row.twin.entries:
            return
        first = row.twin.entries[0]
        contact, other = row.stored.contact, self.rows[first.position].stored.contact
        if contact and other and contact is not other:
            return
        row.double_of = first
        if contact and not row.changes and not row.networks:
            row.reasons.append(f"Fast doppelt: wie {first.where}, gespeichert ist aber, was hier steht")
            return
        unlike = "; ".join(comparing.disagreements(row.entry, first))
        row.entry.doubts[Doubt.NEAR_DOUBLE] = f"Fast doppelt: dieselbe Person wie in {first.where}. {unlike}"

    def _yield_to_later(self, row: PlannedRow) -> None:
        """Drop the changes that a later row of the same person contradicts, when the database agrees with that.

        The later row has to give all the changed fields; changes of the note are kept. A notice says so.
        """
        fields = row.changes.keys() - {"note"}
        for later in self.later.get(row.entry.position, []) if fields else []:
            says = comparing.offer(later.entry).keys()
            if later.stored.contact is row.stored.contact and fields <= says and not fields & later.changes.keys():
                names = ", ".join(comparing.CONTACT_LABELS[name] for name in comparing.CONTACT_LABELS if name in fields)
                row.entry.notices.append(f"{names}: gespeichert ist, was {later.entry.where} sagt, und das bleibt")
                row.changes = {name: change for name, change in row.changes.items() if name not in fields}
                return

    def _add_doubts(self, row: PlannedRow, group: Group) -> None:
        """Add the doubts of a row without a certain contact: about organisation, lost letters and identity.

        The doubts about identity are left out for a near double. A known contact gets none of these.
        """
        doubts, contact = row.entry.doubts, row.stored.contact
        if contact:
            return
        if group.known is None:
            doubts |= self.offers[id(group)].doubts
        if any(map(has_lost_letters, (row.entry.full_name, row.entry.role, row.entry.title))):
            doubts.setdefault(
                Doubt.LOST_LETTERS, f"In „{row.entry.full_name}“ sind Buchstaben verloren: So übernehmen?"
            )
        if Doubt.NEAR_DOUBLE in doubts:
            return
        if row.stored.doubt:
            doubts[row.stored.doubt] = row.stored.reason
        if row.twin.doubt and row.stored.doubt in (None, Doubt.LEFT_POST):
            doubts[row.twin.doubt] = row.twin.reason

    def _apply_earlier_decision(self, row: PlannedRow) -> bool:
        """Apply the team's earlier decision about an identical row, unless there is a new doubt.

        Return whether that settles the row: it stays left out. A row that was taken or merged has its contact and
        changes afterwards, and is still to be concluded.
        """
        decided = self.catalogue.decided.get(row.fingerprint)
        if decided is None:
            return False
        if decided.decision == ImportRow.Decision.LEAVE_OUT:
            return self._leave_out_again(row, decided.doubts)
        self._take_again(row, decided)
        return False

    def _leave_out_again(self, row: PlannedRow, before: frozenset[str]) -> bool:
        """Leave the row out again if its doubts are among those decided (`before`); return whether it is.

        When all doubts are gone but something would be written, add the doubt LEFT_OUT, so that the team is asked once
        more; not if it was left out without a doubt.
        """
        doubts = row.entry.doubts
        if set(doubts) <= before and (doubts or before <= {Doubt.LEFT_OUT}):
            doubts.clear()
            row.reasons.append("Schon früher entschieden: weglassen")
            row.is_left_out = True
            return True
        if not doubts and (row.stored.contact is None or row.changes or row.networks):
            doubts[Doubt.LEFT_OUT] = "Früher weggelassen; was daran unklar war, ist jetzt geklärt: Übernehmen?"
        return False

    def _take_again(self, row: PlannedRow, decided: Decided) -> None:
        """Make the contact that the decision led to the row's, and drop its doubts.

        Do nothing without doubts, with a new doubt, when the contact has left or is deleted, or when it is about
        identity and the contact's data differ.
        """
        doubts = row.entry.doubts
        contact = self.catalogue.contacts.get(decided.contact or 0)
        if not doubts or contact is None or not set(doubts) <= decided.doubts:
            return
        changes = known_contact.changes(row.entry, contact) if contact is not row.stored.contact else row.changes
        if _IDENTITY & set(doubts) and changes:
            return
        row.stored, row.changes = Stored(contact), changes
        row.networks = set(row.entry.networks) - self.catalogue.networks_of(contact)
        doubts.clear()
        row.reasons.append(f"Schon früher entschieden: {ImportRow.Decision(decided.decision).label}")

    def _conclude(self, row: PlannedRow) -> None:
        """Set outcome, reasons and notices of a row about a person, and its actions unless it is unchanged."""
        entry, contact = row.entry, row.stored.contact
        if entry.doubts:
            row.outcome = Outcome.DOUBTFUL
            row.reasons = [*entry.doubts.values(), *row.reasons]
            self._offer_merge(row)
        elif contact is None:
            row.outcome = Outcome.NEW
            row.reasons.append("Neue Person" if row.group and row.group.known else "Neue Person, neue Einrichtung")
        elif row.changes or row.networks:
            row.outcome = Outcome.CHANGED
            row.reasons.append(f"{contact.full_name} gibt es schon; was die Liste anders sagt, wird übernommen")
        else:
            row.outcome = Outcome.UNCHANGED
            row.reasons = row.reasons or ["Steht schon so in der Datenbank"]
        self._add_notices(row)
        if row.outcome != Outcome.UNCHANGED:
            self._offer_take(row)

    def _offer_take(self, row: PlannedRow) -> None:
        """Add the action of „übernehmen“: update the certain contact, else create a contact.

        A near double is created anew, even beside a certain contact. A new contact with a known address, or one that is
        somebody else after a doubt about identity, makes the address a shared mailbox.
        """
        contact, group = row.stored.contact, row.group
        if contact and Doubt.NEAR_DOUBLE not in row.entry.doubts:
            row.action["take"] = actions.update(contact, row.changes, row.networks)
        elif group:
            is_somebody_else = bool(_IDENTITY & set(row.entry.doubts))
            shares = is_somebody_else or email_key(row.entry.email) in self.catalogue.by_email
            home = actions.organisation(group, self.offers[id(group)])
            row.action["take"] = actions.create(
                row.entry, home, share=bool(row.entry.email) and shares, is_certain=not is_somebody_else
            )

    def _offer_merge(self, row: PlannedRow) -> None:
        """Add the action of „zusammenführen“ and the label of the other side for its button.

        The other side is the earlier row, else the candidate in the database (whose changes are then shown), else the
        similar organisation; without any the row cannot be merged.
        """
        entry, doubts = row.entry, row.entry.doubts
        first = row.double_of if Doubt.NEAR_DOUBLE in doubts else None
        if row.twin.doubt in doubts and row.stored.doubt in (None, Doubt.LEFT_POST):
            first = row.twin.entries[0]
        candidate = row.stored.candidate
        if first:
            row.action["merge"] = actions.merge(entry, contact=row.stored.contact, row=first.position)
            row.merge_with = f"{first.where}, {first.full_name}"
        elif candidate and row.stored.doubt in doubts:
            row.changes = known_contact.changes(entry, candidate)
            row.networks = set(entry.networks) - self.catalogue.networks_of(candidate)
            row.action["merge"] = actions.update(candidate, row.changes, row.networks)
            row.merge_with = f"{candidate.full_name} ({self.catalogue.organisations[candidate.organisation_id].name})"
        elif Doubt.SIMILAR_ORGANISATION in doubts and row.group and row.group.similar:
            other = row.group.similar
            home = actions.organisation(other, self.offers[id(other)]) if isinstance(other, Group) else {"id": other.pk}
            row.action["merge"] = actions.create(entry, home)
            row.merge_with = f"„{other.name}“"

    def _add_notices(self, row: PlannedRow) -> None:
        """Add the notices for the team about stored values that stay, and about a missing or unusable address."""
        entry, contact = row.entry, row.stored.contact
        if contact:
            entry.notices += known_contact.notices(entry, contact)
        elif not entry.addresses.usable and not entry.addresses.broken:
            entry.notices.append("Ohne E-Mail-Adresse")
        if contact is None and entry.has_list_column and entry.gets_invitations is None:
            entry.notices.append("Verteiler ist leer: Die Person bekommt keine Einladungen")
        address = self.catalogue.addresses.get(email_key(entry.email))
        if entry.email and address:
            entry.notices.append(f"An {entry.email} ist keine Post möglich: {address.get_state_display()}")

    def _attach_organisation(self, group: Group) -> None:
        """Attach the organisation's notices to its first row, and its changes to one that can be written.

        Rows of people come before those about the organisation alone, and for changes certain rows before doubtful
        ones; an unchanged row with them becomes changed. Doubles and rows left out get none.
        """
        offered = self.offers[id(group)]
        rows = [self.rows[entry.position] for entry in group.people + group.bare]
        if rows:
            rows[0].entry.notices += offered.notices
        if not group.known or not offered.changes:
            return
        rows = [row for row in rows if not row.is_left_out and not row.double_of]
        able = [row for row in rows if row.stored.contact or row.action]
        for row in sorted(able, key=lambda row: row.outcome == Outcome.DOUBTFUL)[:1]:
            row.organisation_changes = offered.changes
            if row.outcome == Outcome.UNCHANGED:
                row.outcome = Outcome.CHANGED
                row.reasons = ["Angaben zur Einrichtung weichen ab"]
                if row.stored.contact:
                    row.action["take"] = actions.update(row.stored.contact, {}, set())
            for action in row.action.values():
                action.setdefault("organisation", {"id": group.known.pk})
                action["organisation_changes"] = {name: list(pair) for name, pair in offered.changes.items()}

    def _fill_shown_values(self, row: PlannedRow) -> None:
        """Fill in the row's values and changes as the page shows them."""
        row.values = actions.shown_values(row.entry, row.group, self.catalogue)
        for name, (old, new) in row.changes.items():
            pair = [comparing.shown(name, old), comparing.shown(name, new)]
            row.shown_changes.append([comparing.CONTACT_LABELS[name], *pair])
        if row.networks:
            names = self.catalogue.short_names
            person = row.stored.contact or row.stored.candidate
            old_networks = sorted(names[pk] for pk in (self.catalogue.networks_of(person) if person else ()))
            new_networks = old_networks + sorted(names[pk] for pk in row.networks)
            row.shown_changes.append(["Netzwerk", ", ".join(old_networks), ", ".join(new_networks)])
        for name, (old, new) in row.organisation_changes.items():
            if name == "municipality_id":
                old, new = (self.catalogue.places.names.get(pk, "") for pk in (old, new))
            pair = [comparing.shown(name, old or ""), comparing.shown(name, new or "")]
            row.shown_changes.append([comparing.ORGANISATION_LABELS[name], *pair])


def _fingerprint(entry: Entry, group: Group) -> str:
    """Return a hash that is equal for identical rows about the same organisation, in any file and order of columns."""
    texts = {**entry.texts, "organisation": group.name}
    return hashlib.sha256(json.dumps(texts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
