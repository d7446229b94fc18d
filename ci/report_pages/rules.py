"""The rules, from their one list in properties/rules/rule.cc."""

import dataclasses
import re

ENTRY = re.compile(r'RuleInfo\{\s*Rule::\w+,\s*"([a-z-]+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
SOURCE = "properties/rules/rule.cc"


@dataclasses.dataclass
class Rule:
    name: str
    holds: str  # when it holds, one sentence; empty where the tree does not say


def known_rules(root):
    """In the order of the list; empty where there is no such file."""
    try:
        source = (root / SOURCE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    return [Rule(name, "".join(LITERAL.findall(text))) for name, text in ENTRY.findall(source)]


def rules_of(report, root):
    """The known rules, then those that only the report knows."""
    rules = {rule.name: rule for rule in known_rules(root)}
    named = [entry.get("rule") for entry in report.entries("rules")]
    named += [rule for finding in report.findings for _, rule in finding.broken]
    for name in named:
        if isinstance(name, str) and name:
            rules.setdefault(name, Rule(name, ""))
    return list(rules.values())
