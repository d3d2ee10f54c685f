"""What a page must not contain, whoever wrote its template."""

from html.parser import HTMLParser

_FOREIGN = ("http://", "https://", "//")
_LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


class Findings(HTMLParser):
    """Collects inline script and style, foreign origins and what a page lacks; see `of`."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.headings = 0
        self.titles = 0
        self.language: str | None = None
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        line = f"line {self.getpos()[0]}, <{tag}>"
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.problems.append(f"{line}: inline")
        self.problems += [f"{line}: {name}=" for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        if given.get(_LOADING.get(tag, ""), "").startswith(_FOREIGN) and given.get("rel") != "canonical":
            self.problems.append(f"{line}: foreign origin")
        if given.get("href", "").startswith("javascript:"):
            self.problems.append(f"{line}: javascript:")
        self.headings += tag == "h1"
        self.titles += tag == "title"
        self.ids += [given["id"]] if given.get("id") else []
        if tag == "html":
            self.language = given.get("lang")


def findings_of(html: str) -> Findings:
    """Parse a template or a page."""
    findings = Findings()
    findings.feed(html)
    return findings


def problems_of_page(html: str) -> list[str]:
    """What is wrong with a whole page: as in a template, and German, one heading, no id twice."""
    findings = findings_of(html)
    problems = list(findings.problems)
    if (findings.language, findings.headings) != ("de", 1):
        problems.append(f"lang={findings.language}, {findings.headings} h1")
    return problems + sorted({f"id {name} twice" for name in findings.ids if findings.ids.count(name) > 1})
