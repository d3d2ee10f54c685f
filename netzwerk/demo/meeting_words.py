"""Words for the invented meetings."""

THEMES = {  # theme: text about it in the invitation
    "Praktikum, das beide Seiten weiterbringt": (
        "Gute Praktika haben ein Ziel, eine Ansprechperson und ein Gespräch am Ende. Wir sammeln, was sich bei Ihnen "
        "bewährt hat, und zeigen zwei Vorlagen, die Sie gleich mitnehmen können."
    ),
    "Berufliche Orientierung ab Klasse 7": (
        "Wann fangen wir an, und womit? Schulen stellen ihren Fahrplan vor, Betriebe sagen, wo sie gern dazukommen."
    ),
    "Betriebserkundungen gut vorbereiten": (
        "Eine Erkundung lebt von den Fragen, die vorher gestellt wurden. Wir gehen den Ablauf an einem Beispiel durch."
    ),
    "Bewerbungstraining mit echten Betrieben": (
        "Personalverantwortliche üben mit Schülerinnen und Schülern. Zwei Tandems berichten, **was es gebracht hat** "
        "und wie viel Zeit es kostet."
    ),
    "Berufsfachschule dual": (
        "Zwei Tage Schule, drei Tage Betrieb: Die berufsbildenden Schulen stellen das Modell vor. Für Betriebe "
        "gibt es Zeit für Fragen zu Vertrag, Versicherung und Vergütung."
    ),
    "Ausbildungsbotschafterinnen und -botschafter": (
        "Auszubildende erzählen in der Schule von ihrem Beruf. Wer mitmachen möchte, findet hier Partner."
    ),
    "Eltern gewinnen": (
        "Eltern sind die wichtigsten Ratgeber bei der Berufswahl. Wir sammeln Formate, die auch abends um sieben "
        "noch funktionieren."
    ),
    "Pflegeberufe zum Anfassen": (
        "Einrichtungen der Pflege öffnen ihre Türen.\n\n- Welche Stationen eignen sich?\n- Wer begleitet?\n"
        "- Was ist mit dem Datenschutz?"
    ),
    "Handwerk im Unterricht": (
        "Vom Werkstück bis zur Kalkulation: Betriebe aus dem Handwerk kommen in den Unterricht."
    ),
    "Schülerfirmen und ihre Paten": (
        "Schülerfirmen suchen Betriebe, die ihnen über die Schulter sehen. Drei stellen sich vor."
    ),
    "Technik im ländlichen Raum": "Labore, Wettbewerbe, Fahrwege: was geht, wenn der Bus nur zweimal am Tag fährt.",
    "Sprache im Betrieb": "Deutsch lernen und arbeiten zugleich: was Betriebe und Schulen erfahren haben.",
    "Nach dem Praktikum dranbleiben": "Wie aus zwei Wochen Praktikum ein Ausbildungsvertrag werden kann.",
    "Zukunftstag gemeinsam planen": "Wir stimmen Plätze, Fahrten und Termine ab, damit niemand leer ausgeht.",
}
GREETING = "Die nächste Runde steht an, und wir freuen uns auf Sie.\n\n"
CLOSING = "\n\nFür Getränke und einen Imbiss ist gesorgt."
ROOMS = ("", "", "", "Besucherzentrum, Eingang West", "Schulungsraum im Obergeschoss", "Kantine, Tor 2")
PUBLIC_ROOMS = ("Kreishaus, Raum 2088", "Rathaus, Sitzungssaal", "Berufsbildende Schulen, Aula")
CHECKLIST = (  # step, days before the meeting
    ("Gastgeber bestätigt den Termin", 42),
    ("Einladungen verschicken", 28),
    ("Vortragende zusagen lassen", 21),
    ("Raum, Technik und Imbiss klären", 10),
    ("Erinnern, wer noch nicht geantwortet hat", 8),
    ("Teilnehmerliste und Namensschilder", 2),
    ("Protokoll verschicken", -7),
)
COMMENTS = {
    "accepted": (
        "Ich komme etwa zehn Minuten später, die Konferenz geht bis drei.",
        "Ich bringe gern unsere Unterlagen zum Praktikum mit.",
        "Gibt es am Gebäude Parkplätze?",
        "Bitte vegetarisch, falls es einen Imbiss gibt.",
        "Ich freue mich!",
        "Darf eine Kollegin mitkommen?",
    ),
    "declined": (
        "An dem Tag sind bei uns Prüfungen. Beim nächsten Mal gern wieder.",
        "Leider im Urlaub.",
        "Wir haben zur selben Zeit Gesamtkonferenz.",
        "Können Sie mir bitte das Protokoll schicken?",
    ),
    "tentative": (
        "Hängt an der Vertretung, ich melde mich.",
        "Ich versuche es einzurichten.",
        "Vielleicht nur die erste Stunde.",
    ),
}
