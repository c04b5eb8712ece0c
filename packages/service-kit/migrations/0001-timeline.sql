-- Which history of this Postgres the service works on. A promoted standby and a restored backup begin
-- another one, that may lack commits others have acted on (R18). Read on every new connection.
create table timeline (
  only_row    boolean primary key default true check (only_row),
  accepted    text not null, -- <system identifier>/<timeline>
  held        boolean not null default false, -- by a person: nobody works on it, whatever its timeline
  accepted_at timestamptz not null default now()
);
insert into timeline (accepted)
select system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
from pg_control_system();
