-- What is asked for, of whom, and what the bank said stays as it was written. Nothing is ever deleted.
revoke all on payments, callbacks, cancelled_orders, refunds from :"runtime";
grant select, insert on payments, callbacks, cancelled_orders, refunds to :"runtime";
grant update (state, captured_minor, captured_at, checkout_url, next_check_at, next_expire_at, changed_at)
  on payments to :"runtime";
grant update (copies, settled_at, outcome) on callbacks to :"runtime";
grant update (state, attempts, next_try_at, changed_at) on refunds to :"runtime";

-- Who pays is changed by this alone: into a hashed subject.
revoke all on function erase_buyers from public;
grant execute on function erase_buyers to :"runtime";
