"""Walks through the pages of a decision about many meetings as a browser without script does."""

from html.parser import HTMLParser

from django.test import Client

URL = "/sammelaktionen/neu/"


class _Form(HTMLParser):
    """The fields of the form with the class `bulk-form`, by name, in `found`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.is_inside, self.textarea, self.select = False, "", ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = "bulk-form" in given.get("class", "")
        elif self.is_inside:
            getattr(self, f"_{tag}", lambda given: None)(given)

    def _input(self, given):
        if given.get("type") not in ("checkbox", "radio") or "checked" in given:
            self._add(given["name"], given.get("value", ""))

    def _textarea(self, given):
        self.textarea = given["name"]
        self._add(self.textarea, "")

    def _select(self, given):
        self.select = given["name"]

    def _option(self, given):
        if "selected" in given:
            self._add(self.select, given.get("value", ""))

    def _add(self, name, value):
        self.found.setdefault(name, []).append(value)

    def handle_data(self, data):
        if self.textarea:
            self.found[self.textarea][-1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.textarea:
            self.found[self.textarea][-1] = self.found[self.textarea][-1].removeprefix("\n")
            self.textarea = ""
        elif tag == "form":
            self.is_inside = False


def fields_of(html: str) -> dict[str, list[str]]:
    """Every field of the page's own form as a browser would send it, buttons left out."""
    form = _Form()
    form.feed(html)
    return form.found


class Steps:
    """A browser that walks through the pages by their buttons, sending what stands in their form."""

    def __init__(self, client: Client, query: str = "") -> None:
        self.client = client
        self.page = client.get(URL + query)

    @property
    def text(self) -> str:
        """The page as it is now."""
        return self.page.content.decode()

    @property
    def fields(self) -> dict[str, list[str]]:
        """What would be sent."""
        return fields_of(self.text)

    def press(self, button: str, **typed) -> int:
        """Fill in these fields (with the others as they stand) and press the button; the status that follows."""
        self.page = self.client.post(URL, {**self.fields, **typed, "do": button})
        return self.page.status_code
