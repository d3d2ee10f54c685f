"""Find the municipality of an organisation from its place and postcode."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from common.folding import fold, match_key
from regions.models import Municipality

# Towns around the district: with a postcode of the district they contradict it. Any other unknown name may be a village
# of the municipality that the postcode belongs to.
_OUTSIDE = {
    "osnabruck", "munster", "bielefeld", "herford", "bunde", "lubbecke", "espelkamp", "rahden", "diepholz", "vechta",
    "damme", "lohne", "dinklage", "lingen", "rheine", "ibbenburen", "lengerich", "tecklenburg", "lotte",
    "westerkappeln", "mettingen", "recke", "hopsten", "versmold", "borgholzhausen", "halle", "gutersloh", "minden",
    "hannover", "bremen", "oldenburg", "cloppenburg", "loningen", "meppen", "nordhorn",
}  # fmt: skip


def place_key(place: str) -> str:
    """Return the folded place: „Hilter aTW“, „Hilter a.T.W.“ and „Hilter am Teutoburger Wald“ have the same key."""
    return re.sub(r" (?:a t w|atw|am teutoburger wald|teutoburger wald|tw)$", "", match_key(place))


@dataclass(frozen=True, slots=True)
class Location:
    """The location of an organisation, to distinguish two of the same name."""

    postcode: str = ""
    place: str = ""  # place_key
    municipality: int | None = None  # by the place's name, else by a postcode that only one municipality has
    is_named: bool = False  # the place is a municipality

    def __bool__(self) -> bool:
        return bool(self.postcode or self.place)

    def is_same(self, other: "Location") -> bool:
        """Return whether both are in one place.

        That is the same place, or the same postcode unless both places are known to be different municipalities.
        Without a place or postcode on both sides, the municipality decides.
        """
        if self.place and self.place == other.place:
            return True
        if self.postcode and other.postcode:
            in_two = self.is_named and other.is_named and self.municipality != other.municipality
            return self.postcode == other.postcode and not in_two
        if self.place and other.place:
            return False
        return self.municipality is not None and self.municipality == other.municipality


@dataclass(frozen=True, slots=True)
class Where:
    """The municipality of an organisation (id), or that it is outside the district, or neither."""

    municipality: int | None = None
    is_outside: bool = False
    notice: str = ""


@dataclass(slots=True)
class Places:
    """The municipalities, by name and by postcode."""

    names: dict[int, str] = field(default_factory=dict)
    by_name: dict[str, int] = field(default_factory=dict)
    by_postcode: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, municipalities: Iterable[Municipality]) -> "Places":
        """Return the index of these municipalities, in one pass."""
        places = cls()
        for municipality in municipalities:
            places.names[municipality.pk] = municipality.name
            places.by_name[place_key(municipality.name)] = municipality.pk
            for postcode in municipality.postcodes.split():
                places.by_postcode.setdefault(postcode, []).append(municipality.pk)
        return places

    def location(self, postcode: str, place: str) -> Location:
        """Return the location that a row gives; it is false when the row gives neither postcode nor place."""
        key = place_key(place)
        named = self._named(key)
        only = self.by_postcode.get(postcode, [])
        return Location(postcode, key, named or (only[0] if len(only) == 1 else None), named is not None)

    def of_column(self, written: str) -> Where:
        """Return the municipality that the column „Gemeinde“ names, or outside for „außerhalb …“.

        An unknown name leaves it open, with a notice; so does an empty cell, without one.
        """
        if fold(written).startswith("ausserhalb"):
            return Where(is_outside=True)
        found = self._named(place_key(written))
        notice = f"Gemeinde „{written}“ gibt es im Landkreis nicht" if written and found is None else ""
        return Where(found, notice=notice)

    def find(self, postcode: str, place: str) -> Where:
        """Find the municipality by the place's name, else by a postcode that only one has.

        Where neither belongs to a municipality, it is outside the district. Without both, with a postcode that
        contradicts the place, or with one of several municipalities it stays open. All but the place's name give a
        notice.
        """
        here = self.by_postcode.get(postcode, [])
        key = place_key(place)
        named = self._named(key)
        if named is not None:
            if postcode and named not in here:
                return self._contradiction(postcode, place)
            return Where(named)
        if not here:
            return self._outside(postcode, place)
        if key in _OUTSIDE:
            return self._contradiction(postcode, place)
        if len(here) > 1:
            names = ", ".join(self.names[pk] for pk in here)
            return Where(notice=f"Die PLZ {postcode} gehört zu mehreren Gemeinden ({names}): Gemeinde bleibt offen")
        where = f"„{place}“ ist keine Gemeinde; " if place else ""
        return Where(here[0], notice=f"{where}nach der PLZ {postcode}: {self.names[here[0]]}")

    def _outside(self, postcode: str, place: str) -> Where:
        if not postcode and not place:
            return Where(notice="PLZ und Ort fehlen: Gemeinde bleibt offen")
        return Where(is_outside=True, notice=f"{postcode} {place}".strip() + " liegt außerhalb des Landkreises")

    def _contradiction(self, postcode: str, place: str) -> Where:
        return Where(notice=f"PLZ und Ort passen nicht zusammen ({postcode} {place}): Gemeinde bleibt offen")

    def _named(self, key: str) -> int | None:
        """Return the municipality of this place_key, also for „Melle Buer“ (a part of it after its name), or None."""
        if key in self.by_name:
            return self.by_name[key]
        words = key.split()
        for length in range(len(words) - 1, 0, -1):
            if (found := self.by_name.get(" ".join(words[:length]))) is not None:
                return found
        return None
