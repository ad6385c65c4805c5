"""Judges documents by the committed JSON Schemas: one line of JSON in, one '1' or '0' out.

    python3 scenario_schema_check.py scenarios/ < documents.jsonl
    {"format": "scenario", "document": {...}}   ->   1
"""
import json
import pathlib
import sys

import jsonschema

FILES = {"scenario": "schema.json", "table": "table.schema.json", "costs": "costs.schema.json",
         "published": "published.schema.json"}


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    validators = {}
    for name, file in FILES.items():
        schema = json.loads((folder / file).read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[name] = jsonschema.Draft202012Validator(schema)
    for line in sys.stdin:
        entry = json.loads(line)
        valid = validators[entry["format"]].is_valid(entry["document"])
        sys.stdout.write("1" if valid else "0")


main()
