-- An older release would write rows that this refuses: it runs only when none is connected.
update orders set paid_at = changed_at where state = 'paid' and paid_at is null;
alter table orders add constraint orders_paid_at_known check (paid_at is not null or state <> 'paid');
