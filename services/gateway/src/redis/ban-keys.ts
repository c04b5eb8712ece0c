/** Kept until they are taken back; all share one hash tag. */
export const banKeys = ['{bans}:version', '{bans}:buyers', '{bans}:tokens']
