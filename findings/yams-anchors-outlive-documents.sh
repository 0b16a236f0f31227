#!/usr/bin/env bash
# Anchors of YAML end with their document (YAML 1.1 and 1.2: an alias refers to the most recent node of the same document),
# and libyaml's own composer, PyYAML and go-yaml refuse an alias whose anchor is in an earlier document of the stream. Yams
# parses with libyaml but composes by itself, and keeps anchors for as long as the parser: a later document may refer to an
# earlier one, and nothing says that the stream means something else to everybody else. Whoever needs the others' answer has
# to cut the stream into documents and give each a parser of its own.
#
# Seen with Yams 6.2.2 and PyYAML 6.0.2 on the stream
#   labels: &l {a: b}
#   ---
#   labels: *l
# Yams: 2 documents, the second with a: b
# PyYAML: found undefined alias 'l'
# Needs swift 6 or later and python3 with pip.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$work/python" pyyaml==6.0.2
printf 'labels: &l {a: b}\n---\nlabels: *l\n' >"$work/stream.yaml"

mkdir -p "$work/package/Sources/compose"
cat >"$work/package/Package.swift" <<'SWIFT'
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "compose",
    dependencies: [.package(url: "https://github.com/jpsim/Yams", exact: "6.2.2")],
    targets: [.executableTarget(name: "compose", dependencies: ["Yams"])])
SWIFT
cat >"$work/package/Sources/compose/main.swift" <<'SWIFT'
import Foundation
import Yams

let text = try String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8)
let parser = try Parser(yaml: text)
var documents: [Node] = []
while let document = try parser.nextRoot() { documents.append(document) }
let second = documents.last?["labels"]?["a"]?.string ?? "nothing"
print("\(documents.count) documents, the second with a: \(second)")
SWIFT
yams=$(swift run --quiet --package-path "$work/package" compose "$work/stream.yaml" 2>/dev/null)

cat >"$work/compose.py" <<'PYTHON'
import sys

import yaml

try:
    print(len(list(yaml.safe_load_all(open(sys.argv[1])))), "documents")
except yaml.YAMLError as error:
    print(error.problem)
PYTHON
pyyaml=$(PYTHONPATH="$work/python" python3 "$work/compose.py" "$work/stream.yaml")

echo "Yams: $yams"
echo "PyYAML: $pyyaml"
[ "$yams" = "2 documents, the second with a: b" ]
[ "$pyyaml" = "found undefined alias 'l'" ]
