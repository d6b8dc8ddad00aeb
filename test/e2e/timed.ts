/**
 * Options of a test that says how long something takes at most. A machine that stands still for a while makes it late,
 * never early, so it is shown if one of three runs shows it, in a soak too.
 */
export const TIMED = { retry: 2 };
