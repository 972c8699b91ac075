#!/usr/bin/env python3
"""Checks a built site: each link and anchor in it exists, each page can be reached from the start page, nothing is
fetched from elsewhere, and no Markdown was left as it was.

    tools/site/check_site.py build/site               prints what is wrong
    tools/site/check_site.py build/site --external    also asks for each page elsewhere that it links to
"""

import argparse
import concurrent.futures
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

# 404.html is for a server, which names it by absolute paths.
NOT_PAGES = {"404.html"}
MARKDOWN = re.compile(r"\n(?:[-*] |\d+\. |\| |```|#{1,6} )|\]\(|<!--")
WITHOUT_TEXT = {"pre", "code", "script", "style", "svg", "title", "nav"}
PATIENCE = 20  # seconds
ROOT = Path(__file__).resolve().parent.parent.parent
# What readers look for: some heading has all of these words, since the search counts headings most.
SOUGHT = ("cap work in flight", "limit work in flight", "wait for two events", "stop cleanly", "GCC 12")


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.anchors = {""}
        self.links = []  # what leads elsewhere
        self.parts = []  # what the page is not complete without
        self.left = []  # Markdown that is no HTML
        self.inside = []
        self.starts_paragraph = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        for key in "id", "name":
            if values.get(key):
                if key == "id" and values[key] in self.anchors and not values[key].startswith("__"):
                    self.left.append(f"the anchor '{values[key]}' is there twice")
                self.anchors.add(values[key])
        if tag == "a" and values.get("href") is not None:
            self.links.append(values["href"])
        elif tag == "link" and values.get("href") and values.get("rel") not in ("next", "prev", "canonical"):
            self.parts.append(values["href"])
        elif values.get("src"):
            self.parts.append(values["src"])
        if tag in WITHOUT_TEXT:
            self.inside.append(tag)
        self.starts_paragraph = tag == "p"

    def handle_endtag(self, tag):
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside and (found := MARKDOWN.search("\n" * self.starts_paragraph + data)):
            self.left.append(f"Markdown that was not understood: {data[found.start():][:60].strip()!r}")
        self.starts_paragraph = False

    def handle_comment(self, data):
        if "snippet" in data:
            self.left.append(f"a comment that is for check-snippets: {data.strip()[:60]!r}")


def is_external(link):
    return re.match(r"(?:[a-z][a-z0-9+.-]*:|//)", link, re.IGNORECASE) is not None


def source_of(page, link=None):
    """The document that a page was made of, with the line of a link in it if that can be told."""
    path = re.sub(r"(^|/)index\.html$", r"\1README.html", page).removesuffix(".html")
    document = next((path + end for end in (".md", "") if (ROOT / (path + end)).is_file()), page)
    if link is not None and document.endswith(".md"):
        target, hash_, anchor = link.partition("#")
        target = re.sub(r"(^|/)index\.html$", "", target).rpartition("/")[2].removesuffix(".html")
        lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            if target in line and hash_ + urllib.parse.unquote(anchor) in line:
                return f"{document}:{number}"
    return document


def target_of(site, page, link):
    """The file and the anchor that a link on a page means; no file if it is outside the site."""
    path, _, anchor = link.partition("#")
    path = urllib.parse.unquote(path.split("?")[0])
    file = (site / page).parent.joinpath(path).resolve() if path else site / page
    if file.is_dir():
        file = file / "index.html"
    return (file if file.is_relative_to(site) else None), urllib.parse.unquote(anchor)


def check(site):
    """What is wrong, and the pages elsewhere that are linked to, each with a page that does."""
    pages = {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
             for path in sorted(site.rglob("*.html"))}
    problems, external, leads_to = [], {}, {}
    for name, page in pages.items():
        problems += [f"{source_of(name)}: {what}" for what in page.left]
        if name in NOT_PAGES:
            continue
        for part in page.parts:
            if is_external(part):
                if not part.startswith("data:"):
                    problems.append(f"{source_of(name)}: needs {part}, which is elsewhere")
            elif (file := target_of(site, name, part)[0]) is None or not file.is_file():
                problems.append(f"{source_of(name)}: there is no {part}, which it needs")
        for link in page.links:
            if is_external(link):
                external.setdefault(link.partition("#")[0], name)
                continue
            file, anchor = target_of(site, name, link)
            if file is None:
                problems.append(f"{source_of(name, link)}: the link {link} leads out of the site")
            elif not file.is_file():
                problems.append(f"{source_of(name, link)}: the link {link} leads nowhere")
            elif (to := file.relative_to(site).as_posix()) in pages:
                leads_to.setdefault(name, set()).add(to)
                if anchor not in pages[to].anchors:
                    problems.append(f"{source_of(name, link)}: the link {link} has an anchor that is not there")
    reached, waiting = set(), ["index.html"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += leads_to.get(name, ())
    problems += [f"{source_of(name)}: no link leads here from the start page"
                 for name in pages if name not in reached and name not in NOT_PAGES]
    return pages, problems, external


def not_found(site):
    """What readers look for and would not find."""
    entries = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    headings = [entry["title"].lower() for entry in entries]
    for words in SOUGHT:
        if not any(all(word in heading for word in words.lower().split()) for heading in headings):
            yield f"no heading has the words '{words}', which readers look for"


def ask(link):
    """What is wrong with a page elsewhere, or None."""
    request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0 (link check)"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE):
            return None
    except (urllib.error.URLError, OSError, ValueError) as error:
        return str(error)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, help="the folder that mkdocs wrote")
    parser.add_argument("--external", action="store_true", help="also ask for pages elsewhere")
    arguments = parser.parse_args()
    site = arguments.site.resolve()
    if not (site / "index.html").is_file():
        parser.error(f"{arguments.site}: there is no index.html in it")
    pages, problems, external = check(site)
    problems += not_found(site)
    links = sorted(link for link in external if link.startswith("http"))
    if arguments.external:
        with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
            for link, error in zip(links, pool.map(ask, links)):
                if error:
                    problems.append(f"{source_of(external[link], link)}: {link}: {error}")
    for problem in problems:
        print(problem, file=sys.stderr)
    asked = "asked for" if arguments.external else "not asked for"
    print(f"{len(pages)} pages, {len(problems)} problems; {len(links)} pages elsewhere, {asked}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
