"""Write the planned rows, some at a time: each short transaction checks and writes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import DataError, IntegrityError, transaction

from common.folding import email_key, match_key
from partners.models import Contact, ImportJob, ImportRow, Membership, Organisation
from partners.services.partner_list import comparing
from partners.services.partner_list.catalogue import lasting_memberships
from partners.services.partner_list.places import Places
from team.services import activity

Result = ImportRow.Result
_AGAIN = "Bitte lesen Sie die Liste noch einmal ein."
_QUICKER = f"Inzwischen hat jemand anderes etwas gespeichert, das dazu nicht passt. {_AGAIN}"
_DOES_NOT_FIT = (
    "Die Datenbank nimmt einen Wert dieser Zeile nicht an, zum Beispiel weil er zu lang ist. "
    "Bitte kürzen Sie ihn in der Liste und lesen Sie diese noch einmal ein."
)


class Conflict(Exception):
    """The database no longer allows the change that the preview showed; the message is German."""


def write(job: ImportJob, rows: Sequence[ImportRow], *, places: Places, confirm: Callable[[int], None]) -> None:
    """Write these rows and their results, with `confirm` called in each transaction.

    `confirm` gets the number of rows and may raise to roll the transaction back. When the database refuses the rows
    together (a value does not fit, or another user was milliseconds faster), each is written by itself, and a refused
    one gets the result CONFLICT. `places` compares the places of organisations of one name.
    """
    try:
        _write_together(job, rows, places, confirm)
    except (IntegrityError, DataError):
        for row in rows:
            try:
                _write_together(job, [row], places, confirm)
            except (IntegrityError, DataError) as error:
                row.result = Result.CONFLICT
                row.result_text = _DOES_NOT_FIT if isinstance(error, DataError) else _QUICKER
                row.contact = None
                with transaction.atomic():
                    confirm(1)
                    row.save(update_fields=["result", "result_text", "contact"])


def _write_together(job: ImportJob, rows: Sequence[ImportRow], places: Places, confirm: Callable[[int], None]) -> None:
    """Write the rows in one transaction, under the locks of all jobs that are being applied.

    Raise IntegrityError or DataError when the database refuses a row, and what `confirm` raises.
    """
    with transaction.atomic():
        # Concurrent imports write in turn, so that the second sees the rows of the first.
        list(ImportJob.objects.filter(state=ImportJob.State.APPLYING).order_by("pk").select_for_update().values("pk"))
        confirm(len(rows))
        chunk = _Chunk(job, rows, places)
        for row in rows:
            chunk.take(row)
        chunk.save()


def _action(row: ImportRow) -> dict[str, Any]:
    key = "merge" if row.decision == ImportRow.Decision.MERGE else "take"
    return row.action.get(key, {})


class _Chunk:
    """The data that some rows concern: read with a few queries, changed in memory, then written.

    Lives in one transaction: create it, `take` each row, `save`.
    """

    def __init__(self, job: ImportJob, rows: Sequence[ImportRow], places: Places) -> None:
        self.job, self.rows, self.places = job, rows, places
        self.new_organisations: list[tuple[Organisation, list[int]]] = []
        self.joining: list[tuple[Organisation, list[int]]] = []
        self.new_contacts: list[Contact] = []
        self.changed: dict[int, Contact] = {}
        self.changed_organisations: dict[int, Organisation] = {}
        self.wanted: list[tuple[Contact, list[int]]] = []
        self.log: dict[int, tuple[Organisation, list[tuple[Contact, bool]]]] = {}
        actions = [_action(row) for row in rows]
        self._read_people(actions)
        self._read_organisations(actions)
        self._read_names(actions)
        self._read_memberships()

    def _read_people(self, actions: Iterable[dict[str, Any]]) -> None:
        """Read and lock the contacts to be updated, those of rows to merge with, and owners of the addresses.

        Owners are contacts without an end of their post.
        """
        positions = {action["row"] for action in actions if "row" in action}
        written = ImportRow.objects.filter(job=self.job, position__in=positions).values_list("position", "contact")
        self.of_row: dict[int, int | None] = dict(written)
        ids = {action["contact"] for action in actions if "contact" in action} | {
            pk for pk in self.of_row.values() if pk
        }
        people = Contact.objects.select_for_update(of=["self"]).select_related("organisation").order_by("pk")
        self.contacts: dict[int, Contact] = {one.pk: one for one in people.filter(pk__in=ids)}
        keys = {email_key(action.get("values", {}).get("email", "")) for action in actions} - {""}
        self.by_email: dict[str, list[Contact]] = {}
        for one in people.filter(email_folded__in=keys, ended_on=None):
            one = self.contacts.setdefault(one.pk, one)
            self.by_email.setdefault(one.email_folded, []).append(one)
        self.made: dict[int, Contact] = {}  # position → contact of this chunk

    def _read_organisations(self, actions: Iterable[dict[str, Any]]) -> None:
        """Read organisations: those named by id are locked, those of a new one's name are not."""
        homes = [action["organisation"] for action in actions if "organisation" in action]
        ids = {home["id"] for home in homes if "id" in home}
        keys = {match_key(home["new"]["name"]) for home in homes if "new" in home}
        self.organisations = {one.pk: one for one in Organisation.objects.filter(pk__in=ids).select_for_update()}
        self.organisations |= {contact.organisation_id: contact.organisation for contact in self.contacts.values()}
        self.by_key: dict[str, list[Organisation]] = {}
        for one in Organisation.objects.filter(match_key__in=keys).order_by("pk"):
            self.by_key.setdefault(one.match_key, []).append(self.organisations.setdefault(one.pk, one))

    def _read_names(self, actions: Iterable[dict[str, Any]]) -> None:
        """Read which of the expected new people are already at the organisations."""
        values = [action["values"] for action in actions if action.get("certain")]
        keys = {match_key(f"{one.get('first_name', '')} {one['last_name']}") for one in values}
        there = Contact.objects.open().filter(organisation__in=list(self.organisations), match_key__in=keys)
        self.named: set[tuple[int | None, str]] = set(there.values_list("organisation", "match_key"))

    def _read_memberships(self) -> None:
        """Read which networks the organisations and their contacts belong to, now or later."""
        self.of_organisation: dict[int, set[int]] = {}
        self.of_contact: dict[int, set[int]] = {}
        found = lasting_memberships().filter(organisation__in=list(self.organisations))
        for organisation, contact, network in found.values_list("organisation", "contact", "network"):
            if contact is None:
                self.of_organisation.setdefault(organisation, set()).add(network)
            else:
                self.of_contact.setdefault(contact, set()).add(network)

    def take(self, row: ImportRow) -> None:
        """Apply the row's action in memory and set contact, result and its text on the row.

        A Conflict becomes the result of this row alone.
        """
        action = _action(row)
        try:
            if action.get("bare"):
                row.contact, row.result = None, self._take_bare(action)
                return
            target = self._target(action)
            if target is None:
                row.contact, row.result = self._create(action), Result.CREATED
            else:
                row.result = Result.UPDATED if self._update(target, action) else Result.UNCHANGED
                row.contact = target
            row.result_text = self._change_organisation(action, row.contact.organisation)
            self.made[row.position] = row.contact
        except Conflict as conflict:
            row.contact, row.result, row.result_text = None, Result.CONFLICT, str(conflict)[:500]

    def _take_bare(self, action: dict[str, Any]) -> str:
        """Create an organisation, or apply the action's changes and memberships to a known one; return the result.

        Raise Conflict when the known one is gone.
        """
        organisation = self._organisation_of(action)
        if not organisation.pk:
            self._collect_for_log(organisation)
            return Result.CREATED
        self._change_organisation(action, organisation)
        missing = [pk for pk in action["networks"] if pk not in self.of_organisation.get(organisation.pk, set())]
        if missing:
            self.joining.append((organisation, missing))
            self._collect_for_log(organisation)
        is_changed = missing or organisation.pk in self.changed_organisations
        return Result.UPDATED if is_changed else Result.UNCHANGED

    def _target(self, action: dict[str, Any]) -> Contact | None:
        """Return the contact that the action updates, None when it creates one.

        Raise Conflict when that contact is gone or has left, or when the row to merge with has not become a contact.
        """
        if "row" in action:
            contact = self.made.get(action["row"]) or self.contacts.get(self.of_row.get(action["row"]) or 0)
            if contact is None:
                contact = self.contacts.get(action.get("contact", 0))
            if contact is None:
                raise Conflict("Die Zeile, mit der zusammengeführt werden sollte, ist nicht übernommen.")
            return contact
        if "contact" not in action:
            return None
        contact = self.contacts.get(action["contact"])
        if contact is None or not contact.is_open:
            raise Conflict(f"Die Person gibt es in dieser Funktion nicht mehr. {_AGAIN}")
        return contact

    def _organisation_of(self, action: dict[str, Any]) -> Organisation:
        """Return the organisation of the row: the known one, one of that name and place, or a new unsaved one.

        Two of one name without any place are the same; with another number of lost letters they are not. A new one is
        kept to be inserted with the others. Raises Conflict when the known one is gone.
        """
        home = action["organisation"]
        if "id" in home:
            if home["id"] not in self.organisations:
                raise Conflict(f"Die Einrichtung gibt es nicht mehr. {_AGAIN}")
            return self.organisations[home["id"]]
        fields = home["new"]
        key = match_key(fields["name"])
        here = self.places.location(fields.get("postcode", ""), fields.get("place", ""))
        for one in self.by_key.get(key, []):
            there = self.places.location(one.postcode, one.place)
            if one.name.count("?") == fields["name"].count("?") and (there.is_same(here) or not (there or here)):
                return one
        made = Organisation(**fields)
        self.by_key.setdefault(key, []).append(made)
        self.new_organisations.append((made, home["networks"]))
        return made

    def _create(self, action: dict[str, Any]) -> Contact:
        """Return a new contact, collected to be inserted, with their networks and the sentence in the log.

        With `share`, they and others with the address become readers of a shared mailbox. Raise Conflict when somebody
        else has the address or, for an action that is `certain`, when somebody of that name is at the organisation by
        now.
        """
        values = action["values"]
        key = email_key(values.get("email", ""))
        others = self.by_email.get(key, []) if key else []
        shared = values.get("is_shared_mailbox", False) or bool(action.get("share") and others)
        if not action.get("share"):
            self._check_address(values.get("email", ""), others, is_shared=shared)
        more = {"is_shared_mailbox": shared, "source": Contact.Source.LIST, "note": "\n".join(action["note"])}
        contact = Contact(**{**values, **more})
        home = self._organisation_of(action)
        if action.get("certain") and (home.pk, match_key(contact.full_name)) in self.named:
            raise Conflict(f"{contact.full_name} gibt es inzwischen schon bei {home.name}. {_AGAIN}")
        contact.organisation = home
        for other in others if action.get("share") else []:
            if not other.is_shared_mailbox:
                other.is_shared_mailbox = True
                self._mark_changed(other)
        if key:
            self.by_email.setdefault(key, []).append(contact)
        self.new_contacts.append(contact)
        self.wanted.append((contact, action.get("networks", [])))
        self._collect_for_log(contact.organisation, contact, is_new=True)
        return contact

    def _update(self, contact: Contact, action: dict[str, Any]) -> bool:
        """Apply an action to a contact in memory; return whether anything changed.

        An action with `seen` writes its values only if each field still holds what the preview showed (or the new
        value); else raise Conflict. One without (a merge) writes what differs. Raise Conflict also for an address that
        is taken.
        """
        values, seen = action["values"], action.get("seen")
        if seen is None:
            changes = {name: new for name, (_, new) in comparing.differences(values, contact).items()}
            if comparing.missing_lines(contact.note, action["note"]):
                changes["note"] = comparing.note_with(contact.note, action["note"])
        else:
            stale = [name for name, old in seen.items() if getattr(contact, name) not in (old, values[name])]
            if stale:
                labels = ", ".join(comparing.CONTACT_LABELS[name] for name in stale)
                raise Conflict(f"Inzwischen hat jemand anderes geändert: {labels}. {_AGAIN}")
            changes = {name: new for name, new in values.items() if getattr(contact, name) != new}
        if "email" in changes or "is_shared_mailbox" in changes:
            self._move_address(contact, changes)
        missing = [pk for pk in action["networks"] if pk not in self._networks(contact)]
        if missing:
            self.wanted.append((contact, missing))
        for name, value in changes.items():
            setattr(contact, name, value)
        if changes:
            self._mark_changed(contact)
        if changes or missing:
            self._collect_for_log(contact.organisation, contact)
        return bool(changes or missing)

    def _move_address(self, contact: Contact, changes: dict[str, Any]) -> None:
        """Check that the contact may have the address that it gets or keeps by these changes.

        Remember a new one for the rows that follow. Raise Conflict when somebody else has it.
        """
        address = changes.get("email", contact.email)
        others = [one for one in self.by_email.get(email_key(address), []) if one is not contact]
        self._check_address(address, others, is_shared=changes.get("is_shared_mailbox", contact.is_shared_mailbox))
        if "email" in changes:
            self.by_email.setdefault(email_key(address), []).append(contact)

    def _check_address(self, address: str, others: Iterable[Contact], *, is_shared: bool) -> None:
        """Raise Conflict when one of `others` has the address for themselves, unless it is now shared."""
        owner = next((one for one in others if not one.is_shared_mailbox), None)
        if address and owner and not is_shared:
            raise Conflict(f"Die Adresse {address} gehört inzwischen zu {owner.full_name}. {_AGAIN}")

    def _networks(self, contact: Contact) -> set[int]:
        own = self.of_contact.get(contact.pk, set()) if contact.pk else set()
        return own | self.of_organisation.get(contact.organisation_id or 0, set())

    def _change_organisation(self, action: dict[str, Any], organisation: Organisation) -> str:
        """Change fields of the organisation in memory that still hold what the preview showed.

        Return a German text about the fields that were changed since the preview and stay as they are, or "".
        """
        stale = []
        for name, (seen, new) in action.get("organisation_changes", {}).items():
            if getattr(organisation, name) not in (seen, new):
                stale.append(comparing.ORGANISATION_LABELS[name])
            elif getattr(organisation, name) != new:
                setattr(organisation, name, new)
                self.changed_organisations[organisation.pk] = organisation
                self._collect_for_log(organisation)
        return f"An der Einrichtung inzwischen geändert und so geblieben: {', '.join(stale)}" if stale else ""

    def _mark_changed(self, contact: Contact) -> None:
        """Let `save` write a stored contact; a new one is inserted anyway."""
        if contact.pk:
            self.changed[contact.pk] = contact

    def _collect_for_log(
        self, organisation: Organisation, contact: Contact | None = None, *, is_new: bool = False
    ) -> None:
        """Collect an organisation, and a contact of it if given, for the organisation's sentence in the log."""
        _, people = self.log.setdefault(id(organisation), (organisation, []))
        if contact and not any(one is contact for one, _ in people):
            people.append((contact, is_new))

    def save(self) -> None:
        """Write the changes to the database, with the rows' results, and one sentence in the log per organisation.

        Changed rows get a higher `version`.
        """
        Organisation.objects.bulk_create(made for made, _ in self.new_organisations)
        for organisation in self.changed_organisations.values():
            organisation.version += 1
            organisation.save()
        Contact.objects.bulk_create(self.new_contacts)
        for contact in self.changed.values():
            contact.version += 1
            contact.save()
        Membership.objects.bulk_create(self._new_memberships())
        for row in self.rows:  # one by one: Django's bulk_update takes four times as long to build its one statement
            ImportRow.objects.filter(pk=row.pk).update(
                result=row.result, result_text=row.result_text, contact=row.contact
            )
        for organisation, people in self.log.values():
            about = [organisation, *(contact for contact, _ in people)]
            activity.record(_sentence(self.job, organisation, people), by=self.job.applied_by, about=about)

    def _new_memberships(self) -> Iterable[Membership]:
        """Yield the memberships to insert: those of organisations, then those of contacts.

        A contact who belongs to the network by then, also through their organisation, gets none.
        """
        for organisation, networks in self.new_organisations + self.joining:
            for network in networks:
                self.of_organisation.setdefault(organisation.pk, set()).add(network)
                yield Membership(organisation=organisation, network_id=network)
        for contact, networks in self.wanted:
            for network in networks:
                if network not in self._networks(contact):
                    self.of_contact.setdefault(contact.pk, set()).add(network)
                    yield Membership(organisation=contact.organisation, contact=contact, network_id=network)


def _sentence(job: ImportJob, organisation: Organisation, people: Sequence[tuple[Contact, bool]]) -> str:
    new = [str(contact) for contact, is_new in people if is_new]
    changed = [str(contact) for contact, is_new in people if not is_new]
    parts = [f"neu {', '.join(new)}"] if new else []
    parts += [f"geändert {', '.join(changed)}"] if changed else []
    what = "; ".join(parts) or "Angaben zur Einrichtung"
    return f"hat {organisation} aus „{job.file_name}“ eingelesen: {what}"
