#!/bin/sh
# Installs the real programs that the outside tests drive. Needs Debian and root.
set -eu

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
