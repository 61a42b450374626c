export type RecorderStanding = 'running' | 'preparing' | 'lost';

/** A recorder that has not run yet is being prepared; only one that ran before is lost (R40). */
export const recorderStanding = (running: boolean, ranBefore: boolean): RecorderStanding => (running ? 'running' : ranBefore ? 'lost' : 'preparing');
