# The servers that the tests talk to. They live in a temporary folder and die with this shell, even when it is killed.

services_dir=
# "PID SIGNAL", in the order of their start; the signal is the one that stops at once.
services=()

start_services() {
    trap stop_services EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    services_dir=$(mktemp -d "${TMPDIR:-/tmp}/entremise-test.XXXXXX")
    # PostgreSQL may run as another user, who must be able to walk through.
    chmod 711 "$services_dir"

    # Each stands on a loopback address where other people of this machine may come by; hence the passwords.
    local password
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

    make_postgres "$password"
    launch postgres QUIT
    export TEST_DATABASE_URL="postgres://postgres:$password@127.0.0.1:$port/postgres"

    redis_password=$password
    launch redis TERM
    export TEST_REDIS_URL="redis://default:$password@127.0.0.1:$port"

    launch mail_sink TERM
    export TEST_SMTP_URL="smtp://127.0.0.1:$port"
    export TEST_SMTP_DIR="$services_dir/mails"

    launch chromedriver TERM
    export TEST_CHROMEDRIVER_URL="http://127.0.0.1:$port"
    TEST_CHROMIUM=$(command -v chromium)
    export TEST_CHROMIUM
    # Without it only the tests that need it fail.
    if TEST_AXE=$(axe_script); then export TEST_AXE; fi
}

stop_services() {
    local index pid signal polls=0
    for ((index = ${#services[@]} - 1; index >= 0; index--)); do
        read -r pid signal <<<"${services[index]}"
        # A test may have frozen it.
        kill -CONT "$pid" 2>/dev/null || true
        kill "-$signal" "$pid" 2>/dev/null || true
    done
    for ((index = 0; index < ${#services[@]}; index++)); do
        read -r pid signal <<<"${services[index]}"
        while kill -0 "$pid" 2>/dev/null && [ "$polls" -lt 200 ]; do
            polls=$((polls + 1))
            [ "$polls" -lt 100 ] || kill -KILL "$pid" 2>/dev/null || true
            sleep 0.05
        done
    done
    services=()
    [ -z "$services_dir" ] || rm -rf "$services_dir"
}

# launch NAME STOP_SIGNAL: runs run_NAME on a free port until ready_NAME says yes. Somebody else may take the port in
# between, so there are three tries.
launch() {
    local name=$1 signal=$2 try polls
    for try in 1 2 3; do
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        (cd "$services_dir" && "run_$name") >"$services_dir/$name.log" 2>&1 &
        local pid=$!
        services+=("$pid $signal")
        # Else the shell would announce its end.
        disown "$pid"
        for ((polls = 0; polls < 600; polls++)); do
            kill -0 "$pid" 2>/dev/null || break
            if "ready_$name"; then
                return
            fi
            sleep 0.05
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
    echo "$name did not start; the last it said:" >&2
    tail -20 "$services_dir/$name.log" >&2
    exit 1
}

# with_us SIGNAL COMMAND…: becomes the command, which gets the signal when this shell is gone without a word.
with_us() {
    local signal=$1
    shift
    exec setpriv --pdeathsig "$signal" "$@"
}

answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# ---- PostgreSQL, which refuses to run as root ----

as_postgres=()
make_postgres() {
    local user=nobody
    postgres_programs=$(postgres_folder)
    mkdir "$services_dir/postgres"
    (umask 077 && echo "$1" >"$services_dir/postgres.password")
    if [ "$(id -u)" -eq 0 ]; then
        getent passwd postgres >/dev/null && user=postgres
        as_postgres=(--reuid "$user" --regid "$(id -gn "$user")" --init-groups)
        chown "$user" "$services_dir/postgres" "$services_dir/postgres.password"
    fi
    (
        cd "$services_dir"
        setpriv "${as_postgres[@]}" "$postgres_programs/initdb" --pgdata postgres --username postgres \
            --pwfile postgres.password --auth md5 --encoding UTF8 --locale C.UTF-8 --no-sync
    ) >"$services_dir/initdb.log" 2>&1 || { cat "$services_dir/initdb.log" >&2; exit 1; }
}

run_postgres() {
    with_us QUIT "${as_postgres[@]}" "$postgres_programs/postgres" -D postgres -p "$port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200
}

ready_postgres() {
    "$postgres_programs/pg_isready" --quiet --host 127.0.0.1 --port "$port" --timeout 1
}

# ---- Redis, which keeps nothing; its settings come on the standard input, where nobody else reads the password ----

run_redis() {
    with_us TERM redis-server - <<SETTINGS
bind 127.0.0.1
port $port
requirepass $redis_password
save ""
appendonly no
SETTINGS
}

ready_redis() { answers; }

# ---- A mail server that puts everything into a Maildir ----

run_mail_sink() {
    with_us TERM "$(python_with aiosmtpd)" -m aiosmtpd --nosetuid --listen "127.0.0.1:$port" \
        --class aiosmtpd.handlers.Mailbox mails
}

ready_mail_sink() { answers; }

# ---- chromedriver ----

run_chromedriver() {
    # A browser outlives its driver: both stand in a group of their own, which goes as a whole.
    # shellcheck disable=SC2016
    TMPDIR=$services_dir with_us TERM setsid bash -c '
        trap "kill -KILL 0" TERM
        chromedriver --port="$0" --log-level=WARNING &
        wait
        kill -KILL 0' "$port"
}

ready_chromedriver() { answers; }
