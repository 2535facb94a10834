#!/usr/bin/env bash
# A month of a town, from messages to bills, compared with the truth: calm and hard.
#
# tests/soak.sh PROGRAMS, the folder of `gateway` and `firmware-sim`. SOAK_BAYS, SOAK_DAYS, SOAK_SEED
# and SOAK_SCENARIOS choose another town. Messages go from one program to the other and are not kept;
# of a run that fails, the data are.
set -euo pipefail
cd "$(dirname "$0")/.."

programs=$(realpath "$1")
bays=${SOAK_BAYS:-2000}
days=${SOAK_DAYS:-30}
seed=${SOAK_SEED:-1}
scenarios=${SOAK_SCENARIOS:-calm hard}

sim() { "$programs/firmware-sim" "$@"; }
gateway() { "$programs/gateway" "$@"; }
# One figure of a score; those of the whole come first.
figure() { grep -o "\"$2\":[-0-9.]*" "$1" | head -n 1 | cut -d : -f 2; }

# What `score` expects, and which town it is: only bays with two sensors have their faults.
soak() {
    local scenario=$1 folder=$2 expect=fair second=0.05
    if [ "$scenario" = calm ]; then expect=exact second=0; fi
    sim town --bays "$bays" --seed "$seed" --mix families --second-sensors "$second" > "$folder/town.json"
    gateway migrate --data "$folder" > /dev/null
    gateway import town "$folder/town.json" --data "$folder" > /dev/null
    sim generate --town "$folder/town.json" --scenario "firmware-sim/scenarios/$scenario.yaml" --days "$days" \
        --seed "$seed" --out - --truth "$folder/truth.jsonl" 2> "$folder/generate.log" |
        gateway import messages - --simulated --data "$folder"
    gateway export stays --data "$folder" > "$folder/stays.jsonl" 2> /dev/null
    gateway verify --data "$folder" > "$folder/verify.log" || { cat "$folder/verify.log" >&2; failed=1; }
    sim score --truth "$folder/truth.jsonl" --stays "$folder/stays.jsonl" --expect "$expect" --json \
        > "$folder/score.json" || { failed=1; sim score --truth "$folder/truth.jsonl" --stays "$folder/stays.jsonl" || true; }
    tail -n 1 "$folder/verify.log"
}

row() {
    local scenario=$1 folder=$2 below took=$3
    below=$(grep -o '"below_fen":{[^}]*}' "$folder/score.json" | cut -d : -f 2- | tr -d '{}"' | tr , ' ')
    printf '%-8s %10s %10s %12s %12s %8s %10s %9s %7s\n' "$scenario" \
        "$(figure "$folder/score.json" true_stays)" "$(figure "$folder/score.json" found)" \
        "$(figure "$folder/score.json" true_fen)" "$(figure "$folder/score.json" billed_fen)" \
        "$(figure "$folder/score.json" above_fen)" "$(figure "$folder/score.json" doubtful_permille | cut -c -6)" \
        "$(figure "$folder/score.json" faulty_permille | cut -c -6)" "$took"
    [ -z "$below" ] || printf '%8s not charged, in fen, by cause: %s\n' '' "$below"
}

work=$(mktemp -d)
failed=0
echo "$bays bays, $days days, seed $seed"
for scenario in $scenarios; do
    mkdir "$work/$scenario"
    began=$SECONDS
    soak "$scenario" "$work/$scenario"
    echo $((SECONDS - began)) > "$work/$scenario/took"
done
printf '\n%-8s %10s %10s %12s %12s %8s %10s %9s %7s\n' \
    scenario stays found 'true, fen' 'billed, fen' above 'doubt, ‰' 'fault, ‰' seconds
for scenario in $scenarios; do
    row "$scenario" "$work/$scenario" "$(cat "$work/$scenario/took")"
done
if [ "$failed" -ne 0 ]; then
    echo "not as it must be; the data are in $work" >&2
    exit 1
fi
rm -rf "$work"
