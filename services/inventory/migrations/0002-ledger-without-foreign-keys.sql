-- Two foreign keys cost a third of the ledger's rate, for Postgres looks up each row by itself. What they
-- would find is kept by the writer: it has read the sale behind its fence, and it writes a hold and its
-- units in one transaction. No sale is ever deleted, and a hold only with its units. The audit names a
-- `unit-without-hold`. See docs/decisions/0017-the-ledgers-rows-have-no-foreign-keys.md.
lock table sales, holds, hold_units in access exclusive mode; -- in the writer's order
alter table holds drop constraint holds_sale_id_fkey;
alter table hold_units drop constraint hold_units_order_id_fkey;
