-- A row stays for ever, for its token must only rise.
revoke all on leases, fences from :"runtime";
grant select, insert, update on leases, fences to :"runtime";
