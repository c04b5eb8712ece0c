-- What is published leaves the outbox. What was handled, and which keys are dead, is never forgotten by a
-- service: a dead key is revived by a person, as the owner.
revoke all on outbox, inbox, dead_keys from :"runtime";
revoke all on sequence outbox_position_seq from :"runtime";
grant select, insert, delete on outbox to :"runtime";
grant select on sequence outbox_position_seq to :"runtime"; -- how many there ever were
grant select, insert on inbox to :"runtime";
grant select, insert, update (letters) on dead_keys to :"runtime";
