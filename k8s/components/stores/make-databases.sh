#!/bin/sh
# Run by the postgres image when its folder is empty: one database and one role for each service, closed to
# all others, as `./dev up` makes them (infra/src/stack/databases.ts).
set -eu
make() { # name password
  psql --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres --set name="$1" --set password="$2" <<'SQL'
create role :"name" login nosuperuser nocreatedb nocreaterole password :'password';
create database :"name" owner :"name";
revoke all on database :"name" from public;
SQL
}
make inventory "$INVENTORY_PASSWORD"
make order "$ORDER_PASSWORD"
make payment "$PAYMENT_PASSWORD"
psql --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --command 'revoke connect, temporary on database postgres, template1 from public'
