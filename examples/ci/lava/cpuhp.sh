#!/bin/sh
# Not run here. On the device: records, compares, and writes output/result.txt.
set -u
tools=$1
mkdir -p output
PATH=$tools:$PATH OUT=output conform-here >output/cpuhp.ktap
code=$?
"$tools/ktap-to-result" <output/cpuhp.ktap >output/result.txt
[ "$code" -ne 2 ] || echo 'tools fail' >>output/result.txt
