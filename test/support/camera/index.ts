export { readFrameNumber } from './readFrameNumber.ts';
export type { FramePixels } from './readFrameNumber.ts';
export { AGENT_TONE_HZ, CLIENT_TONE_HZ, FPS, renderAgentCamera, renderClientCamera, renderFrame } from './render.ts';
export type { ClientCamera, RenderedCamera, RenderOptions, Section } from './render.ts';
export { dominantTone, tonePower, toneWav } from './tone.ts';
export { agentScene, cardScene, faceScene } from './scenes.ts';
export type { Scene } from './scenes.ts';
export { throughVp8 } from './throughVp8.ts';
