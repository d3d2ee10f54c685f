"""Starting texts of the public pages; the team edits them. What is missing is marked „[Bitte ergänzen: …]“."""

from django.db import migrations

IMPRINT = """\
Angaben nach § 5 Digitale-Dienste-Gesetz (DDG).

## Verantwortlich

[Bitte ergänzen: Name und Rechtsform der Stelle]\\
[Bitte ergänzen: Straße und Hausnummer]\\
[Bitte ergänzen: Postleitzahl und Ort]

Vertreten durch [Bitte ergänzen: Name und Funktion der vertretungsberechtigten Person].

## Kontakt

- Telefon: [Bitte ergänzen: Telefonnummer]
- E-Mail: [Bitte ergänzen: E-Mail-Adresse]

## Aufsicht und Steuer

- Zuständige Aufsichtsbehörde: [Bitte ergänzen: Behörde, oder Zeile löschen]
- Umsatzsteuer-Identifikationsnummer nach § 27a Umsatzsteuergesetz: [Bitte ergänzen: Nummer, oder Zeile löschen]

## Inhaltlich verantwortlich

Verantwortlich nach § 18 Absatz 2 Medienstaatsvertrag: [Bitte ergänzen: Name und Anschrift].
"""

PRIVACY = """\
Wir bringen Schulen, Betriebe und Arbeitsmarktakteure zusammen. Dafür verarbeiten wir berufliche Kontaktdaten. Diese \
Seite sagt nach Artikel 13 und 14 der Datenschutz-Grundverordnung (DSGVO), welche das sind, warum wir das dürfen und \
was Sie verlangen können.

## Wer verantwortlich ist

[Bitte ergänzen: Name, Anschrift, Telefon und E-Mail der verantwortlichen Stelle]

Datenschutzbeauftragte Person: [Bitte ergänzen: Kontakt, eine Funktionsadresse genügt]

## Wenn Sie mit uns zusammenarbeiten

**Welche Daten.** Anrede, Titel, Name, Funktion, Einrichtung, dienstliche Anschrift, Telefonnummer und E-Mail-Adresse; \
zu welchen Netzwerken Sie gehören; was zwischen Ihnen und uns vereinbart und geändert wurde. Daten von Schülerinnen \
und Schülern speichern wir nicht.

**Woher.** Von Ihnen selbst, von Ihrer Einrichtung oder aus öffentlichen Quellen wie deren Internetseite.

**Wozu und auf welcher Grundlage.** Um Sie zu Treffen der regionalen Netzwerke einzuladen und Kooperationen zwischen \
Schulen und Betrieben zu begleiten. Das ist eine Aufgabe im öffentlichen Interesse: Artikel 6 Absatz 1 Buchstabe e \
DSGVO mit § 3 des Niedersächsischen Datenschutzgesetzes (NDSG). Für alles, was darüber hinausgeht, fragen wir Sie \
vorher nach Ihrer Einwilligung (Artikel 6 Absatz 1 Buchstabe a DSGVO); Sie können sie jederzeit für die Zukunft \
widerrufen.

**Wer die Daten bekommt.** Nur das Team der Servicestelle und, als Auftragsverarbeiter, [Bitte ergänzen: Betreiber \
des Servers und des E-Mail-Dienstes]. Andere Teilnehmende sehen Ihre E-Mail-Adresse nicht. In Länder außerhalb der \
Europäischen Union: [Bitte ergänzen: „geben wir nichts weiter“, oder was und warum].

**Wie lange.** [Bitte ergänzen: Löschfrist, zum Beispiel zwei Jahre nach dem letzten Kontakt]

## Wenn Sie diese Seiten aufrufen

Unser Server verarbeitet die Adresse Ihres Geräts im Netz, den Zeitpunkt und die aufgerufene Seite, um die Seite \
auszuliefern und Angriffe abzuwehren. [Bitte ergänzen: wie lange der Server Protokolle aufhebt]

Wir setzen nur Cookies, ohne die Formulare und die Anmeldung des Teams nicht gehen (§ 25 Absatz 2 Nummer 2 TDDDG): \
eines für die Sitzung und eines zum Schutz vor gefälschten Anfragen. Es gibt keine Besuchszählung, keine Zählbilder \
in E-Mails und keine Inhalte von fremden Servern.

## Ihre Rechte

Sie können Auskunft verlangen (Artikel 15 DSGVO), falsche Daten berichtigen (Artikel 16) oder löschen lassen \
(Artikel 17) und die Verarbeitung einschränken lassen (Artikel 18).

**Widerspruch.** Sie können aus Gründen, die sich aus Ihrer besonderen Situation ergeben, jederzeit widersprechen \
(Artikel 21). Eine formlose Nachricht genügt. Möchten Sie nur keine Einladungen mehr, sagen Sie es uns ohne \
Begründung.

**Beschwerde.** Sie können sich bei einer Aufsichtsbehörde beschweren, in Niedersachsen beim Landesbeauftragten für \
den Datenschutz, Prinzenstraße 5, 30159 Hannover, [lfd.niedersachsen.de](https://lfd.niedersachsen.de).

Sie sind nicht verpflichtet, uns Daten zu geben; ohne eine Adresse können wir Sie aber nicht einladen. Entscheidungen \
durch Automaten treffen wir nicht.

Stand: [Bitte ergänzen: Datum]
"""

ACCESSIBILITY = """\
Wir möchten, dass alle diese Seiten benutzen können. Dazu verpflichten uns die §§ 9 bis 9e des Niedersächsischen \
Behindertengleichstellungsgesetzes (NBGG). Maßstab ist die Norm EN 301 549 mit den Web Content Accessibility \
Guidelines (WCAG) 2.2, Stufe AA.

Diese Erklärung gilt für [Bitte ergänzen: Internetadresse].

## Wie barrierefrei die Seiten sind

[Bitte ergänzen: vollständig, weitgehend oder teilweise vereinbar – nach dem Ergebnis Ihrer Prüfung]

Nicht barrierefrei sind: [Bitte ergänzen: bekannte Mängel mit Grund und barrierefreier Alternative, oder „Uns sind \
keine Mängel bekannt.“]

## Woher wir das wissen

[Bitte ergänzen: Selbstbewertung oder Prüfung durch wen, und wann]. Bei jeder Änderung der Software werden alle Seiten \
außerdem maschinell geprüft; das ersetzt keine Prüfung durch Menschen.

Diese Erklärung wurde am [Bitte ergänzen: Datum] erstellt und zuletzt am [Bitte ergänzen: Datum] überprüft.

## Etwas klappt nicht? Sagen Sie es uns.

Wenn Sie auf eine Barriere stoßen oder einen Inhalt in anderer Form brauchen, schreiben Sie uns oder rufen Sie an. \
Wir antworten innerhalb von [Bitte ergänzen: Frist, zum Beispiel zwei Wochen].

- E-Mail: [Bitte ergänzen: E-Mail-Adresse]
- Telefon: [Bitte ergänzen: Telefonnummer]

## Schlichtungsstelle

Sind Sie mit unserer Antwort nicht zufrieden, können Sie die Schlichtungsstelle bei der Landesbeauftragten für \
Menschen mit Behinderungen in Niedersachsen anrufen (§ 9d NBGG). Das Verfahren kostet nichts, und Sie brauchen keinen \
Rechtsbeistand.

[Bitte ergänzen: aktuelle Anschrift, Telefon und E-Mail der Schlichtungsstelle]
"""

TEXTS = {"impressum": IMPRINT, "datenschutz": PRIVACY, "barrierefreiheit": ACCESSIBILITY}


def write(apps, schema_editor):
    text_model = apps.get_model("public", "SiteText")
    for page, body in TEXTS.items():
        text_model.objects.get_or_create(page=page, defaults={"body": body})


class Migration(migrations.Migration):
    dependencies = [("public", "0001_initial")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
