#!/usr/bin/env python3
"""Man pages of the tool and of each command, from what its parser says: manual.py TOOL VERSION DATE DIRECTORY"""
import json
import pathlib
import re
import subprocess
import sys

NAME = "therock-upload"


def text(string):
    """Text in which nothing is a macro; `code` becomes bold."""
    string = string.replace("\\", "\\e").replace("-", "\\-")
    string = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", string)
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in string.splitlines())


def paragraphs(string):
    return "\n.PP\n".join(text(part) for part in string.split("\n\n"))


def names(argument):
    """`--run-id`, `-h`: the names of an option or a flag."""
    return [{"short": "-", "long": "--", "longWithSingleDash": "-"}[each["kind"]] + each["name"] for each in argument["names"]]


def visible(arguments):
    return [each for each in arguments or [] if each.get("shouldDisplay", True)]


def explanation(argument):
    """What an argument does, with the values that it takes and its default."""
    notes = []
    if argument["kind"] != "flag":
        if "allValues" in argument:
            notes.append("values: " + ", ".join(argument["allValues"]))
        if "defaultValue" in argument:
            notes.append("default: " + argument["defaultValue"])
    said = argument.get("abstract") or ""
    if not notes:
        return said
    # Some say what else gives a value: "(environment: NAME)".
    return f"{said[:-1]}; {'; '.join(notes)})" if said.endswith(")") else f"{said} ({'; '.join(notes)})"


def sections(command):
    """[(title, arguments)] of what the help lists: what every command has, then the groups in their order."""
    found = {"Arguments": [], "Options": []}
    for argument in visible(command.get("arguments")):
        usual = "Arguments" if argument["kind"] == "positional" else "Options"
        found.setdefault(argument.get("sectionTitle") or usual, []).append(argument)
    return [(title, arguments) for title, arguments in found.items() if arguments]


def dump(tool):
    """What the parser says about the tool: its own command, with the others below."""
    output = subprocess.run([tool, "--experimental-dump-help"], check=True, capture_output=True).stdout
    return json.loads(output)["command"]


def commands(root):
    return [each for each in visible(root["subcommands"]) if each["commandName"] != "help"]


def synopsis(argument):
    if argument["kind"] == "positional":
        shown = f"\\fI{text(argument['valueName'])}\\fR" + ("..." if argument["isRepeating"] else "")
    else:
        shown = f"\\fB{text(names(argument)[0])}\\fR"
        if argument["kind"] == "option":
            shown += f" \\fI{text(argument['valueName'])}\\fR"
        shown += " ..." if argument["isRepeating"] else ""
    return f"[{shown}]" if argument["isOptional"] else shown


def entry(argument):
    if argument["kind"] == "positional":
        tag = f"\\fI{text(argument['valueName'])}\\fR"
    else:
        tag = ", ".join(f"\\fB{text(name)}\\fR" for name in names(argument))
        if argument["kind"] == "option":
            tag += f" \\fI{text(argument['valueName'])}\\fR"
    return f".TP\n{tag}\n{text(explanation(argument))}"


def page(command, path, version, date):
    """The page of a command; `path` is its name with those of the commands around it."""
    heading = "-".join(path)
    summary = (command.get("abstract") or "").rstrip(".")
    shown = visible(command.get("arguments"))
    subcommands = commands(command) if "subcommands" in command else []
    lines = [f'.TH "{heading.upper()}" 1 {date} "{NAME} {version}" "User Commands"', ".SH NAME", f"{text(heading)} \\- {text(summary)}"]
    usage = f"\\fB{text(' '.join(path))}\\fR " + ("\\fIcommand\\fR ..." if subcommands else " ".join(map(synopsis, shown)))
    lines += [".SH SYNOPSIS", ".nh", ".ad l", usage, ".ad b", ".hy"]
    lines += [".SH DESCRIPTION", paragraphs(command.get("discussion") or command.get("abstract") or summary)]
    if subcommands:
        lines.append(".SH COMMANDS")
        lines += [f".TP\n\\fB{text(each['commandName'])}\\fR\n{text(each.get('abstract', ''))}" for each in subcommands]
    for title, arguments in sections(command):
        lines += [f'.SH "{text(title.upper())}"', *map(entry, arguments)]
    others = [f"{NAME}-{each['commandName']}" for each in subcommands] if subcommands else [NAME]
    lines += [".SH SEE ALSO", ",\n".join(f".BR {text(other)} (1)" for other in others).replace("(1),\n", "(1),\n")]
    return "\n".join(lines) + "\n"


def pages(tool, version, date):
    """{file name: page}"""
    root = dump(tool)
    found = {f"{NAME}.1": page(root, [NAME], version, date)}
    for command in commands(root):
        found[f"{NAME}-{command['commandName']}.1"] = page(command, [NAME, command["commandName"]], version, date)
    return found


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    for file, contents in pages(*sys.argv[1:4]).items():
        pathlib.Path(sys.argv[4], file).write_text(contents)
