"""A partner list as long as those of the largest office."""

from tests.partners.partner_list.lists import as_csv, nobody, person

PER_ORGANISATION = 4
PLACES = [
    ("49324", "Melle", "Melle"),
    ("49565", "Bramsche", "Bramsche"),
    ("49134", "Wallenhorst", "Wallenhorst/Belm"),
    ("49610", "Quakenbrück", "Nordkreis"),
    ("49152", "Bad Essen", "Wittlager Land"),
]


def long_list(rows: int) -> bytes:
    """A list of so many people in five networks, as CSV; each has an address of her own."""
    lines = []
    for number in range(rows):
        home = number // PER_ORGANISATION
        postcode, place, network = PLACES[home % len(PLACES)]
        cells = {
            "Vorname": "Kim",
            "Name": f"Person {number}",
            "E_Mail": f"person{number}@werk{home}.example",
            "Netzwerk": network,
            "PLZ": postcode,
            "Ort": place,
        }
        is_first = number % PER_ORGANISATION == 0
        lines.append(person(Einrichtung=f"Werk {home} GmbH", **cells) if is_first else nobody(Verteiler="ja", **cells))
    return as_csv(*lines)
