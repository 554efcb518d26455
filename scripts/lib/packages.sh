# What the tests need beside cargo, as Debian packages: installed when we may, named when we may not.

# missing GROUP…: the packages of these groups that are not there, one a line.
missing() {
    local group
    for group in "$@"; do
        case $group in
            build)
                command -v cc >/dev/null || echo gcc
                [ -e /usr/include/stdlib.h ] || echo libc6-dev
                command -v pkg-config >/dev/null || echo pkg-config
                pkg-config --exists openssl 2>/dev/null || [ -e /usr/include/openssl/ssl.h ] || echo libssl-dev
                ;;
            services)
                command -v python3 >/dev/null || echo python3
                postgres_folder >/dev/null || echo postgresql
                command -v redis-server >/dev/null || echo redis-server
                command -v openssl >/dev/null || echo openssl
                command -v strace >/dev/null || echo strace
                command -v chromium >/dev/null || echo chromium
                command -v chromedriver >/dev/null || echo chromium-driver
                python_with aiosmtpd >/dev/null || echo python3-aiosmtpd
                command -v npm >/dev/null || echo npm
                ;;
            interop)
                command -v node >/dev/null || echo nodejs
                node_with_sockets || echo node-ws
                python_with websockets >/dev/null || echo python3-websockets
                python_with websocket >/dev/null || echo python3-websocket
                ;;
            javascript)
                command -v node >/dev/null || echo nodejs
                command -v npm >/dev/null || echo npm
                ;;
        esac
    done
}

require_packages() {
    local packages
    packages=$(missing "$@" | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "== installing $packages"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq || true
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $packages >/dev/null || true
        packages=$(missing "$@" | tr '\n' ' ')
        [ -n "$packages" ] || return 0
        echo "scripts/test could not install: $packages" >&2
    else
        echo "scripts/test needs more than it finds. On Debian:" >&2
        echo "    sudo apt-get install ${packages% }" >&2
    fi
    exit 1
}

require_cargo() {
    command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
    command -v cargo >/dev/null && return
    echo "scripts/test finds no cargo; https://rustup.rs installs it, rust-toolchain.toml says which version" >&2
    exit 1
}

# Debian keeps PostgreSQL's programs out of the PATH.
postgres_folder() {
    local initdb
    initdb=$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -t/ -k5 -n | tail -1)
    [ -n "$initdb" ] && dirname "$(readlink -f "$initdb")"
}

# npm_package NAME VERSION SUM: the folder of one package of npm's registry, below target/. Debian has none of these, and each
# stands alone: no dependencies, no scripts. It must be the file that was looked at, by its sum.
npm_package() {
    local name=$1 version=$2 sum=$3
    local folder=${CARGO_TARGET_DIR:-$PWD/target}/tools/$name-$version
    if [ ! -e "$folder/package/package.json" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        (
            cd "$folder" && npm pack --silent "$name@$version" >/dev/null &&
                echo "$sum  $name-$version.tgz" | sha256sum --check --status &&
                tar -xzf "$name-$version.tgz"
        ) >&2 || { rm -rf "$folder"; echo "this needs $name $version from npm's registry" >&2; return 1; }
    fi
    echo "$folder/package"
}

# Formats the browser's code. Prettier, because it knows every syntax of the language and has one opinion: 120 columns and
# quotes of keys as they are (.prettierrc.json).
prettier() {
    local folder
    folder=$(npm_package prettier 3.10.1 8625d008f4f0d7d513509ecc269b4b2a551a6f1ea3a57ac880e13e84a434213c) || return 1
    node "$folder/bin/prettier.cjs" "$@" static/js tests/js
}

# Checks the types of the browser's code, which stand in comments (jsconfig.json says how strictly).
tsc() {
    local folder
    folder=$(npm_package typescript 6.0.3 33cd0ee1beaa8c9e9d15a9da836c62ddea4c34a42d7c2d349dbc80d94165d22a) || return 1
    node "$folder/lib/tsc.js" --project jsconfig.json
}

# Judges the pages in tests/browser. Debian has no package of it; npm's is kept below target/ once it is there, and it must be
# the file that was looked at.
axe_version=4.14.1
axe_sum=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c
axe_script() {
    local folder=${CARGO_TARGET_DIR:-$PWD/target}/tools/axe-core-$axe_version
    local script=$folder/package/axe.min.js
    if ! axe_is_whole "$script"; then
        rm -rf "$folder"
        mkdir -p "$folder"
        (cd "$folder" && npm pack --silent "axe-core@$axe_version" >/dev/null && tar -xzf ./*.tgz package/axe.min.js) || true
        axe_is_whole "$script" || { echo "scripts/test needs axe-core $axe_version from npm's registry" >&2; exit 1; }
    fi
    echo "$script"
}

axe_is_whole() {
    echo "$axe_sum  $1" | sha256sum --check --status 2>/dev/null
}

# Node has a WebSocket of its own since version 22, behind a flag since 20, and before that in a package.
node_with_sockets() {
    local probe='globalThis.WebSocket ?? require("/usr/share/nodejs/ws")'
    node --experimental-websocket -e "$probe" 2>/dev/null || node -e "$probe" 2>/dev/null
}

# The first python3 of the PATH need not be the one that the package was installed for.
python_with() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c "import $1" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}
