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


class Function:
    """What a caller sees of a function's declaration."""

    def __init__(self, name, before, parameters, suffix, internal):
        self.name = name
        words = before.split()
        specifiers = [word for word in words if word in SPECIFIERS]
        self.kind = " ".join(word for word in specifiers if word in ("static", "explicit"))
        result = plain(" ".join(word for word in words if word not in SPECIFIERS))
        self.result = "auto" if "requires" in words else result  # which may be anything
        self.parameters = parameters
        self.internal = internal  # takes what only the library has
        self.deleted = re.search(r"=\s*delete\b", suffix) is not None
        # A page may leave out where a call stands.
        types = [kind for kind, default in parameters if not (default and "source_location" in kind)]
        self.text = (f"{self.kind} {name}({', '.join(types)})".lstrip() + " const" * ("const" in suffix)
                     + " " * ("&" in suffix) + "&" * suffix.count("&") + " noexcept" * ("noexcept" in suffix)
                     + " = delete" * self.deleted)
        self.defaults = [default for kind, default in parameters if "source_location" not in kind]

    def is_copy_or_move(self, scope):
        return (self.name in (scope, "operator =")
                and [kind for kind, _ in self.parameters] in ([f"const {scope}&"], [f"{scope}&&"], [scope]))

    def same_as(self, other):
        return (self.text == other.text and self.defaults == other.defaults
                and (self.result == other.result or "auto" in self.result + other.result))

    def __str__(self):
        defaults = ", ".join(default for default in self.defaults if default)
        return f"{self.result} {self.text}".lstrip() + (f" (defaults: {defaults})" if defaults else "")


SPECIFIERS = {"static", "explicit", "constexpr", "consteval", "inline", "virtual"}
TYPES_OF_ONE_WORD = {"const", "int", "long", "short", "unsigned", "signed", "char", "double", "auto", "volatile"}


def split_at_depth_0(text, separator):
    """The parts of a text between separators that are in no brackets."""
    parts, depth = [""], 0
    for index, character in enumerate(text):
        depth += {"(": 1, "[": 1, "{": 1, "<": 1, ")": -1, "]": -1, "}": -1,
                  ">": 0 if text[index - 1] == "-" else -1}.get(character, 0)
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def plain(text):
    """In one spacing, and without the scopes of names: a page opens others than a header."""
    text = re.sub(r"\b(?:\w+\s*::\s*)+(?=~?\w)|(?<!\w)::|\btypename\b|\bJUGGLE_\w+", "", text)
    text = re.sub(r"\bStopToken\b", "stop_token", text)
    return re.sub(r"\s*(\W)\s*", r"\1", " ".join(text.split()))


def parameter(text):
    """The type and the default of a parameter; None for none."""
    declared, _, default = (part.strip() for part in text.partition("="))
    named = re.fullmatch(r"(.*[\s&*>.])(\w+)", declared, re.DOTALL)
    if named and named[2] not in TYPES_OF_ONE_WORD and named[1].strip() not in ("const", "typename"):
        declared = named[1]
    return plain(declared), plain(default) or None


def template_parameters(declaration):
    """The names that stand for something else in a function template: they may differ."""
    text, found = declaration.strip(), []
    while head := re.match(r"(?:\[\[.*?\]\]\s*)?template\s*<", text):
        depth, end = 1, head.end()
        while depth > 0 and end < len(text):
            depth += {"<": 1, ">": -1}.get(text[end], 0)
            end += 1
        for part in split_at_depth_0(text[head.end():end - 1], ","):
            if named := re.search(r"(\w+)\s*(?:=.*)?$", part, re.DOTALL):
                found.append(named[1])
        text = text[end:].strip()
    return found


def function(declaration):
    """The function that a declaration declares, or None."""
    text = without_template_heads(declaration)
    text = re.sub(r"\bauto ?\((\w+)\) ?\(", r"auto \1(", text)  # which nothing looks up by its arguments
    if re.match(r"(friend|static_assert|using|extern template|class|struct|union|enum|concept)\b", text):
        return None
    for number, name in enumerate(template_parameters(declaration)):
        text = re.sub(rf"\b{name}\b", f"T{number}", text)
    if operator := re.search(r"\boperator\s*(\(\s*\)|\[\]|[^\s\w(]+|[\w:<>&* ]+?)\s*(?=\()", text):
        name, start, begin = f"operator {plain(operator[1])}", operator.start(), operator.end()
    else:
        name = declared_name(re.sub(r"=\s*(?:delete|default|0)$", "", text))
        found = name and re.search(rf"(?<![.>\w]){re.escape(name)}\s*(?=\()", text)
        if not found:
            return None
        start, begin = found.span()
    depth, end = 1, begin + 1
    while depth > 0 and end < len(text):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    between = text[begin + 1:end - 1]
    suffix = re.split(r"(?<!:):(?!:)|->|\brequires\b", text[end:])[0]
    return Function(name, re.sub(r"\brequires ?\(.*\)", "", text[:start]),
                    [parameter(part) for part in split_at_depth_0(between, ",") if part], suffix,
                    re.search(r"\bdetail::|\bpromise_type\b", between) is not None)


class Scope:
    def __init__(self, name, shown, public, is_class=False):
        self.name = name  # empty for an inline namespace
        self.is_class = is_class
        self.shown = shown  # whether what is public in it is of the interface
        self.public = public  # whether what comes now is


class Parser:
    """Walks through a header; knows as much of C++ as the headers of this project need."""

    def __init__(self, header):
        self.header = header
        self.names = []
        self.functions = {}  # overloads by their class, or "", and name
        self.scopes = []

    def emit(self, name):
        if (name is None or name.startswith("~") or name in COROUTINE_NAMES
                or not all(scope.shown and scope.public for scope in self.scopes)):
            return
        scope = [scope.name for scope in self.scopes if scope.name]
        scope = "::".join(scope).split("::")
        if scope[0] == "juggle":
            self.names.append(Name(scope[1:], name, self.header))

    def emit_declaration(self, text):
        self.emit(declared_name(text))
        found = function(text) if all(scope.shown and scope.public for scope in self.scopes) else None
        if found and found.name not in COROUTINE_NAMES and not found.name.startswith("~"):
            innermost = [scope for scope in self.scopes if scope.name][-1:]
            scope = innermost[0].name if innermost and innermost[0].is_class else ""
            self.functions.setdefault((scope, found.name), []).append(found)

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
            self.scopes.append(Scope(kind[2], not specialised, kind[1] != "class", True))
            return True
        self.emit_declaration(head)
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
                    self.emit_declaration(buffer.strip())
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


def functions_in(text, source):
    """The public functions that a text declares: their overloads by their class, or "", and name."""
    parser = Parser(source)
    parser.run(without_comments(text))
    return parser.functions


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
