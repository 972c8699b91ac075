"""What mkdocs does not do by itself for the site of this project.

The documents are written to be read where they are, next to the sources they speak of. The site keeps that
arrangement: README.md is the start page, and each page, picture and source has the path that it has in the
repository. A link to a source leads to a page that shows it, one to a folder to its README.md or to a list of what is
in it. Sources get such a page if a document links to them.
"""

import json
import logging
import posixpath
import re
import sys
from pathlib import Path

from mkdocs.structure.files import File, Files

log = logging.getLogger("mkdocs.hooks.site")

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(Path(__file__).parent))
import names  # noqa: E402  (beside this file)

# Where documents are, besides those they link to and those of the navigation.
DOCUMENTS = ("*.md", *(f"{folder}/**/*.md" for folder in ("benchmarks", "demos", "docs", "examples", "tests")))
ASSETS = ("tools/site/site.css", "tools/site/favicon.svg")
NAMES_PAGE = "docs/reference/names.md"  # made here; there is no such file

FENCED = re.compile(r"^( *)(`{3,}).*?\n.*?^\1\2`* *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r'(\]\(|^\[[^]\n]+\]: +|<img src=")([^)\s#"]+)(?=[)#\s"])', re.MULTILINE)
REFERENCE = re.compile(r"(?<![\w\]])\[([^\[\]\n]+)\]\[([^\[\]\n]*)\]")
LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".cl": "c", ".py": "python", ".cmake": "cmake", ".sh": "bash",
             ".json": "json", ".ini": "ini", ".yml": "yaml", ".xml": "xml"}
PICTURES = (".png", ".svg", ".jpg", ".gif", ".webp")


def outside_code(markdown, change):
    """The text with all but its code blocks changed."""
    parts, end = [], 0
    for block in FENCED.finditer(markdown):
        parts += [change(markdown[end:block.start()]), block.group()]
        end = block.end()
    return "".join([*parts, change(markdown[end:])])


def resolved(document, target):
    """The path from the root that a link in a document means; None if it is not one into the repository."""
    if re.match(r"[a-z]+:|//|#", target):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(document), target))
    return path if not path.startswith("../") and (ROOT / path).exists() else None


def page_for(path):
    """The page that shows a path which a document links to; the path itself for pages, pictures and the like."""
    if (ROOT / path).is_dir():
        return posixpath.normpath(posixpath.join(path, "README.md"))
    return path if path.endswith((".md", *PICTURES)) else f"{path}.md"


class Site:
    """The paths of all pages and pictures, from README.md along the links."""

    def __init__(self):
        self.pages = {}  # path of a page -> the source that it shows, None for a document
        self.pictures = set()
        for pattern in DOCUMENTS:
            for document in sorted(ROOT.glob(pattern)):
                self.add(document.relative_to(ROOT).as_posix())
        self.pages[NAMES_PAGE] = ROOT

    def add(self, path):
        page = page_for(path)
        if page in self.pages or page in self.pictures:
            return
        if page.endswith(PICTURES):
            self.pictures.add(page)
            return
        document = ROOT / page
        self.pages[page] = None if document.is_file() else ROOT / path
        if document.is_file():
            for _, link in LINK.findall(FENCED.sub("", document.read_text(encoding="utf-8"))):
                if target := resolved(page, link):
                    self.add(target)
        elif (ROOT / path).is_dir():
            for entry in entries(ROOT / path):
                self.add(f"{path}/{entry.name}")


def entries(folder):
    return sorted(entry for entry in folder.iterdir()
                  if entry.name != "__pycache__" and not entry.name.startswith("."))


def source_page(source):
    """The Markdown of a page that shows a file or a folder."""
    path = source.relative_to(ROOT).as_posix()
    if source.is_dir():
        items = [f"- [{entry.name}]({entry.name})" for entry in entries(source)]
        return f"# {path}\n\n" + "\n".join(items) + "\n"
    text = source.read_text(encoding="utf-8")
    language = LANGUAGES.get(source.suffix, "cmake" if source.name == "CMakeLists.txt" else "text")
    return f"# {path}\n\n````{language}\n{text.rstrip()}\n````\n"


def undefined_references(markdown):
    """The links of the form [text][name] to a name that is not defined."""
    text = re.sub(r"`[^`\n]+`", "code", FENCED.sub("", markdown))
    defined = {name.lower() for name in re.findall(r"^\[([^\]\n]+)\]: ", text, re.MULTILINE)}
    return [found[0] for found in REFERENCE.finditer(text) if (found[2] or found[1]).lower() not in defined]


# --- navigation ---------------------------------------------------------------------------------------------------

def sections(index):
    """The navigation of a folder: its README.md, then what that links to, below its headings."""
    folder = posixpath.dirname(index)
    text = FENCED.sub("", (ROOT / index).read_text(encoding="utf-8"))
    found, here, seen = [index], None, {index}
    for line in text.splitlines():
        if heading := re.match(r"## (.*)", line):
            here = (heading[1], [])
            found.append(here)
        for _, link in LINK.findall(line):
            page = resolved(index, link)
            if page in seen or page is None or not page.startswith(f"{folder}/") or not page.endswith(".md"):
                continue
            seen.add(page)
            (here[1] if here else found).append(page)
    missing = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.md")} - seen
    for page in sorted(missing):
        log.warning("%s is not linked from %s, from which the navigation is made", page, index)
    return [entry if isinstance(entry, str) else {entry[0]: entry[1]}
            for entry in found if isinstance(entry, str) or entry[1]]


def expanded(entry):
    """An entry of mkdocs.yml's navigation as a list of mkdocs' own."""
    if isinstance(entry, dict):
        (title, value), = entry.items()
        if isinstance(value, str) and not value.endswith("/"):
            return [{title: page} for page in expanded(value)]
        return [{title: [item for part in ([value] if isinstance(value, str) else value) for item in expanded(part)]}]
    if entry != NAMES_PAGE and not (ROOT / entry).exists():
        log.warning("there is no %s, which is in the navigation of mkdocs.yml", entry)
        return []
    if not entry.endswith("/"):
        return [entry]
    if (ROOT / entry / "README.md").is_file():
        return sections(f"{entry}README.md")
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / entry).glob("*.md"))


def paths_in(navigation):
    for entry in navigation:
        if isinstance(entry, str):
            yield entry
        else:
            for value in entry.values():
                yield from [value] if isinstance(value, str) else paths_in(value)


# --- mkdocs' events -----------------------------------------------------------------------------------------------

def github_anchor(text, separator):
    """The anchor that GitHub and its like give a heading."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", separator)


site = None


def on_config(config):
    config["mdx_configs"].setdefault("toc", {})["slugify"] = github_anchor
    return config


def on_files(files, config):
    global site
    site = Site()
    config["nav"] = [item for entry in config["nav"] for item in expanded(entry)]
    for page in config["extra"].get("sought", {}):
        if not (ROOT / page).is_file():
            log.warning("there is no %s, which is sought in mkdocs.yml", page)
    in_navigation = list(paths_in(config["nav"]))
    for page in in_navigation:
        site.add(page)
    for page in sorted(page for page, source in site.pages.items() if source is None):
        if page.startswith("docs/") and page not in in_navigation:
            log.warning("%s is not in the navigation of mkdocs.yml", page)
    of_theme = [file for file in files if not (ROOT / "docs" / file.src_path).is_file()]
    ours = [File(path, str(ROOT), config["site_dir"], config["use_directory_urls"])
            for path in [*site.pages, *sorted(site.pictures), *ASSETS]]
    return Files([*ours, *of_theme])


def on_page_read_source(page, config):
    path = page.file.src_uri
    if path == NAMES_PAGE:
        return names.page(ROOT)
    source = site.pages.get(path)
    return None if source is None else source_page(source)


def on_page_markdown(markdown, page, config, files):
    path = page.file.src_uri
    text = FENCED.sub("", markdown)
    hide = page.meta.setdefault("hide", [])
    if path == "README.md":
        hide.append("navigation")  # it would say "Start" only
    if not re.search(r"^##+ ", text, re.MULTILINE) or re.search(r"^\|(?:[^|\n]*\|){8}", text, re.MULTILINE):
        hide.append("toc")  # it would be empty, or the tables need its room
    if site.pages[path] is not None and path != NAMES_PAGE and not site.pages[path].is_dir():
        return markdown
    for reference in undefined_references(markdown):
        log.warning("%s: %s leads nowhere: the name is not defined", path, reference)

    def link(match):
        target = resolved(path, match[2])
        return match[1] + (posixpath.relpath(page_for(target), posixpath.dirname(path) or ".")
                           if target else match[2])

    # Python-Markdown wants four spaces where two are enough elsewhere, and an empty line before a list.
    def list_form(text):
        text = re.sub(r"^ +(?=[-*] |\d+\. )", lambda spaces: spaces[0] * 2, text, flags=re.MULTILINE)
        return re.sub(r"^(?![-*] |\d+\. )(\S.*\n)(?=[-*] |1\. )", r"\1\n", text, flags=re.MULTILINE)

    without_marks = re.sub(r"^ *<!-- .*? -->\n", "", markdown, flags=re.MULTILINE)
    return outside_code(without_marks, lambda text: LINK.sub(link, list_form(text)))


def on_post_build(config):
    """Leaves the pages of sources and tests out of the search, since what they say is in the documents, and puts first
    what mkdocs.yml says: what a page is tagged with counts most."""
    index = Path(config["site_dir"]) / "search" / "search_index.json"
    content = json.loads(index.read_text(encoding="utf-8"))
    sources = {re.sub(r"README\.md$", "index.html", page).replace(".md", ".html")
               for page, source in site.pages.items() if source is not None and page != NAMES_PAGE}
    content["docs"] = [entry for entry in content["docs"]
                       if entry["location"].split("#")[0] not in sources and not entry["location"].startswith("tests/")]
    of_location = {entry["location"]: entry for entry in content["docs"]}
    for page, words in config["extra"].get("sought", {}).items():
        if entry := of_location.get(page.replace(".md", ".html")):
            entry["tags"] = words
    index.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
