# shellcheck shell=sh
# From one version to the next, or back. What is under way is remembered in .prasan/upgrade, so that an
# interrupted upgrade goes on where it was: the backup and the image of the old version are never written
# over by what was made half-way.

UPGRADE=$STATE/upgrade

remembered() { sed -n "s/^$1=//p" "$UPGRADE" 2>/dev/null | tail -n 1; }
remember() { printf '%s=%s\n' "$1" "$2" >>"$UPGRADE"; }
run_old() { export PRASAN_VERSION=before-upgrade; }
run_new() { unset PRASAN_VERSION; }

upgrade() {
    prepare_to_start
    begin_upgrade
    build
    fetch
    check_settings
    say "Stopping the services; the database stays"
    stop_services
    if [ -z "$(remembered backup)" ]; then
        run_old
        backup
        run_new
        remember backup "$file"
    fi
    if (start_everything); then
        end_upgrade
        where_to_go
        say "" && say "Upgraded to $(wanted_version). The backup of before stays: $file"
    else
        go_back
    fi
}

# Keeps the image that runs now under a name of its own, before the new one may take its tag.
begin_upgrade() {
    if [ -s "$UPGRADE" ]; then
        say "An upgrade was interrupted; it goes on."
        file=$(remembered backup)
        return
    fi
    running=$(docker ps --all --quiet --filter "label=com.docker.compose.service=projects" \
        --filter "label=com.docker.compose.project=$(setting COMPOSE_PROJECT_NAME prasan)" | head -n 1)
    [ -n "$running" ] || give_up "Nothing is running that could be upgraded: make up"
    docker tag "$(docker inspect --format '{{.Image}}' "$running")" prasan:before-upgrade
    remember begun "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

# Whatever version runs well now is the one to go back to next time.
end_upgrade() { rm -f "$UPGRADE"; }

# The old image, and the data as they were: the new version may have migrated them.
go_back() {
    warn "The new version did not become healthy. Going back to the old one."
    run_old
    stop_services
    REPLACE=yes put_back "$file"
    start_everything
    end_upgrade
    give_up "The old version is running again, with the data of before the upgrade ($file).
What was unfinished waits: $COMPOSE run --rm cli deliveries release
This folder still has the files of the new version: check out the old ones before the next make up."
}
