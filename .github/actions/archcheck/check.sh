#!/usr/bin/env bash
# Runs archcheck once: annotations, summary and files of results; its exit code is archcheck's.
set -euo pipefail

case $COMMAND in
  lint) words=(lint) ;;
  verify) words=(verify --device "$DEVICE") ;;
  *)
    echo "::error title=archcheck::the input command is neither verify nor lint"
    exit 2
    ;;
esac

results=$(mktemp -d "$RUNNER_TEMP/archcheck.XXXXXX")
words+=(--also "junit=$results/junit.xml" --also "sarif=$results/archcheck.sarif")
words+=(--also "markdown=$results/summary.md")
if [ "$ANNOTATIONS" = true ]; then
  words+=(--format github)
fi

named=()
while IFS= read -r line; do
  line="${line#"${line%%[![:space:]]*}"}" # without the white space around it
  line="${line%"${line##*[![:space:]]}"}"
  if [ -n "$line" ]; then
    named+=("$line")
  fi
done <<<"$TARGETS"

code=0
archcheck "${words[@]}" -- ${named[@]+"${named[@]}"} || code=$?

if [ -f "$results/archcheck.sarif" ]; then
  {
    echo "junit=$results/junit.xml"
    echo "sarif=$results/archcheck.sarif"
  } >>"$GITHUB_OUTPUT"
fi
if [ "$SUMMARY" = true ] && [ -f "$results/summary.md" ]; then
  head -c 1000000 "$results/summary.md" >>"$GITHUB_STEP_SUMMARY" # GitHub takes 1 MiB a step
fi
exit "$code"
