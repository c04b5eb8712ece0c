-- A sale that has been settled for a day leaves Redis; its rows stay. What was asked of it is answered by
-- the ledger alone since then.
alter table sales add column left_redis_at timestamptz;
create index sales_in_redis on sales (settled_at) where settled_at is not null and left_redis_at is null;
