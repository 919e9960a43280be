"""Writes the template as CloudFormation gets it, for tools that do not understand all of SAM or of conditions.

    render.py false|true <output>     the value of UseCustomerKey

The SAM transform is AWS's own. Then every condition is decided, with the parameters' defaults and the given value, so
that a rule judges what would be deployed and not that a property is named in some branch. Where the stack has a key of
its own, the suppressions that say it has none are taken out: with the key, those rules must pass.
"""

import json
import os
import sys
from pathlib import Path

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parent.parent / "template.yaml"

# What is suppressed only because the key is not there.
ONLY_WITHOUT_KEY = {
    "CKV_AWS_26",
    "CKV_AWS_27",
    "CKV_AWS_119",
    "CKV_AWS_158",
    "CKV_AWS_173",
    "CLOUDWATCH_LOG_GROUP_ENCRYPTED",
    "DYNAMODB_TABLE_ENCRYPTED_KMS",
    "SNS_ENCRYPTED_KMS",
}

GONE = object()


class NoManagedPolicies:
    """The template names none of AWS's policies, so the translator need not ask AWS for them."""

    def load(self):
        return {}


def render(customer_key):
    template = yaml_parse(TEMPLATE.read_text())
    values = {name: given.get("Default") for name, given in template["Parameters"].items()}
    values["UseCustomerKey"] = customer_key
    values["Stage"] = "production"
    for address in ("AlertEmail", "ReportEmail"):
        values[address] = "somebody@example.invalid"  # what is there only with an address is judged too
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://bucket/key"  # packaging is not what is judged
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-2")
    translated = Translator({}, Parser()).translate(template, dict(values))
    conditions = translated.pop("Conditions")
    translated.pop("Rules")

    def holds(test):
        (function, of), = test.items()
        if function == "Condition":
            return holds(conditions[of])
        if function == "Fn::Equals":
            return decided(of[0]) == decided(of[1])
        if function == "Fn::Not":
            return not holds(of[0])
        raise ValueError(f"render.py does not know {function}")

    def decided(value):
        if isinstance(value, list):
            return [item for item in map(decided, value) if item is not GONE]
        if not isinstance(value, dict):
            return value
        if value == {"Ref": "AWS::NoValue"}:
            return GONE
        if set(value) == {"Ref"} and value["Ref"] in values:
            return values[value["Ref"]]
        if set(value) == {"Fn::If"}:
            name, then, otherwise = value["Fn::If"]
            return decided(then if holds(conditions[name]) else otherwise)
        pairs = ((key, decided(inner)) for key, inner in value.items())
        return {key: inner for key, inner in pairs if inner is not GONE}

    resources = {}
    for name, resource in translated.pop("Resources").items():
        condition = resource.pop("Condition", None)
        if condition is None or holds(conditions[condition]):
            resources[name] = decided(resource)
    if customer_key == "true":
        for resource in resources.values():
            demand(resource.get("Metadata", {}))
    outputs = decided(translated.pop("Outputs"))
    return {**translated, "Resources": resources, "Outputs": outputs}


def demand(metadata):
    checkov, guard = metadata.get("checkov", {}), metadata.get("guard", {})
    checkov["skip"] = [skip for skip in checkov.get("skip", []) if skip["id"] not in ONLY_WITHOUT_KEY]
    guard["SuppressedRules"] = [rule for rule in guard.get("SuppressedRules", []) if rule not in ONLY_WITHOUT_KEY]
    # An empty list is no list: the rules look whether there is one.
    for tool, key, of in (("checkov", "skip", checkov), ("guard", "SuppressedRules", guard)):
        if not of[key]:
            metadata.pop(tool, None)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(render(sys.argv[1]), indent=1, default=str))
