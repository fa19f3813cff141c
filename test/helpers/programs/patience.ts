/**
 * Milliseconds to wait for something that must happen: far more than a machine needs that is slow and has much else to
 * do, and less than a test may take, so that what was waited for is told.
 */
export const PATIENCE = 120_000;
