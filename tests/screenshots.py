"""`make screenshots`: take the pictures for README and handbook from a real demo with a real browser.

`python -m tests.screenshots [NAME …]` takes only the named ones. Each picture is one entry in PICTURES.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.flows.demo import Demo, running

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
LIMIT_BYTES = 200_000
COLOURS = 256
PARTNER_LIST = """Verteiler Servicestelle;;;;;;;;
Einrichtung;Art;Ort;Anrede;Vorname;Name;Funktion;E-Mail;Netzwerk
Oberschule Ellernwinkel;Schule;Melle;Frau;Gesa;Ahlbrink;Schulleitung;gesa.ahlbrink@oberschule-ellernwinkel.example;Melle
;;;Herr;Enno;Uhlkamp;BO-Koordination;enno.uhlkamp (at) oberschule-ellernwinkel.example;Melle
Metallbau Torfdiek GmbH;Betrieb;Bramsche;Herr;Björn;Möllwinkel;GF;bjoern.moellwinkel@metallbau-torfdiek.example;NK
Tischlerei Lohkamp;Betrieb;Wallenhorst;Frau;Imke;Dallhorst;;imke.dallhorst@tischlerei-lohkamp;Wallenhorst
Seniorenheim Kranichufer;Betrieb;Bad Essen;Frau;Silke;Grönmeyer;Einrichtungsleitung;;Wittlager Land
"""


@dataclass(frozen=True)
class Picture:
    """One picture: the coordinator's path, the selector to wait for, an action before, window size and colours."""

    path: str
    wait_for: str
    before: Callable[[Page], None] | None = None
    size: tuple[int, int] = (1280, 800)
    light: Literal["light", "dark"] = "light"


def read_a_list(page: Page) -> None:
    """Upload a small partner list and wait for its preview."""
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "verteiler.csv", "mimeType": "text/csv", "buffer": PARTNER_LIST.encode("cp1252")}],
    )
    page.get_by_role("button", name=re.compile("Hochladen|Prüfen|Einlesen|Vorschau")).first.click()
    page.wait_for_selector("table tbody tr", timeout=60_000)


def open_a_meeting(page: Page) -> None:
    """Open the first planned meeting of the list."""
    page.locator("tr", has_text="geplant").locator("th a").first.click()
    page.wait_for_selector("#zahlen")


def open_inviting(page: Page) -> None:
    """Open the page to invite to the first meeting of the list without invitees."""
    page.locator("tr", has=page.locator("td.none")).locator("th a").first.click()
    page.get_by_role("link", name="Einladen").first.click()
    page.wait_for_selector("table tbody tr")


INVITEE = "invitee"  # stands for the path of the invitee's page that the demo prints

EXECUTABLE = shutil.which("chromium-headless-shell") or shutil.which("chromium")
PICTURES = {
    "start": Picture("/", "main h1"),
    "meetings": Picture("/treffen/", "table tbody tr"),
    "meeting": Picture("/treffen/", "table tbody tr", open_a_meeting),
    "meeting-dark": Picture("/treffen/", "table tbody tr", open_a_meeting, light="dark"),
    "meeting-phone": Picture("/treffen/", "table tbody tr", open_a_meeting, size=(360, 780)),
    "invite": Picture("/treffen/", "table tbody tr", open_inviting),
    "answer-phone": Picture(INVITEE, ".answer-buttons", size=(360, 780)),
    "answer-phone-dark": Picture(INVITEE, ".answer-buttons", size=(360, 780), light="dark"),
    "start-phone": Picture("/", "main h1", size=(360, 780)),
    "start-dark": Picture("/", "main h1", light="dark"),
    "planner": Picture("/planer/", "main svg", size=(1280, 1000)),
    "planner-dark": Picture("/planer/", "main svg", size=(1280, 1000), light="dark"),
    "planner-phone": Picture("/planer/", "main h1", size=(360, 780)),
    "search": Picture("/suche/?q=melle", "main h1"),
    "network": Picture("/netzwerk/melle-bissendorf/", "main svg", size=(1280, 1000)),
    "organisations": Picture("/partner/", "table tbody tr:nth-child(10)"),
    "import-preview": Picture("/partner/einlesen/", "input[type=file]", read_a_list, size=(1280, 1100)),
}


def save(png: bytes, path: Path) -> int:
    """Write a palette image and return its size in bytes. Exits if it is larger than `LIMIT_BYTES`."""
    image = (
        Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    image.save(path, optimize=True)
    size = path.stat().st_size
    if size > LIMIT_BYTES:
        raise SystemExit(f"{path.name}: {size} bytes, at most {LIMIT_BYTES} are allowed")
    return size


def log_in(page: Page, demo: Demo) -> None:
    """Log in as the coordinator, with the login that the demo printed."""
    found = re.search(r"Anmelden als Koordination\s+(\S+)\s+Kennwort: (\S+)", demo.said)
    assert found
    page.goto("/konto/login/")
    page.fill("input[name=login]", found.group(1))
    page.fill("input[name=password]", found.group(2))
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.wait_for_url(demo.url + "/")


def invitee_path(demo: Demo) -> str:
    """Return the path of the invitee's answer page that the demo printed."""
    found = re.search(r"eingeladene Person\s+https?://[^/]+(/\S+)", demo.said)
    assert found
    return found.group(1)


def take(names: list[str]) -> None:
    """Take the pictures and print the size of each."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="netzwerk-pictures-") as name, running(Path(name)) as demo:
        demo.said = demo.until_ready()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
            for name in names:
                picture = PICTURES[name]
                width, height = picture.size
                tab = browser.new_context(
                    locale="de-DE",
                    base_url=demo.url,
                    viewport={"width": width, "height": height},
                    reduced_motion="reduce",
                    color_scheme=picture.light,
                ).new_page()
                log_in(tab, demo)
                tab.goto(invitee_path(demo) if picture.path == INVITEE else picture.path)
                tab.wait_for_selector(picture.wait_for)
                if picture.before:
                    picture.before(tab)
                tab.wait_for_load_state("networkidle")
                print(f"{name}.png {save(tab.screenshot(), FOLDER / f'{name}.png') // 1000} kB", flush=True)
                tab.context.close()
            browser.close()
        demo.stop()


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(PICTURES)
    if unknown or not EXECUTABLE:
        sys.exit(f"unknown: {', '.join(unknown)}" if unknown else "Für die Bilder fehlt das Programm chromium.")
    take(sys.argv[1:] or list(PICTURES))
