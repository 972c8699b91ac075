#!/usr/bin/env python3
"""Looks whether the relative links of the Markdown pages below a folder lead to something there.

  check_links.py FOLDER

Prints the links that do not, and fails if there are any, or no links at all.
"""

import pathlib
import re
import sys
import urllib.parse

FENCED = re.compile(r"^( *)(`{3,}).*?\n.*?^\1\2`* *$|`[^`\n]*`(?!\])", re.MULTILINE | re.DOTALL)
LINK = re.compile(r'\]\(([^)\s]+)|^\[[^]\n]+\]: +(\S+)|<(?:img|a) (?:src|href)="([^"]+)"', re.MULTILINE)


def links(folder):
    """(page, link, where it leads) of each relative one."""
    for page in sorted(folder.rglob("*.md")):
        for found in LINK.finditer(FENCED.sub("", page.read_text(encoding="utf-8"))):
            link = next(filter(None, found.groups()))
            path = urllib.parse.unquote(link.partition("#")[0])
            # What leaves the repository is about the place where it is hosted.
            if path and not re.match(r"[a-z]+:", path) and not path.startswith("../../compare"):
                yield page, link, page.parent / path


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve()
    count, dead = 0, 0
    for page, link, target in links(folder):
        count += 1
        if not target.exists() or not target.resolve().is_relative_to(folder):
            dead += 1
            print(f"{page.relative_to(folder)}: {link} leads nowhere")
    print(f"{count} relative links, {dead} of them dead")
    return 1 if dead or not count else 0


if __name__ == "__main__":
    sys.exit(main())
