-- A hold whose event can't be read leaves a wish to cancel, of which nobody knows the buyer (R11).
alter table orders
  drop constraint orders_buyer_known,
  add constraint orders_buyer_known check (
    buyer_id is not null
    or state in ('cancel-wanted', 'refunding', 'refunded')
    or (state = 'cancelled' and reason = 'not-recorded')
  );
