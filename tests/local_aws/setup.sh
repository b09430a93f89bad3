#!/bin/sh
# Puts everything the local AWS needs into the checkout: a Python environment with the emulator in .venv, and in .local/node
# the AWS SDK that Lambda's own Node.js runtime would bring. What the machine lacks comes from Debian's packages when we
# are root; otherwise the script says what to install. Running it again is free.
set -eu

cd "$(dirname "$0")/../.."
requirements=tests/local_aws/requirements.txt
# Pinned; one of the last releases that also run on Debian 12's Node.js 18. The clients are those that our functions require.
sdk_release=3.940.0
sdk=
for client in acm cloudformation route-53 s3 sts; do
    sdk="$sdk @aws-sdk/client-$client@$sdk_release"
done
# Accounts whose image registries Docker can reach by their real names. tests/local_aws/registry.rs knows the same ones.
accounts='100000000001 100000000002 100000000003 100000000004 100000000005 100000000006 100000000007 100000000008
100000000009 100000000010 100000000011 100000000012 100000000013 100000000014 100000000015 100000000016
100000000017 100000000018 100000000019 100000000020 100000000021 100000000022 100000000023 100000000024
100000000025 100000000026 100000000027 100000000028 100000000029 100000000030 100000000031 100000000032'
region=us-west-2

am_root() { [ "$(id -u)" -eq 0 ]; }
have() { command -v "$1" >/dev/null 2>&1; }
fail() {
    echo "setup: $1" >&2
    exit 1
}

install_packages() {
    packages=
    have python3 && python3 -c 'import venv, ensurepip' 2>/dev/null || packages="$packages python3-venv"
    have node || packages="$packages nodejs"
    have npm || packages="$packages npm"
    have git || packages="$packages git"
    have dockerd || packages="$packages docker.io"
    # The client is a package of its own from Debian 13 on.
    have docker || packages="$packages docker.io $(apt-cache show docker-cli >/dev/null 2>&1 && echo docker-cli)"
    # A second registry, for tests of the push alone.
    have docker-registry || packages="$packages docker-registry"
    # Other engines, and other ways to one.
    have podman || packages="$packages podman"
    have /usr/sbin/sshd || packages="$packages openssh-server"
    have ssh || packages="$packages openssh-client"
    have setsid || packages="$packages util-linux"
    have cc || packages="$packages gcc libc6-dev"
    [ -n "$packages" ] || return 0
    am_root || fail "missing packages; as root, run: apt-get install --no-install-recommends$packages"
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
}

install_python() {
    if [ -x .venv/bin/python ] && cmp -s "$requirements" .venv/requirements.txt; then
        return 0
    fi
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r "$requirements"
    # The mark of a complete installation, hence last.
    cp "$requirements" .venv/requirements.txt
}

install_sdk() {
    if [ "$(cat .local/node/complete 2>/dev/null)" = "$sdk" ]; then
        return 0
    fi
    rm -rf .local/node
    mkdir -p .local/node
    # shellcheck disable=SC2086 # a list of words
    npm install --silent --no-audit --no-fund --prefix .local/node $sdk
    echo "$sdk" >.local/node/complete
}

name_registries() {
    missing=
    for account in $accounts; do
        host=$account.dkr.ecr.$region.amazonaws.com
        grep -q "^127\.0\.0\.2 $host " /etc/hosts || missing="$missing $host"
    done
    [ -n "$missing" ] || return 0
    for host in $missing; do
        line="127.0.0.2 $host # local AWS of copilot's tests"
        if am_root; then
            echo "$line" >>/etc/hosts
        else
            echo "setup: add to /etc/hosts as root: $line" >&2
        fi
    done
    am_root || exit 1
}

docker_answers() { curl -fsS --max-time 2 --unix-socket /var/run/docker.sock http://docker/_ping >/dev/null 2>&1 || docker version >/dev/null 2>&1; }

start_docker() {
    docker_answers && return 0
    am_root || fail "no Docker Engine answers at /var/run/docker.sock; start it (as root: service docker start)"
    setsid nohup dockerd >/var/log/dockerd.log 2>&1 </dev/null &
    waited=0
    until docker_answers; do
        [ "$waited" -lt 60 ] || fail "dockerd does not come up; see /var/log/dockerd.log"
        waited=$((waited + 1))
        sleep 0.5
    done
}

# What earlier tests built. Tests do not remove their images: the classic builder of another one may be looking through them.
remove_test_images() {
    images=$(docker image ls --quiet --filter label=copilot-test 2>/dev/null | sort -u)
    # Some may be gone by now, or in use.
    [ -z "$images" ] || docker image rm --force $images >/dev/null 2>&1 || true
}

install_packages
install_python
install_sdk
name_registries
start_docker
remove_test_images
