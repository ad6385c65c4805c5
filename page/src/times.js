// The ways in which a CPU spends its time, in the order of the ledgers' columns.
export const TIMES = ['useful', 'spinning', 'sleeping', 'idle', 'stopped'];
