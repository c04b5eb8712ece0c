#!/bin/sh
# All that one image needs, in a folder of its own: assemble.sh SERVICE OUT, in an installed workspace.
set -eu
SERVICE=$1 OUT=$2
PACKAGE=$(node -e "import('./infra/src/images/image-services.ts').then((m) => console.log(m.packageOf(m.readService('$SERVICE'))))")
# Migrations are plain SQL here: the client is all that is wanted of Prisma, and it needs no engine.
[ ! -d "services/$SERVICE/prisma" ] ||
  PRISMA_SCHEMA_ENGINE_BINARY=/bin/true pnpm --filter "$PACKAGE" exec prisma generate
pnpm --filter "$PACKAGE" deploy --prod --legacy --config.node-linker=hoisted \
  --config.allow-unused-patches=true "$OUT.deployed"
mkdir -p "$OUT"
mv "$OUT.deployed/node_modules" "$OUT/node_modules"
rm -rf "$OUT.deployed" "$OUT/node_modules/@flashsale" # ours is in the bundle
node infra/src/images/bundle.ts "$SERVICE" "$OUT"
cp infra/src/images/healthy.js "$OUT/healthy.js"
printf '{"type":"module","name":"flashsale-%s","private":true}\n' "$SERVICE" >"$OUT/package.json"
pnpm --filter "$PACKAGE" sbom --sbom-format cyclonedx --lockfile-only --prod >"$OUT/sbom.json"
