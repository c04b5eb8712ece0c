-- When the bank had the money. An older release beside this one leaves it null: contract/0003-paid-at.sql
-- fills it in and demands it, once none is left.
alter table orders add column paid_at timestamptz;
