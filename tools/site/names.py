"""The public names that the headers declare, and which page of the reference says what they are."""

import re
from pathlib import Path

# What the compiler calls, not users.
COROUTINE_NAMES = {"promise_type", "await_ready", "await_suspend", "await_resume", "await_transform"}
KEYWORDS = {"requires", "decltype", "noexcept", "explicit", "alignas", "sizeof"}


class Name:
    def __init__(self, scope, name, header):
        self.scope = scope  # namespaces below juggle, and classes
        self.name = name
        self.header = header  # as a program includes it

    @property
    def qualified(self):
        return "::".join([*self.scope, self.name])


def public_headers(root):
    folder = root / "include"
    return [path for path in sorted((folder / "juggle").rglob("*.hpp"))
            if "detail" not in path.relative_to(folder).parts]


def without_comments(text):
    pattern = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|//[^\n]*|/\*.*?\*/'
    text = re.sub(pattern, lambda m: '""' if m[0][0] == '"' else " ", text, flags=re.DOTALL)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", "", text, flags=re.MULTILINE)


def without_template_heads(text):
    """Leaves out `template <...>` and attributes."""
    text = re.sub(r"\[\[.*?\]\]", " ", text, flags=re.DOTALL)
    while found := re.search(r"\btemplate\s*<", text):
        depth, end = 1, found.end()
        while depth > 0 and end < len(text):
            depth += {"<": 1, ">": -1}.get(text[end], 0)
            end += 1
        text = text[:found.start()] + " " + text[end:]
    return " ".join(text.split())


def declared_name(declaration):
    """What a declaration that is neither a class nor an enumeration declares, or None."""
    text = without_template_heads(declaration)
    if (re.match(r"(friend|static_assert|using namespace|extern template|class|struct|union|enum)\b", text)
            or re.search(r"=\s*delete$|\boperator\b", text)):
        return None
    if named := re.match(r"(?:using|concept)\s+(\w+)\s*=|.*\bconcept\s+(\w+)\s*=|using\s.*::(\w+)$", text):
        return named[1] or named[2] or named[3]
    angle, index, words = 0, 0, []
    while index < len(text):
        character = text[index]
        if word := re.compile(r"~?\w+").match(text, index):
            words.append(word[0])
            index = word.end()
            continue
        if character == "<" and text[index - 1:index].strip(" <="):
            angle += 1
        elif character == ">" and angle > 0 and text[index - 1] != "-":
            angle -= 1
        elif character == "(" and angle == 0:
            if words and words[-1] not in KEYWORDS:
                # One with its class before it was declared there.
                return None if re.search(r"::\s*~?\w+\s*$", text[:index]) else words[-1]
            depth, index = 1, index + 1
            while depth > 0 and index < len(text):
                depth += {"(": 1, ")": -1}.get(text[index], 0)
                index += 1
            continue
        elif character in "=:" and angle == 0 and text[index:index + 2] != "::" and text[index - 1] != ":":
            break
        elif character == "<":
            angle += 1
        index += 1
    # A variable, with its type before it.
    return words[-1] if len(words) > 1 and angle == 0 else None


class Scope:
    def __init__(self, name, shown, public):
        self.name = name  # empty for an inline namespace
        self.shown = shown  # whether what is public in it is of the interface
        self.public = public  # whether what comes now is


class Parser:
    """Walks through a header; knows as much of C++ as the headers of this project need."""

    def __init__(self, header):
        self.header = header
        self.names = []
        self.scopes = []

    def emit(self, name):
        if (name is None or name.startswith("~") or name in COROUTINE_NAMES
                or not all(scope.shown and scope.public for scope in self.scopes)):
            return
        scope = [scope.name for scope in self.scopes if scope.name]
        scope = "::".join(scope).split("::")
        if scope[0] == "juggle":
            self.names.append(Name(scope[1:], name, self.header))

    def opens(self, head):
        """Whether what begins with a brace behind this is a scope, to be walked through as well."""
        text = without_template_heads(head)
        if namespace := re.search(r"\bnamespace\b\s*([\w:\s]*)$", text):
            parts = [part.strip() for part in namespace[1].split("::")]
            inline = text.startswith("inline")
            name = "::".join(part for part in parts if part and not part.startswith("inline "))
            self.scopes.append(Scope("" if inline else name, "detail" not in parts and name != "", True))
            return True
        if enumeration := re.search(r"\benum\s+(?:class\s+)?(\w+)[^()]*$", text):
            self.emit(enumeration[1])
            return False
        kind = re.search(r"\b(class|struct|union)\s+(?:[A-Z_]+\s+)?([\w:]+)(<.*?>)?\s*(?:final\s*)?(?::[^:].*)?$", text)
        if kind:
            specialised = kind[3] is not None
            if not specialised:
                self.emit(kind[2])
            self.scopes.append(Scope(kind[2], not specialised, kind[1] != "class"))
            return True
        self.emit(declared_name(head))
        return False

    def run(self, text):
        buffer, index, parentheses, after_body = "", 0, 0, False
        while index < len(text):
            character = text[index]
            index += 1
            if character in "([":
                parentheses += 1
            elif character in ")]":
                parentheses -= 1
            elif parentheses > 0:
                pass
            elif character == "{":
                # A constructor's next member, or its body.
                rest = after_body and buffer.strip()[:1] in ("", ",")
                walk = not rest and self.opens(buffer.strip())
                if not walk:
                    depth = 1
                    while depth > 0:
                        depth += {"{": 1, "}": -1}.get(text[index], 0)
                        index += 1
                buffer, after_body = "", not walk
                continue
            elif character == "}":
                self.scopes.pop()
                buffer, after_body = "", True
                continue
            elif character == ";":
                if not after_body or buffer.strip()[:1] not in ("", ","):
                    self.emit(declared_name(buffer.strip()))
                buffer, after_body = "", False
                continue
            elif character == ":" and (label := re.fullmatch(r"\s*(public|private|protected)\s*", buffer)):
                self.scopes[-1].public = label[1] == "public"
                buffer, after_body = "", False
                continue
            buffer += character
        return self.names


def declared_in(text, source):
    """The public names of the library that a text declares, each once."""
    names = Parser(source).run(without_comments(text))
    return list({name.qualified: name for name in names}.values())


def declared(root):
    """All public names, in the order of the headers."""
    return [name for path in public_headers(root)
            for name in declared_in(path.read_text(encoding="utf-8"), path.relative_to(root / "include").as_posix())]


def pages(root):
    """What each page of the reference says, by its path."""
    folder = root / "docs" / "reference"
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*.md")) if path.name != "README.md"}


def headers_of(text):
    """The headers that a page is about: those it names between its title and its first sentence."""
    lines = [line for line in text.splitlines()[1:] if line.strip()]
    paragraph = []
    for line in lines:
        if not line.startswith(("`<", " ")) and not (paragraph and line.startswith("`<")):
            break
        paragraph.append(line)
    return re.findall(r"<(juggle/[\w/]+\.hpp)>", " ".join(paragraph))


def code_before_example(text):
    """The C++ of a page of the reference that says what it declares."""
    blocks = re.findall(r"^```cpp\n(.*?)^```", text.split("\n## Example")[0], re.MULTILINE | re.DOTALL)
    return "\n".join(blocks)


def page(root):
    """The Markdown of an alphabetic list of all names."""
    of_header = {header: path for path, text in pages(root).items() for header in headers_of(text)}
    rows = {}
    for name in declared(root):
        if name.header in of_header and (not name.scope or name.name != name.scope[-1]):
            link = Path(of_header[name.header]).relative_to("docs/reference").as_posix()
            rows.setdefault(name.name, {})["::".join(name.scope)] = link
    lines = ["# Names from A to Z", "", "Each public name of the library, and the page that says what it is.", "",
             "| name | of |", "|---|---|"]
    for name in sorted(rows, key=lambda name: (name.lower(), name)):
        places = ", ".join(f"[{scope or 'juggle'}]({link})" for scope, link in sorted(rows[name].items()))
        lines.append(f"| `{name}` | {places} |")
    return "\n".join(lines) + "\n"
