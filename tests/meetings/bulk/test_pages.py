"""Choosing many meetings, seeing what would happen, deciding: through the pages, without script."""

import re
from datetime import date, timedelta

import pytest
from django.core import signing

from mailroom.models import Act, Address, OutboxMail
from meetings.enums import Format, State
from meetings.models import BulkAct, Invitation, Meeting
from tests.conventions.markup import problems_of_page
from tests.factories import MeetingFactory
from tests.meetings.bulk.seasons import invited
from tests.meetings.bulk.walking import URL, Steps
from tests.writes import writes

IN_ALL = {"period": "alle"}


def keys(meetings) -> list[str]:
    return [str(meeting.pk) for meeting in meetings]


def reloaded(meetings) -> list[Meeting]:
    return [Meeting.objects.get(pk=meeting.pk) for meeting in meetings]


def mails_of(act: BulkAct):
    return OutboxMail.objects.filter(act__in=Act.objects.filter(parent=act.act).values("pk"))


def numbers(page) -> dict[str, int]:
    """The line of sums."""
    found = re.search(r'<ul class="figures bulk-sum".*?</ul>', page, re.DOTALL)
    assert found
    pairs = re.findall(r"<b>(\d+)</b> ([^<]+?)</li>", found.group())
    return {label: int(number) for number, label in pairs}


# --- Choosing


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("?network=bramsche", ["Drittes Treffen"]),
        ("?since=2031-02-10&until=2031-02-28", ["Drittes Treffen", "Zweites Treffen"]),
        ("?way=online", []),
        ("?state=planned", ["Drittes Treffen", "Erstes Treffen", "Zweites Treffen"]),
        ("?network=gibt-es-nicht", ["Drittes Treffen", "Erstes Treffen", "Zweites Treffen"]),
    ],
)
def test_filters_choose_and_tick(season, steps, query, expected):
    way = steps(query)
    ticked = {str(meeting.pk): meeting.title for meeting in season}
    assert sorted(ticked[key] for key in way.fields.get("meeting", [])) == expected
    assert problems_of_page(way.text) == []


def test_filtering_anew_ticks_anew_and_keeps_what_was_typed(season, steps):
    way = steps("?network=bramsche")
    typed = {"kind": "postpone", "weeks": "3", "word": "Bis dann!"}
    assert way.press("filter", network="melle-bissendorf", **typed) == 200
    assert sorted(way.fields["meeting"]) == sorted(keys(season[:2]))
    assert [way.fields[name] for name in typed] == [["postpone"], ["3"], ["Bis dann!"]]
    assert way.press("filter", meeting=keys(season[:1])) == 200  # the same filter, as Enter in a field presses it
    assert way.fields["meeting"] == keys(season[:1])
    assert way.press("all") == 200
    assert (way.fields["meeting"], way.fields["word"]) == (keys(season[:1]), ["Bis dann!"])
    assert "Drittes Treffen" in way.text


def test_a_tick_outside_the_filter_stays(season, steps):
    way = steps("?network=bramsche")
    assert way.press("preview", meeting=keys(season), kind="") == 422
    assert sorted(way.fields["meeting"]) == sorted(keys(season))
    assert "2 angekreuzte passen nicht zum Filter" in way.text
    assert way.page.content.index(b"Drittes Treffen") > way.page.content.index(b"Zweites Treffen")


@pytest.mark.parametrize(
    ("typed", "name", "says"),
    [
        ({"kind": ""}, "kind", "Bitte wählen Sie, was mit diesen Treffen geschehen soll."),
        ({"kind": "take_back"}, "kind", "Bitte wählen Sie, was mit diesen Treffen geschehen soll."),
        ({"kind": "postpone"}, "weeks", "Bitte geben Sie an, um wie viele Wochen."),
        ({"kind": "postpone", "weeks": "0"}, "weeks", "Bitte geben Sie an, um wie viele Wochen."),
        ({"kind": "postpone", "weeks": "viele"}, "weeks", "Bitte eine ganze Zahl eingeben."),
        ({"kind": "postpone", "weeks": "99999999999999999999"}, "weeks", "kleiner oder gleich 104"),
        ({"kind": "postpone", "weeks": "-53"}, "weeks", "größer oder gleich -52"),
        ({"kind": "online", "link_pattern": "Raum 3"}, "link_pattern", "Das ist keine Adresse eines Raums."),
        ({"kind": "online", "link_pattern": "https://r.example/{ort}"}, "link_pattern", "nur {netzwerk} und {datum}"),
        ({"kind": "online", "link_pattern": "https://r.example/" + "{netzwerk}" * 38}, "link_pattern", "zu lang"),
        ({"kind": "online", "link_pattern": "javascript:alert(1)"}, "link_pattern", "keine Adresse eines Raums"),
        ({"kind": "hand_over"}, "colleague", "Bitte wählen Sie, wer die Treffen übernimmt."),
        ({"kind": "hand_over", "colleague": "99"}, "colleague", "Bitte"),
        ({"kind": "cancel", "word": "w" * 1001}, "word", "höchstens 1000 Zeichen"),
        ({"kind": "cancel", "word": "a\x00b"}, "word", "Nullzeichen"),
    ],
)
def test_an_error_stands_at_its_field_and_in_the_summary_and_nothing_is_lost(season, steps, typed, name, says):
    way = steps()
    given = {"meeting": keys(season), "word": "Ein Wort", "link_pattern": "https://raum.example/", **typed}
    assert way.press("preview", **given) == 422
    assert way.page.context["form"].errors[name][0].find(says) >= 0
    summary, rest = way.text.split('id="fehler"')[1].split("</div>", 1)
    assert f'href="#id_{name}"' in summary or name == "kind"
    assert way.page.context["form"].errors[name][0].split("{")[0][:30] in rest
    assert sorted(way.fields["meeting"]) == sorted(keys(season))
    assert {key: way.fields[key] for key in given if key not in ("meeting", "kind", "colleague")} == {
        key: [value] for key, value in given.items() if key not in ("meeting", "kind", "colleague")
    }
    assert problems_of_page(way.text) == []
    assert not BulkAct.objects.exists()


def test_without_a_tick_it_says_so(season, steps):
    way = steps()
    assert way.press("preview", kind="cancel", word="Ein Wort") == 422
    assert "Bitte wählen Sie mindestens ein Treffen." in way.text
    assert (way.fields["kind"], way.fields["word"]) == (["cancel"], ["Ein Wort"])


def test_keys_that_are_none_and_too_many_meetings_are_no_error_page(coordinator, steps):
    way = steps()
    assert way.press("preview", kind="cancel", meeting=["1", "abc", "", "0" * 32]) == 422
    base = MeetingFactory()
    many = [Meeting(title=f"Nummer {number}", starts_at=base.starts_at, ends_at=base.ends_at) for number in range(210)]
    Meeting.objects.bulk_create(many)
    way = steps("?state=draft")
    assert len(way.fields["meeting"]) == 200
    assert "Gezeigt sind die ersten 200" in way.text
    assert way.press("preview", kind="cancel", meeting=keys(many)) == 422
    assert "höchstens 200 Treffen" in way.text
    assert way.press("preview", kind="cancel", meeting=keys(many[:200])) == 200
    assert numbers(way.text)["Treffen"] == 200


@pytest.mark.parametrize("do", ["", "preview", "send", "choose", "filter", "unsinn"])
def test_odd_fields_are_no_error_page(season, team, do):
    odd = {
        "meeting": keys(season),
        "kind": "postpone",
        "weeks": "1",
        "shown_weeks": "²",
        "since": "9999-99-99",
        "sort": "weg",
        "colleague": "x",
        "filtered": "?",
        "seen": "falsch",
        f"day-{season[0].pk}": "31.02.2031",
        "day-": "x",
        "word-999": "x",
        "do": do,
    }
    assert team.post(URL, odd).status_code in (200, 422)
    assert not BulkAct.objects.exists()


def test_strangers_and_looking(season, stranger):
    for address in (URL, "/sammelaktionen/", f"/sammelaktionen/neu/mail/{season[0].pk}/?mail=x"):
        assert stranger.get(address).url.startswith("/konto/login/")
    with writes() as written:
        assert stranger.post(URL, {"do": "send", "kind": "cancel", "meeting": keys(season)}).status_code == 302
    assert written == []


# --- Seeing, and deciding


def decide(way: Steps, season, **typed) -> BulkAct:
    """From the first step to the act; the preview changes nothing and says what then happens."""
    with writes() as written:
        assert way.press("preview", meeting=keys(season), **typed) == 200
    assert written == []
    assert problems_of_page(way.text) == []
    shown = way.page.context
    assert way.press("send") == 302
    act = BulkAct.objects.first()
    assert way.page.url == act.get_absolute_url()
    assert act.items.exclude(undo_record=None).count() == shown["changed"]
    assert mails_of(act).count() == shown["total"].mailed
    subjects = set(mails_of(act).values_list("subject", flat=True))
    assert {one["sample"].preview.subject for one in shown["samples"]} <= subjects
    return act


def test_cancelling(season, steps):
    Invitation.objects.filter(meeting=season[0]).update(answer="accepted", mode="in_person")
    Invitation.objects.filter(meeting=season[1]).update(answer="tentative")
    bounced = Invitation.objects.filter(meeting=season[2]).first()
    Address.objects.filter(key=bounced.contact.email_folded).update(state=Address.State.HARD)
    way = steps("?period=alle")
    act = decide(way, season, kind="cancel", word="Leider krank.")
    assert {meeting.state for meeting in reloaded(season)} == {State.CANCELLED}
    assert sorted(mails_of(act).values_list("kind", flat=True)) == ["cancellation"] * 5
    assert all("Leider krank." in mail.text for mail in mails_of(act))


def test_the_sums_and_each_line(season, steps):
    Invitation.objects.filter(meeting=season[0]).update(answer="accepted", mode="in_person")
    Invitation.objects.filter(meeting=season[1]).update(answer="tentative")
    bounced = Invitation.objects.filter(meeting=season[2]).first()
    Address.objects.filter(key=bounced.contact.email_folded).update(state=Address.State.HARD)
    gone = MeetingFactory(state=State.CANCELLED, title="Schon abgesagt")
    way = steps()
    way.press("preview", meeting=keys([*season, gone]), kind="cancel")
    assert numbers(way.text) == {
        "von 4 Treffen": 3,
        "Personen eingeladen": 6,
        "haben zugesagt": 2,
        "vielleicht": 2,
        "Mails": 5,
        "ohne erreichbare Adresse": 1,
    }
    lines = {row["line"].meeting.title: row["line"] for row in way.page.context["rows"]}
    found = {title: tuple(vars(line.numbers).values()) for title, line in lines.items()}
    assert found == {
        "Erstes Treffen": (2, 2, 0, 2, 0),
        "Zweites Treffen": (2, 0, 2, 2, 0),
        "Drittes Treffen": (2, 0, 0, 1, 1),
        "Schon abgesagt": (0, 0, 0, 0, 0),
    }
    assert "Bleibt, wie es ist. Es ist schon abgesagt." in way.text
    assert "Absagen: 3 Treffen, 5 Mails" in way.text
    assert way.text.count('value="send"') == 2


def test_postponing_by_weeks_and_one_to_a_day(season, steps):
    way = steps()
    way.press("preview", meeting=keys(season), kind="postpone", weeks="4")
    days = {name: value for name, value in way.fields.items() if name.startswith("day-")}
    assert days == {f"day-{one.pk}": [f"{one.starts_on + timedelta(weeks=4)}"] for one in season}
    first, *others = season
    assert way.press("preview", **{f"day-{first.pk}": "2031-05-08"}) == 200
    assert way.press("preview", weeks="5") == 200  # those that follow follow, the typed one stays
    assert way.press("send") == 302
    expected = [date(2031, 5, 8), *(one.starts_on + timedelta(weeks=5) for one in others)]
    assert [one.starts_on for one in reloaded(season)] == expected


def test_what_was_not_shown_is_not_decided(season, steps, team):
    way = steps()
    way.press("preview", meeting=keys(season), kind="postpone", weeks="4")
    assert way.press("send", **{f"day-{season[0].pk}": "2031-12-25"}) == 422
    assert "Seit der letzten Anzeige ist etwas anders geworden." in way.text
    assert "Feiertag in Niedersachsen" in way.text
    assert not BulkAct.objects.exists()
    Meeting.objects.filter(pk=season[1].pk).update(version=9, title="Umbenannt")
    way.press("preview")
    Meeting.objects.filter(pk=season[1].pk).update(version=10, title="Wieder umbenannt")
    assert (way.press("send"), way.press("send", word="Ein Wort ist keine Überraschung")) == (422, 302)
    direct = {"meeting": keys(season), "kind": "cancel", "do": "send"}
    assert team.post(URL, direct).status_code == 422  # nobody has seen it
    assert BulkAct.objects.count() == 1


def test_an_unreadable_day_is_said_at_its_field_on_the_preview(season, steps):
    way = steps()
    way.press("preview", meeting=keys(season), kind="postpone", weeks="4", word="Ein Wort")
    name = f"day-{season[1].pk}"
    assert way.press("send", **{name: "2199-01-01", f"day-{season[0].pk}": "2031-05-08"}) == 422
    assert f'href="#id_{name}"' in way.text
    assert f'id="id_{name}_error"' in way.text
    assert (way.fields[name], way.fields["word"]) == (["2199-01-01"], ["Ein Wort"])
    assert way.press("choose") == 200
    assert way.press("preview") == 422  # kept all the way, and still wrong
    assert f'href="#id_{name}"' in way.text
    assert way.press("preview", **{name: ""}) == 200
    assert way.fields[name] == [f"{season[1].starts_on + timedelta(weeks=4)}"]
    assert way.fields[f"day-{season[0].pk}"] == ["2031-05-08"]


def test_the_night_of_the_change_of_clocks(coordinator, steps):
    """30 March 2031, 2:30, is a time that there is not; the meeting stays and says why."""
    night = invited(coordinator, title="Nachtschicht")
    starts_at = night.starts_at.replace(month=3, day=16, hour=1, minute=30)
    Meeting.objects.filter(pk=night.pk).update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    way = steps()
    assert way.press("preview", meeting=keys([night]), kind="postpone", weeks="2") == 200
    assert "zu einer Uhrzeit, die es in dieser Nacht nicht gibt" in way.text
    assert 'value="send">' in way.text  # can be pressed: the answer says why nothing comes of it
    assert way.press("send") == 422
    assert "Keines dieser Treffen lässt sich so ändern." in way.text
    assert not BulkAct.objects.exists()


def test_new_days_are_looked_at_beside_each_other_and_not_beside_the_old_ones(season, steps):
    way = steps()
    way.press("preview", meeting=keys(season[:2]), kind="postpone", weeks="1")
    assert "Zweites Treffen am 12. Februar" not in way.text  # the first moves to the day that the second leaves
    assert re.findall(r"Zur selben Zeit: (\w+) Treffen", way.text) == ["Drittes"] * 2
    way.press("preview", **{f"day-{season[0].pk}": "2031-02-19"})
    assert (
        way.text.count("Zur selben Zeit: Zweites Treffen am 19. Februar 2031.") == 2
    )  # once for the eye, once to hear
    assert "Zur selben Zeit: Erstes Treffen am 19. Februar 2031." in way.text
    assert "Zur selben Zeit: Drittes Treffen am 19. Februar 2031." in way.text  # was there before


def test_going_online_with_a_pattern_and_one_room_of_its_own(season, steps):
    way = steps()
    pattern = "https://raum.example/{netzwerk}-{datum}"
    way.press("preview", meeting=keys(season), kind="online", link_pattern=pattern)
    name = f"link-{season[1].pk}"
    assert way.fields[name] == ["https://raum.example/melle-bissendorf-2031-02-12"]
    assert way.press("preview", **{name: "raum 7"}) == 422
    assert way.fields[name] == ["raum 7"]
    assert f'id="id_{name}_error"' in way.text
    assert way.press("preview", **{name: "https://eigen.example/7"}) == 200
    assert way.press("choose") == 200
    assert way.press("preview", link_pattern=pattern.replace("raum.", "halle.")) == 200
    assert way.press("send") == 302
    assert [(one.format, one.online_link) for one in reloaded(season)] == [
        (Format.ONLINE, "https://halle.example/melle-bissendorf-2031-02-05"),
        (Format.ONLINE, "https://eigen.example/7"),
        (Format.ONLINE, "https://halle.example/bramsche-2031-02-19"),
    ]


def test_online_without_a_room_warns_and_back_in_person_follows(season, steps):
    way = steps()
    way.press("preview", meeting=keys(season), kind="online")
    assert way.text.count("Es ist noch kein Online-Raum eingetragen.") == 3
    assert way.press("send") == 302
    OutboxMail.objects.update(state=OutboxMail.State.SENT)
    act = decide(steps(), season, kind="in_person")
    assert {one.format for one in reloaded(season)} == {Format.IN_PERSON}
    assert {mail.subject.split(":")[0] for mail in mails_of(act)} == {"Jetzt vor Ort"}


def test_handing_over(season, steps, lead):
    way = steps()
    act = decide(way, season, kind="hand_over", colleague=str(lead.pk))
    assert {one.responsible for one in reloaded(season)} == {lead}
    assert mails_of(act).count() == 0
    assert steps().press("preview", meeting=keys(season), kind="hand_over", colleague=str(lead.pk)) == 200


def test_a_word_for_one_network_and_one_for_the_others(season, steps):
    melle = season[0].networks.get()
    way = steps()
    way.press("preview", meeting=keys(season), kind="cancel", word="Für alle")
    assert way.press("preview", **{f"word-{melle.pk}": "Nur für Melle"}) == 200
    assert way.press("choose") == 200
    assert way.press("filter", network="bramsche") == 200
    assert way.press("all", meeting=keys(season)) == 200
    assert way.press("preview") == 200
    assert way.fields[f"word-{melle.pk}"] == ["Nur für Melle"]
    assert way.press("send") == 302
    act = BulkAct.objects.get()
    words = {("Nur für Melle" in mail.text, "Für alle" in mail.text) for mail in mails_of(act)}
    assert words == {(True, False), (False, True)}


def test_every_button_keeps_what_was_typed(season, steps, lead):
    way = steps("?network=melle-bissendorf")
    typed = {"weeks": "4", "link_pattern": "https://raum.example/", "colleague": str(lead.pk), "word": "Ein Wort\nund"}
    way.press("preview", kind="postpone", **typed)
    own = {f"day-{season[0].pk}": "2031-05-08"}
    for button in ("preview", "choose", "filter", "all", "preview", "choose", "preview"):
        way.press(button, **own)
        own = {}
        kept = {name: [value.replace("\r\n", "\n") for value in way.fields[name]] for name in typed}
        assert kept == {name: [value] for name, value in typed.items()}, button
        assert way.fields[f"day-{season[0].pk}"] == ["2031-05-08"], button
        assert sorted(way.fields["meeting"]) == sorted(keys(season[:2])), button


def test_the_sample_is_shown_in_a_frame_of_its_own(season, steps, team):
    way = steps()
    way.press("preview", meeting=keys(season), kind="postpone", weeks="4", word="Bis <b>bald</b>!")
    (one,) = way.page.context["samples"]
    assert f'src="{one["frame_url"]}"'.replace("&", "&amp;") in way.text
    frame = team.get(one["frame_url"])
    assert frame.headers["Content-Security-Policy"].count("sandbox") == 1
    assert "Bis &lt;b&gt;bald&lt;/b&gt;!" in frame.content.decode()
    assert "5. März 2031" in frame.content.decode()
    assert team.get(one["frame_url"] + "x").status_code == 404
    forged = signing.dumps({"order": "cancel"}, salt="anderes")
    assert team.get(f"/sammelaktionen/neu/mail/{season[0].pk}/", {"mail": forged}).status_code == 404
    assert way.press("send") == 302
    assert team.get(one["frame_url"]).status_code == 404  # the day is no new one any more


@pytest.mark.parametrize("many", [1, 12])
def test_the_preview_takes_the_same_queries_for_few_and_many_people(coordinator, team, django_assert_num_queries, many):
    season = [invited(coordinator, weeks=weeks, number=many) for weeks in range(2)]
    team.get("/")
    with django_assert_num_queries(20):
        page = team.post(URL, {"do": "preview", "kind": "postpone", "weeks": "8", "meeting": keys(season)})
    assert page.context["total"].mailed == 2 * many
