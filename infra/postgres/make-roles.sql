-- Once for each service, by whoever may make roles: two of them, and a database that is closed to all others.
--   psql -v name=order -v runtime=order_runtime -v password=... -v runtime_password=... -f make-roles.sql
-- The owner makes and changes tables: migrations, the contract step, a recovery. The service runs as the
-- other, which may do what `grants.sql` says; the migrations grant it.
create role :"name" login nosuperuser nocreatedb nocreaterole password :'password';
create role :"runtime" login nosuperuser nocreatedb nocreaterole password :'runtime_password';
grant :"runtime" to :"name"; -- a recovery ends the sessions of the service
create database :"name" owner :"name";
revoke all on database :"name" from public;
revoke connect, temporary on database postgres, template1 from public;
