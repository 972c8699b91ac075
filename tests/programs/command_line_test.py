#!/usr/bin/env python3
"""A program's manual page and its completion in bash, compared with what its --help prints.

    command_line_test.py PROGRAM PAGE COMPLETION
    command_line_test.py PROGRAM PAGE --update    writes the section OPTIONS of the page anew
"""

import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile

OPTION = re.compile(r"  (-[-a-z,]+)( \S+)?(?:  +(.*))?$")
TABLE_ROW = re.compile(r" *\S+(?: \S+)?  +\S")


def options_in(help_text):
    """(heading, names, value, lines of help) of each option."""
    heading, options = "", []
    for line in help_text.splitlines():
        option = OPTION.match(line)
        if option:
            names, value, text = option.groups()
            options.append((heading, names.split(","), (value or "").strip(), [text] if text else []))
        elif line.startswith("   ") and options:
            options[-1][3].append(line)
        elif re.fullmatch(r"[A-Z][\w ]*:", line):
            heading = line[:-1]
    return options


def roff(text):
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + text if text[:1] in (".", "'") else text


def section(help_text):
    """The section OPTIONS of a manual page."""
    page, last = [".SH OPTIONS"], None
    for heading, names, value, lines in options_in(help_text):
        if heading != last and heading != "Options":
            page.append(f".SS {heading}")
        last = heading
        page.append(".TP")
        page.append(", ".join(rf"\fB{roff(name)}\fR" for name in names) + (rf" \fI{roff(value)}\fR" if value else ""))
        table = next((at for at, line in enumerate(lines) if at > 0 and TABLE_ROW.match(line)), len(lines))
        page += [roff(line.strip()) for line in lines[:table]]
        if table < len(lines):
            indent = min(len(line) - len(line.lstrip()) for line in lines[table:])
            page += [".nf"] + [roff(line[indent:]) for line in lines[table:]] + [".fi"]
    return "\n".join(page) + "\n"


def split(page):
    """What is before the section OPTIONS, the section, and what is behind it."""
    found = re.fullmatch(r"(.*\n)(\.SH OPTIONS\n.*?)(\.SH .*)", page, re.DOTALL)
    if not found:
        sys.exit("the page has no section OPTIONS before another one")
    return found.groups()


def completions(program, completion, words):
    """What the function that bash calls for this program offers for the last of these words."""
    script = (
        'source "$1"; shift; spec=$(complete -p "$(basename "$1")") || exit 3; compopt() { :; }; '
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); function=${spec#*-F }; '
        '"${function%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; '
        '[[ ${#COMPREPLY[@]} -eq 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"'
    )
    run = subprocess.run(["bash", "-c", script, "bash", completion, program, *words],
                         capture_output=True, text=True, check=True)
    if run.stderr:
        sys.exit(f"completion of {words}: {run.stderr}")
    return run.stdout.splitlines()


def typed(program, completion, keys):
    """The line that an interactive bash has after these keys."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", PATH=f"{os.path.dirname(program)}:{os.environ['PATH']}", PS1="",
                          INPUTRC="/dev/null")
        os.execvp("bash", ["bash", "--noprofile", "--norc", "-i"])
    name = os.path.basename(program)
    # The keys for the beginning of the line and its end, as bash has them: the line becomes printf's.
    keys = f"stty -echo; source '{completion}'\n{name} {keys}\x01printf 'line: <%s>\\n' \"\x05\"\nexit\n"
    os.write(terminal, keys.encode())
    seen = b""
    try:
        while block := os.read(terminal, 65536):
            seen += block
    except OSError:  # the other side is gone
        pass
    os.waitpid(pid, 0)
    lines = re.findall(r"^line: <(.*)>\r?$", seen.decode(errors="replace"), re.MULTILINE)
    return lines[-1] if lines else seen.decode(errors="replace")


def main():
    program, page, completion = sys.argv[1:]
    program = os.path.abspath(program)
    run = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    options = options_in(run.stdout)
    if not options:
        sys.exit(f"{program} --help lists no options")
    before, there, behind = split(pathlib.Path(page).read_text())
    wanted = section(run.stdout)
    if completion == "--update":
        pathlib.Path(page).write_text(before + wanted + behind)
        return
    failures = []

    def check(what, is_so, should_be):
        if is_so != should_be:
            failures.append(f"{what}:\n    is        {is_so}\n    should be {should_be}")

    check(f"{page}, section OPTIONS (command_line_test.py PROGRAM PAGE --update writes it)",
          there.splitlines(), wanted.splitlines())
    if os.path.basename(program) not in before.split(".SH DESCRIPTION")[0]:
        failures.append(f"{page} is not about {os.path.basename(program)}")

    every = sorted(name for option in options for name in option[1])
    check("all options", sorted(completions(program, completion, ["-"])), every)
    files = tempfile.TemporaryDirectory()
    pathlib.Path(files.name, "some file").touch()
    for _, names, value, _ in options:
        for name in names:
            check(name, sorted(completions(program, completion, [name])),
                  [each for each in every if each.startswith(name)])
            if value in ("FILE", "PREFIX"):
                check(f"{name} FILE", completions(program, completion, [name, f"{files.name}/so"]),
                      [f"{files.name}/some file"])
            elif "|" in value:
                words = [word for word in value.split("|") if word.islower()]
                check(f"{name} {value}", completions(program, completion, [name, ""]), words)
                check(f"{name}={value}", completions(program, completion, [name, "=", words[-1][:-1]]), words[-1:])
    check("an option that there is not", completions(program, completion, ["--no-such"]), [])

    if os.path.basename(program) == "juggle-layers":  # of the others zsh asks --help itself
        # Also by a program that loads no layer.
        for words, said in (
                (["--strict-flush", "--action", "foo"], "--action: 'foo' is not wait, abort or flush"),
                (["--strict-flush", "--timeout", "soon"], "--timeout: 'soon' is not a number of seconds"),
                (["--strict-flush", "--timeout=-1"], "--timeout: '-1' is not a number of seconds"),
                (["--faults", "x"], "--faults: 'x' is not of the form CALL[#NUMBER[+]]=ACTION"),
                (["--faults", "clFinish=-5; =-5"], "--faults: ' =-5' is not of the form CALL[#NUMBER[+]]=ACTION"),
                (["--mpi-faults", "MPI_Test="], "--mpi-faults: 'MPI_Test=' is not of the form CALL[#NUMBER[+]]=ACTION"),
                (["--mpi-faults", "", "--rank", "one"], "--rank: 'one' is not the number of a rank"),
                (["--strict-flush", "--action", ""], "--action: '' is not a value")):
            refused = subprocess.run([program, *words, "true"], capture_output=True, text=True)
            check(words, (refused.returncode, refused.stderr), (2, f"juggle-layers: {said}\n"))
        in_zsh = pathlib.Path(completion).with_name("_juggle").read_text()
        check("all options in zsh", sorted({*re.findall(r"--[a-z-]+", in_zsh.split("_arguments")[1])} | {"-h"}), every)

    longest = max(every, key=len)
    check(f"the key Tab behind {longest[:-1]}", typed(program, completion, longest[:-1] + "\t"),
          f"{os.path.basename(program)} {longest} ")
    for failure in failures:
        print(failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
