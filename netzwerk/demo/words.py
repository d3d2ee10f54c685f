"""Words for the invented partners. No real school, company or person is meant."""

PLACE_FRONTS = (
    "Ahlen Barken Birken Born Brok Dünn Ebers Eichen Ellern Erlen Farn Feld Föhren Ginster Habichts Hainbuchen "
    "Hasel Heister Hülsen Iggel Kiebitz Kranich Lerchen Linden Loh Mahl Moor Nuss Otter Pappel Quell Reiher "
    "Rohr Sand Schilf Schlehen Steinen Torf Ulmen Wacholder Weiden Wiesel Ziegen Zwetschen"
).split()
PLACE_ENDS = (
    "angel bleek brake brink broich bruch busch damm diek esch fehn feld fort garten grund hagen hook horst "
    "hövel kamp kolk kuhle land lage loh mark meer moor ohl ort rott siek stroot sundern trift ufer wede winkel wohld"
).split()
SURNAME_FRONTS = (
    "Ahl Alder Bar Beck Bor Brög Dall Dier Ehr Ell Fel Flöt Gers Grön Har Hein Hol Hüls Ils Kem Kloster Knol "
    "Laer Lüt Mers Möll Nor Oel Pöt Quad Rahe Rol Schier Sele Stru Tell Tim Uhl Vahr Wester Wör Zum"
).split()
SURNAME_ENDS = (
    "brink busch dorp feld haus hage hake horst hövel jürgen kamp kemper köster lage mann meyer möller ohl pohl "
    "rott schulte siek steen sunder toft wedde winkel wöhrmann"
).split()
# Frequent names with umlauts, accents and several words, so that the search has such cases.
COMMON_SURNAMES = (
    "Müller",
    "Mueller",
    "Meyer",
    "Meier",
    "Schröder",
    "Schmidt",
    "Groß",
    "Weiß",
    "Öztürk",
    "Yıldız",
    "Đorđević",
    "Łukaszewicz",
    "Nguyễn",
    "da Silva",
    "van der Heide",
    "von dem Brinke",
    "Meyer zu Hülshorst",
    "O’Connor",
    "Große-Wördemann",
    "Ahrens-Lütke",
)
WOMEN = (
    "Anke Anja Ayşe Bärbel Birte Claudia Dörte Elke Emine Frauke Gesa Gudrun Heike Ilka Imke Inga Insa Jutta "
    "Karin Katrin Kirsten Lena Łucja Maike Maren Marlies Merle Nele Nicole Petra Renate Sabine Silke Sünje "
    "Swantje Tanja Thi-Lan Ulrike Ute Wiebke Zoë"
).split()
MEN = (
    "Ahmet Arne Bernd Björn Carsten Detlef Dirk Eike Enno Frank Gerd Götz Hauke Heiko Henning Holger Ingo Jan "
    "Jannes Jens Jörg José Kai Karsten Lars Łukasz Malte Markus Mehmet Nils Norbert Olaf Onno Peter Ralf Sönke "
    "Stefan Thorsten Tjark Uwe Volker"
).split()
STREETS = (
    "Am Alten Esch|Am Kolk|Amselstieg|An der Furt|Auf dem Brink|Bachstraße|Bruchweg|Dorfstraße|Eichenallee|"
    "Feldkamp|Gewerbepark|Hauptstraße|Im Siek|Industriestraße|Kirchplatz|Lange Straße|Lerchenweg|Mühlendamm|"
    "Osterweg|Schulstraße|Siemensstraße|Torfkuhle|Werkstraße|Zum Hafen"
).split("|")
TRADES = {  # sector: names of its companies
    "Maschinen- und Anlagenbau": ("Maschinenfabrik", "Anlagenbau"),
    "Metall": ("Metallbau", "Schlosserei", "Zerspanung"),
    "Landtechnik": ("Landtechnik", "Landmaschinen"),
    "Lebensmittel": ("Fleischwaren", "Bäckerei", "Molkerei"),
    "Logistik": ("Spedition", "Logistik"),
    "Bau": ("Bauunternehmung", "Tiefbau", "Zimmerei"),
    "Sanitär/Heizung/Elektro": ("Haustechnik", "Elektro"),
    "Holz": ("Tischlerei", "Holzwerk"),
    "Kfz": ("Autohaus", "Kfz-Werkstatt"),
    "Gesundheit und Pflege": ("Pflegedienst", "Seniorenheim", "Klinik"),
    "Handel": ("Markthaus", "Großhandel"),
    "Bank/Versicherung": ("Versicherungsbüro", "Finanzkontor"),
    "Verpackung/Kunststoff": ("Verpackungen", "Kunststofftechnik"),
    "Garten- und Landschaftsbau/Landwirtschaft": ("Gartenbau", "Hof"),
    "Gastgewerbe": ("Gasthaus", "Hotel"),
    "IT": ("Datentechnik", "Softwarehaus"),
}
LEGAL_FORMS = ("GmbH", "GmbH & Co. KG", "KG", "AG", "e. K.", "OHG", "")
TOWNS = frozenset(  # municipalities that are a „Stadt“; the others are a „Gemeinde“
    (
        "Bad Iburg",
        "Bersenbrück",
        "Bramsche",
        "Dissen a.T.W.",
        "Fürstenau",
        "Georgsmarienhütte",
        "Melle",
        "Quakenbrück",
    )
)
ORGANISATION_NOTES = (
    "Besuchergruppen bitte zwei Wochen vorher anmelden.",
    "Parkplätze hinter der Halle; der Eingang ist stufenlos.",
    "Hat einen Raum für 60 Personen mit Leinwand.",
    "In den Ferien ist das Büro nicht besetzt.",
    "Sicherheitsschuhe für den Rundgang werden gestellt.",
)
CONTACT_NOTES = (
    "Am besten vormittags zu erreichen.",
    "Arbeitet dienstags bis donnerstags.",
    "Möchte Termine mindestens sechs Wochen vorher wissen.",
    "Stellt gern die Lehrwerkstatt vor.",
)
NETWORK_DESCRIPTION = (
    "Hier lernen Schulen, Betriebe und die Beratung zum Arbeitsmarkt einander kennen. Mehrmals im Jahr sind wir in "
    "einem Betrieb oder einer Schule zu Gast, sehen uns um und verabreden, was wir zusammen angehen: *Praktika*, "
    "*Betriebserkundungen*, *Patenschaften*."
)
