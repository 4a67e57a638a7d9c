# Sourced: prints what comes next and how long it took to get here.
started=$SECONDS
heading() {
    printf '\n== %s  [%d:%02d]\n' "$*" $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60))
}
