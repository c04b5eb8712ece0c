-- Which migrations ran, for those who wait for them; which history of Postgres is worked on, also taken over
-- from a synchronous standby (R18).
revoke all on migrations, timeline from :"runtime";
grant select on migrations to :"runtime";
grant select, update on timeline to :"runtime";
