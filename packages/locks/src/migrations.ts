/** Each service runs these beside its own: leases and fences live in its database. */
export const locksMigrations = new URL('../migrations/', import.meta.url)
