export { alignStill } from './alignStill.ts';
export type { Alignment } from './alignStill.ts';
export { judgePhoto } from './judgePhoto.ts';
export type { JudgedPhoto } from './judgePhoto.ts';
export { pickBest } from './pickBest.ts';
export type { BurstFrame } from './pickBest.ts';
