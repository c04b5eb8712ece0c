/** An error whose message is all the reader needs: printed alone, without a stack. */
export class PlainError extends Error {}

/** The command was called in a way that it does not take: exit 2. */
export class UsageError extends PlainError {}
