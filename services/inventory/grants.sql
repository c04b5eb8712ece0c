-- The ledger: rows are added, and move on; what they said of buyer, units and price stays as it was written.
-- A refused hold loses its units in the transaction that wrote them (R13): nothing else is ever deleted.
revoke all on sales, segments, holds, hold_units, returns, withdrawals from :"runtime";
grant select, insert on sales, segments, holds, hold_units, returns, withdrawals to :"runtime";
grant update (phase, phase_version, settled_at, left_redis_at, buyers_erased_at) on sales to :"runtime";
grant update (epoch, stock, stock_version, held_back) on segments to :"runtime";
grant update (state, cause, ended_at) on holds to :"runtime";
grant update (live) on hold_units to :"runtime";
grant delete on hold_units to :"runtime";
grant update (done_at) on returns to :"runtime";

-- History: only ever added to.
revoke all on runtime_config, admin_actions, erasures from :"runtime";
grant select, insert on runtime_config, admin_actions, erasures to :"runtime";
grant update (buyer_id, asked_at, ran_at, done_at) on erasures to :"runtime";

-- Who holds a unit is changed by this alone: into a hashed subject, in a sale that is over.
revoke all on function erase_buyers from public;
grant execute on function erase_buyers to :"runtime";
