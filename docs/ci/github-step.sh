#!/usr/bin/env bash
# The step of action.yml that runs the tool. Its inputs are environment variables, never parts of a command line that
# a workflow expression could write into.
set -euo pipefail

program=${PROGRAM:-$RUNNER_TEMP/responder/bin/magentic-one-responder}
comment=$RUNNER_TEMP/responder-comment.md
arguments=(--comment-file "$comment" --out "$RUNNER_TEMP/responder-reports")

read -r -a artifacts <<<"${ARTIFACTS:-}"
if [[ ${#artifacts[@]} -eq 0 ]] && compgen -G "$RUNNER_TEMP/job-logs/*.log" >/dev/null; then
    artifacts=("$RUNNER_TEMP/job-logs")
fi
if [[ -n ${BASELINE:-} ]]; then arguments+=(--baseline "$BASELINE"); fi
if [[ -n ${HISTORY:-} && -d ${HISTORY:-} ]]; then arguments+=(--history "$HISTORY"); fi
if [[ -n ${LAST_GREEN:-} ]]; then arguments+=(--last-green "$LAST_GREEN"); fi
if [[ -n ${FAIL_ON:-} ]]; then arguments+=(--fail-on "$FAIL_ON"); fi
if [[ ${AGENTS:-false} != true ]]; then arguments+=(--no-agents); fi

code=0
"$program" ci "${arguments[@]}" -- ${artifacts[@]+"${artifacts[@]}"} || code=$?
printf 'comment-file=%s\n' "$comment" >>"$GITHUB_OUTPUT"
if [[ -n ${HISTORY:-} ]]; then
    # Only what the next run's history needs.
    for record in "$RUNNER_TEMP"/responder-reports/*/ci/record.json; do
        if [[ -f $record && ! -L $(dirname "$(dirname "$record")") ]]; then
            run=$(basename "$(dirname "$(dirname "$record")")")
            mkdir -p "$HISTORY/$run/ci" && cp "$record" "$HISTORY/$run/ci/"
        fi
    done
fi
if [[ -z ${FAIL_ON:-} ]]; then exit 0; fi
exit "$code"
