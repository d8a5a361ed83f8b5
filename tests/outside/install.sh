#!/bin/sh
# Installs the real programs that the outside tests drive: az and schemathesis in environments of
# their own under .outside, for which the Python of the one argument is enough; the others need
# Debian and root.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
python=${1:-$root/.venv/bin/python}

# A folder is finished when it holds a copy of the lock file that it was made from.
install_tool() {
    lock=$root/locks/$1.txt
    folder=$root/.outside/$1
    if cmp -s "$lock" "$folder/installed-from.txt" && "$folder/bin/python" -c ""; then
        return
    fi
    rm -rf "$folder"
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    cp "$lock" "$folder/installed-from.txt"
}

install_tool az-2.86 &
older=$!
install_tool az-newest
install_tool schemathesis
wait "$older"

packages="curl docker.io notary docker-registry skopeo podman debootstrap wrk"
missing=""
for package in $packages; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q "ok installed" ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "error: these Debian packages are missing:$missing" >&2
        echo "Install them, or run make test-outside as root on Debian." >&2
        exit 1
    fi
    # Services of these packages are not to run: the tests start what they need themselves.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
    fi
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
