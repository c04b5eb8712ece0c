-- An order is made once and moves on; the time to pay is set when it is made, and never again.
revoke all on orders from :"runtime";
grant select, insert on orders to :"runtime";
grant update (sale_id, buyer_id, quantity, amount_minor, currency, -- from the hold, where the row came first
              state, reason, payment_id, paid_at, changed_at) on orders to :"runtime";
