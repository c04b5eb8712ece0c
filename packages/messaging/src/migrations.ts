/** Each service runs these beside its own: outbox, inbox and dead keys live in its database. */
export const messagingMigrations = new URL('../migrations/', import.meta.url)
