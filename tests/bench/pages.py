"""The pages that are measured. A new one is one line."""

PAGES = {
    "Einrichtungen": "/partner/",
    "Seite 2": "/partner/?page=2",
    "Suche „sch“ (viele)": "/partner/?q=sch",
    "Suche „moorbusch“ (wenige)": "/partner/?q=moorbusch",
    "Suche ohne Treffer": "/partner/?q=xyzzy",
    "nur Schulen": "/partner/?kind=school",
    "Netzwerk Melle": "/partner/?network=melle-bissendorf",
    "außerhalb, nach Ort": "/partner/?place=ausserhalb&sort=place",
    "rückwärts": "/partner/?sort=-name",
    "Personen": "/partner/personen/",
    "Personen, Seite 2": "/partner/personen/?page=2",
    "Personen, Suche „sch“": "/partner/personen/?q=sch",
    "Personen, Suche „moorbusch“": "/partner/personen/?q=moorbusch",
    "Personen, Netzwerk Melle": "/partner/personen/?network=melle-bissendorf",
    "Personen, nach Einrichtung": "/partner/personen/?sort=organisation",
    "Personen, Adresse gestört": "/partner/personen/?mail=gestoert",
    "Netzwerke": "/netzwerke/",
    "Startseite": "/",
}
